package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// runFacts says what was run.
func runFacts(d *Document) []fact {
	sc := d.Scenario
	facts := []fact{
		{Term: "Scenario", Big: strings.TrimSuffix(sc.Name+": "+sc.About, ": ")},
		{Term: "Requests", Big: requestsText(d)},
		{Term: "Load", Big: loadText(sc)},
		{Term: "Deadline", Big: formatDuration(sc.TimeoutMS) + "; a request past it has failed"},
		{Term: "Clock", Big: clockText(d)},
		{Term: "Models", Big: modelsText(sc.Models)},
		{Term: "Seed", Big: strconv.FormatUint(d.Seed, 10)},
		{Term: "Intervals", Big: intervalsText(d)},
	}
	facts = append(facts, realFacts(d)...)
	if started := when(d, time.RFC3339); started != "" {
		facts = append(facts, fact{Term: "Started", Big: started})
	}
	return append(facts, fact{Term: "Tool", Big: "tailgate " + d.Tool.Version})
}

// requestsText counts what was sent.
func requestsText(d *Document) string {
	sent, calls := 0, 0
	for _, s := range d.Strategies {
		sent, calls = sent+s.Requests, calls+s.Attempts.Total
	}
	return fmt.Sprintf("%s per strategy, %s, %s in all; %s to models", formatCount(d.requests()),
		plural(len(d.Strategies), "strategy"), formatCount(sent), plural(calls, "call"))
}

func intervalsText(d *Document) string {
	if d.Repeats != nil {
		return fmt.Sprintf("95%%, across %s", plural(d.Repeats.Count, "seed"))
	}
	if d.Interleaving != nil {
		return "95%, resampled by whole turns"
	}
	return "95%; differences are paired, request by request"
}

// realFacts tells what a run with real models has beside the others.
func realFacts(d *Document) (facts []fact) {
	if i := d.Interleaving; i != nil {
		facts = append(facts, fact{Term: "Turns", Big: fmt.Sprintf("strategies interleaved in %s of %s, in random order: a drift of the providers hits all alike",
			plural(len(i.Order), "block"), formatDuration(i.TurnMS))})
	}
	if s := d.Spending; s != nil {
		text := fmt.Sprintf("%s to %s for %s", formatUSD(s.USD.Low), formatUSD(s.USD.High), plural(s.Calls, "call"))
		if s.LimitUSD > 0 {
			text += ", at most " + formatUSD(s.LimitUSD) + " allowed"
		}
		if s.Stopped {
			text += ": stopped before that"
		}
		facts = append(facts, fact{Term: "Spent", Big: text})
	}
	return facts
}

// when formats the start of the run; a simulated run may have none, or begin at
// the epoch.
func when(d *Document, layout string) string {
	if d.Started.Unix() <= 0 {
		return ""
	}
	return d.Started.UTC().Format(layout)
}

func loadText(sc Scenario) string {
	text := fmt.Sprintf("open loop, %s requests per second, %s arrivals, for %s", trim(digits(sc.RatePerS, 3)), sc.Arrivals, formatDuration(sc.DurationMS))
	if sc.TimeScale > 0 && sc.TimeScale != 1 {
		text += fmt.Sprintf(", time scaled by %s", trim(digits(sc.TimeScale, 3)))
	}
	return text
}

func clockText(d *Document) string {
	if d.Clock == "virtual" {
		return "virtual: time is simulated"
	}
	text := d.Clock
	if d.SendLag != nil {
		text += fmt.Sprintf("; requests sent late by %s (P50), %s (P99), %s at most",
			formatMS(d.SendLag.P50), formatMS(d.SendLag.P99), formatMS(d.SendLag.Max))
	}
	return text
}

func modelsText(models []ScenarioModel) string {
	list := make([]string, 0, len(models))
	for _, m := range models {
		who := m.Provider
		if m.Upstream != "" {
			who += ": " + shorten(m.Upstream, 80)
		}
		list = append(list, fmt.Sprintf("%s (%s, %s in and %s out per million tokens)", shorten(m.Name, 60), who,
			formatUSD(m.PriceInput), formatUSD(m.PriceOutput)))
	}
	return strings.Join(list, ", ")
}

// readWithCare lists the run's warnings, then what such a run cannot show.
func readWithCare(d *Document) []string {
	var care []string
	for _, w := range d.Warnings {
		care = append(care, capital(strings.TrimSuffix(w, "."))+".")
	}
	for _, m := range d.Scenario.Models {
		if m.Provider == "mock" {
			care = append(care, "Mock models behave as the scenario says. Use the run to compare strategies, not to predict a vendor's latency.")
			break
		}
	}
	care = append(care, "Intervals tell how much these numbers would move in another run of this scenario. They do not cover a scenario that is wrong.")
	if len(d.Strategies) > 2 {
		care = append(care, fmt.Sprintf("%s are compared with the baseline: of many 95%% intervals, some miss by chance.",
			plural(len(d.Strategies)-1, "strategy")))
	}
	return care
}
