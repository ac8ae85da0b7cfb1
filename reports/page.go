package reports

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// page is what the template prints. Everything is made before: the template
// only places it.
type page struct {
	Policy    string
	Style     template.CSS
	Script    template.JS
	Data      template.JS
	D         *Document
	Title     string
	When      string
	Banner    string
	Facts     []fact
	Lede      string
	Looks     []look
	Markers   []marker
	Score     scoreboard
	Goals     []goal
	GoalsTake string
	GoalNotes bool // any objective has a note
	Spectrum  *drawn
	Quantiles []quantileRow
	Cost      *drawn
	Money     []moneyRow
	Tokens    []tokenRow
	Speech    []speechRow
	Calls     bars
	Timeline  *timeline
	FaultCols []faultHead
	FaultRows []faultRow
	Wins      *bars
	Agreement []agreementRow
	Heats     []heat
	Judges    []judgeRow
	Tasks     []taskRow
	Tests     []abTest
	Run       []fact
	Care      []string
	Links     []link
	// Findings are those of the verdict; a link only to what is on the page.
	Findings []Finding
}

// fact is a term with what there is to say about it.
type fact struct{ Term, Big, Small string }

// link leads to a section that the page has.
type link struct{ ID, Name string }

// drawn is a figure whose chart is finished.
type drawn struct {
	Take, How string
	SVG       template.HTML
}

func finish(f *figure) *drawn {
	if f == nil {
		return nil
	}
	if f.Plot == nil {
		return &drawn{Take: f.Take, How: f.How}
	}
	return &drawn{Take: f.Take, How: f.How, SVG: f.Plot.HTML()}
}

// marker is one of the shapes that stand for strategies.
type marker struct {
	ID int
	D  string
}

// shapes are the markers, about 11 pixels wide around the origin.
var shapes = []string{
	"M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
	"M-4.2-4.2h8.4v8.4h-8.4z",
	"M0-5.8L5.8 0 0 5.8-5.8 0z",
	"M0-5.4L5.4 4.4H-5.4z",
	"M-5-2.9L0-5.8 5-2.9V2.9L0 5.8-5 2.9z",
	"M0 5.4L5.4-4.4H-5.4z",
	"M-1.9-5.4h3.8v3.5h3.5v3.8h-3.5v3.5h-3.8v-3.5h-3.5v-3.8h3.5z",
	"M-5-5L5-5 2 0 5 5-5 5-2 0z",
}

func newPage(d *Document) *page {
	looks := looks(d)
	p := &page{
		D: d, Looks: looks,
		Title: strings.TrimSuffix(d.Verdict.Headline, ".") + " – tailgate, " + shorten(d.Scenario.Name, 60),
		When:  when(d, ", 2 Jan 2006 15:04 UTC"),
		Facts: verdictFacts(d), Score: newScoreboard(d, looks),
		Goals: goals(d), GoalsTake: goalsTake(d),
		Spectrum: finish(spectrumChart(d, looks)), Quantiles: quantileRows(d, looks),
		Cost: finish(costChart(d, looks)), Money: moneyRows(d, looks),
		Tokens: tokenRows(d, looks), Speech: speechRows(d, looks),
		Calls: callsChart(d, looks), Timeline: timelineChart(d, looks),
		FaultCols: faultHeads(d), FaultRows: faultRows(d, looks),
		Wins: winsChart(d, looks), Agreement: agreementRows(d, looks), Heats: heats(d, looks),
		Judges: judgeRows(d, looks), Tasks: taskRows(d, looks),
		Tests: abTests(d, looks),
		Run:   runFacts(d), Care: readWithCare(d),
	}
	if d.Interrupted {
		p.Banner = "Partial run: " + partial(d) + ". Everything below is provisional."
	}
	p.GoalNotes = slices.ContainsFunc(p.Goals, func(g goal) bool { return g.Why != "" })
	for i, shape := range shapes {
		p.Markers = append(p.Markers, marker{i, shape})
	}
	p.Lede = glue(d.Verdict.Detail)
	for i := range p.Facts {
		p.Facts[i].Small = glue(p.Facts[i].Small)
	}
	p.Links = links(p)
	p.Findings = p.findings()
	return p
}

// links lists the sections that are on the page.
func links(p *page) []link {
	list := []link{{"scoreboard", "Scoreboard"}}
	for _, l := range []struct {
		link
		on bool
	}{
		{link{"gates", "Objectives"}, len(p.Goals) > 0},
		{link{"ab", "A/B"}, len(p.Tests) > 0},
		{link{"spectrum", "Latency"}, p.Spectrum != nil},
		{link{"cost", "Cost"}, p.Cost != nil},
		{link{"streaming", "Streaming"}, len(p.Speech) > 0},
		{link{"faults", "Over time"}, p.Timeline != nil},
		{link{"judge", "Judge"}, len(p.Judges) > 0},
		{link{"tasks", "Tasks"}, len(p.Tasks) > 0},
		{link{"run", "Run"}, true},
	} {
		if l.on {
			list = append(list, l.link)
		}
	}
	return list
}

// findings leaves out the links to sections that are not there.
func (p *page) findings() []Finding {
	absent := map[string]bool{
		"gates": len(p.Goals) == 0, "spectrum": p.Spectrum == nil, "cost": p.Cost == nil,
		"faults": p.Timeline == nil, "wins": p.Wins == nil, "agreement": len(p.Agreement) == 0,
		"ab": len(p.Tests) == 0,
	}
	absent["streaming"] = len(p.Speech) == 0
	list := slices.Clone(p.D.Verdict.Findings)
	for i := range list {
		if absent[list[i].Section] {
			list[i].Section = ""
		}
	}
	return list
}

var unit = regexp.MustCompile(`(\d) (ms|s|min|h)\b`)

// glue keeps a number and its unit on one line.
func glue(s string) string { return unit.ReplaceAllString(s, "$1\u00a0$2") }

// verdictFacts are the four numbers under the headline.
func verdictFacts(d *Document) []fact {
	s, base := d.find(d.Verdict.Recommend), d.find(d.Baseline)
	if s == nil {
		return nil
	}
	against := func(text string) string {
		if base == nil || base == s {
			return ""
		}
		return base.Name + ": " + text
	}
	baseP95, baseSuccess, baseCalls, baseRecovery := "", "", "", ""
	if base != nil {
		baseP95, baseSuccess = latencyText(base.LatencyMS.P95, base, 95), shareText(base.Success)
		baseCalls, baseRecovery = digits(base.Attempts.PerRequest, 3), recoveryCell(base)
	}
	facts := []fact{
		{"P95 latency", latencyText(s.LatencyMS.P95, s, 95), join(formatInterval(s.LatencyMS.P95, formatMS), against(baseP95))},
		{"Success rate", shareText(s.Success), join(formatInterval(s.Success, formatShare), against(baseSuccess))},
	}
	if cost := s.costMultiplier(); cost.Known() {
		facts = append(facts, fact{"Cost", formatTimes(cost.Value), join(formatInterval(cost, formatTimes), against("1.00×"))})
	}
	if len(d.Scenario.Faults) > 0 {
		return append(facts, fact{"Worst recovery", recoveryCell(s), against(baseRecovery)})
	}
	return append(facts, fact{"Calls per request", digits(s.Attempts.PerRequest, 3), against(baseCalls)})
}

func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "; ")
}

func shareText(e stats.Estimate) string {
	if !e.Known() {
		return "unknown"
	}
	return formatShare(e.Value)
}

// runFacts says what was run.
func runFacts(d *Document) []fact {
	sc := d.Scenario
	facts := []fact{
		{Term: "Scenario", Big: join(sc.Name, sc.About)},
		{Term: "Requests", Big: fmt.Sprintf("%s per strategy, %s", formatCount(d.requests()), plural(len(d.Strategies), "strategy"))},
		{Term: "Load", Big: loadText(sc)},
		{Term: "Deadline", Big: formatDuration(sc.TimeoutMS) + "; a request past it has failed"},
		{Term: "Clock", Big: clockText(d)},
		{Term: "Models", Big: modelsText(sc.Models)},
		{Term: "Seed", Big: strconv.FormatUint(d.Seed, 10)},
	}
	facts = append(facts, realFacts(d)...)
	if started := when(d, time.RFC3339); started != "" {
		facts = append(facts, fact{Term: "Started", Big: started})
	}
	return append(facts, fact{Term: "Tool", Big: "tailgate " + d.Tool.Version})
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
	care := append([]string{}, d.Warnings...)
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
