package reports

import (
	"fmt"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// runFacts says what was searched.
func (d *Tuning) runFacts() []fact {
	way := "smallest "
	if d.Goal.Maximize {
		way = "largest "
	}
	facts := []fact{
		{Term: "Scenario", Big: join(d.Scenario.Name, d.Scenario.About)},
		{Term: "Goal", Big: way + d.Goal.Metric},
	}
	if len(d.Goal.Constraints) > 0 {
		facts = append(facts, fact{Term: "Subject to", Big: strings.Join(d.Goal.Constraints, "; ")})
	}
	for _, k := range d.Knobs {
		text := k.Key + ": " + k.Range
		if k.Current != "" {
			text += " (now " + k.Current + ")"
		}
		facts = append(facts, fact{Term: "Knob", Big: text})
	}
	if h := d.Hedge; h != nil {
		facts = append(facts, h.facts()...)
	}
	facts = append(facts,
		fact{Term: "Settings", Big: d.counted()},
		fact{Term: "Requests", Big: formatCount(d.Scenario.Requests) + " in each run"},
		fact{Term: "Chosen with", Big: d.seedsText(d.Seeds.Choice)},
		fact{Term: "Measured with", Big: d.seedsText(d.Seeds.Fresh)},
		fact{Term: "Clock", Big: "virtual: time is simulated"},
		fact{Term: "Tool", Big: "tailgate " + d.Tool.Version},
	)
	return facts
}

// facts say what the samples of the two models say.
func (h *TuningHedge) facts() []fact {
	facts := []fact{
		{Term: "Models", Big: h.Primary + " first, " + h.Backup + " as a backup"},
		{Term: "Budget", Big: formatShare(h.Budget) + " of extra " + h.BudgetOf},
		{Term: "Samples", Big: formatCount(h.Samples) + " of each model alone"},
	}
	if h.Correlation != nil {
		facts = append(facts, fact{Term: "Correlation", Big: strings.Replace(fmt.Sprintf("%.2f", *h.Correlation), "-", "−", 1) + " between the models’ latencies for the same request (Spearman)"})
	}
	return facts
}

// counted says how many settings there were, and what became of them.
func (d *Tuning) counted() string {
	n := map[string]int{}
	for i := range d.Settings {
		n[d.Settings[i].State]++
	}
	parts := []string{plural(len(d.Settings), "setting")}
	for _, s := range []struct{ state, word string }{
		{TuneInRace, "in the race to the end"},
		{TuneBeaten, "beaten"},
		{TuneInfeasible, "missing a constraint"},
		{TuneReference, "for comparison"},
	} {
		if n[s.state] > 0 {
			parts = append(parts, formatCount(n[s.state])+" "+s.word)
		}
	}
	return strings.Join(parts, ", ")
}

// seedsText prints seeds, or the parts of a trace that take their place.
func (d *Tuning) seedsText(seeds []uint64) string {
	if len(seeds) == 0 {
		return "nothing"
	}
	if d.Seeds.Part > 0 {
		return fmt.Sprintf("%s of the trace, of %s each, in turn with the others", plural(len(seeds), "part"), plural(d.Seeds.Part, "request"))
	}
	return fmt.Sprintf("seeds %d to %d", seeds[0], seeds[len(seeds)-1])
}

// care lists the warnings, then what such a search cannot show.
func (d *Tuning) care() []string {
	var care []string
	for _, w := range d.Warnings {
		care = append(care, asSentence(w))
	}
	care = append(care, "The best of many settings looks better than it is on the data it was chosen by. Predicted figures have that bias; "+
		"realised ones, from "+d.fresh()+"s that took no part in the choice, do not. Go by the realised ones.")
	if len(d.Sensitivity) > 0 || len(d.TradeOff) > 1 {
		care = append(care, "The curves of trade-off and sensitivity rest on the data of the choice.")
	}
	care = append(care, "Intervals tell how much a figure would move with other "+strings.TrimPrefix(d.fresh(), "fresh ")+"s of this scenario. They do not cover a scenario that is wrong: "+
		"settings are as good as the models that they were tuned on, so tune again on a trace when those change.")
	return care
}

// triedRow is a setting in the list of all.
type triedRow struct {
	Name, State, Seeds, Predicted, Interval string
}

// mostTried is how many settings the list of all has.
const mostTried = 300

// tried lists the settings that are not in the scoreboard.
func (d *Tuning) tried() (rows []triedRow, more int) {
	words := map[string]string{TuneInRace: "in the race", TuneBeaten: "beaten", TuneInfeasible: "misses a constraint", TuneReference: "for comparison"}
	for i := range d.Settings {
		s := &d.Settings[i]
		if s.Realised != nil {
			continue
		}
		if len(rows) == mostTried {
			more++
			continue
		}
		e := known(s.Predicted, d.Goal.Metric)
		state := words[s.State]
		if state == "" {
			state = s.State
		}
		rows = append(rows, triedRow{shorten(s.Name, 160), state, fmt.Sprint(s.Seeds), formatUnit(d.Goal.Unit, e), d.between(d.Goal.Unit, e)})
	}
	return rows, more
}

// tuningGoalRow is a constraint with the verdict on it.
type tuningGoalRow struct{ Text, Class, Mark, Word, Margin string }

// goalRows judge the recommended setting.
func (d *Tuning) goalRows() (rows []tuningGoalRow) {
	best := d.recommended()
	if best == nil {
		return nil
	}
	for _, c := range best.Constraints {
		row := tuningGoalRow{Text: c.Text, Class: "un", Mark: "?", Word: "undecided"}
		switch c.Verdict {
		case pass:
			row = tuningGoalRow{Text: c.Text, Class: "ok", Mark: "✓", Word: "pass"}
		case fail:
			row = tuningGoalRow{Text: c.Text, Class: "ko", Mark: "✕", Word: "fail"}
		}
		row.Margin = marginText(c.Margin, c.Unit)
		rows = append(rows, row)
	}
	return rows
}

// marginText prints by how much a constraint is met or missed.
func marginText(e stats.Estimate, unit string) string {
	if !e.Known() {
		return e.Why
	}
	format := func(v float64) string {
		if unit == "ratio" {
			return formatPoints(v)
		}
		return signedText(v, func(v float64) string { return formatUnit(unit, stats.Exactly(v)) })
	}
	return withInterval(e, format, format(e.Value))
}
