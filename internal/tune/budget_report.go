package tune

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// document writes down what was found.
func (b *Budget) document() *reports.Tuning {
	d := &reports.Tuning{
		Schema: reports.TuningSchema, Kind: reports.TuneBudget,
		Scenario: reports.TuningScenario{
			Name: b.Scenario.Name, About: b.Scenario.About, Requests: int(b.length.Seconds() * b.Scenario.Load.Rate),
			Baseline: b.Scenario.Baseline, Source: b.Scenario.Source,
		},
		Goal:  reports.TuningGoal{Metric: "recovered", Unit: "ratio", Maximize: true, Constraints: []string{}},
		Seeds: reports.TuningSeeds{Choice: b.choice, Fresh: b.fresh}, Settled: true,
		Metrics: []reports.TuningMetric{
			{Name: "recovered", Unit: "ratio"},
			{Name: "took", Unit: "ms"},
			{Name: "before", Unit: multiples},
			{Name: "after", Unit: multiples},
			{Name: "success", Unit: "ratio"},
		},
		Knobs: []reports.TuningKnob{}, Settings: []reports.TuningSetting{}, Tied: []int{},
		TradeOff: []reports.TuningPoint{}, Sensitivity: []reports.TuningSensitivity{}, Warnings: []string{},
		Budget: &reports.TuningBudget{
			Trigger:  reports.TuningTrigger{What: b.trigger.what, FromMS: stats.Millis(b.trigger.from), ToMS: stats.Millis(b.trigger.to)},
			WithinMS: stats.Millis(b.Within), WindowMS: stats.Millis(b.Window), Tolerance: b.Tolerance, Levels: b.Levels, LevelHere: b.here(),
			Strategies: []reports.TuningBudgetSubject{},
		},
	}
	for _, s := range b.subjects {
		d.Knobs = append(d.Knobs, reports.TuningKnob{Key: s.key(), Range: strings.Join(b.Budgets, ","), Current: s.current})
		if !s.known() {
			continue
		}
		d.Budget.Strategies = append(d.Budget.Strategies, b.said(s))
		d.Settings = append(d.Settings, b.settings(s)...)
		if last, next := largest(s.at(b.here()), chosenBy); last != nil && next != nil && !told(last, next) {
			d.Settled = false
		}
	}
	if len(b.subjects) == 1 {
		b.markOne(d)
	}
	d.Settled = d.Settled && b.subjects[0].known()
	return d
}

// told says whether the runs tell two budgets apart: the intervals of the shares
// of runs that are good do not meet.
func told(last, next *cell) bool {
	a, b := shareGood(last.choice), shareGood(next.choice)
	return a.Known() && b.Known() && b.High < a.Low
}

func shareGood(runs []recovery) stats.Estimate {
	n := 0
	for _, r := range runs {
		if r.good() {
			n++
		}
	}
	return stats.Wilson(n, len(runs))
}

// markOne names the recommended and the current setting of the only subject.
func (b *Budget) markOne(d *reports.Tuning) {
	s := b.subjects[0]
	for i := range d.Settings {
		text := d.Settings[i].Values[0].Value
		if s.known() && text == s.largest[b.here()] {
			d.Recommended = &i
		}
		if text == s.current {
			d.Current = &i
		}
	}
}

// said is what was found about one strategy.
func (b *Budget) said(s *subject) reports.TuningBudgetSubject {
	out := reports.TuningBudgetSubject{
		Strategy: s.place.Strategy, Kind: s.place.Kind, Key: s.key(), Current: s.current,
		Boundary: []*string{}, PerSeed: []*string{}, Cells: []reports.TuningBudgetCell{},
	}
	cells := s.at(b.here())
	last, next := largest(cells, chosenBy)
	out.Recommended, out.Next = named(last), named(next)
	for _, text := range s.largest {
		if text == "" {
			out.Boundary = append(out.Boundary, nil)
			continue
		}
		out.Boundary = append(out.Boundary, &text)
	}
	for k := range b.fresh {
		if len(cells[0].fresh) > 0 {
			own, _ := largest(cells, func(c *cell) []recovery { return c.fresh[k : k+1] })
			out.PerSeed = append(out.PerSeed, named(own))
		}
	}
	for level := range b.Levels {
		for _, c := range s.at(level) {
			out.Cells = append(out.Cells, c.said())
		}
	}
	return out
}

func named(c *cell) *string {
	if c == nil {
		return nil
	}
	return &c.budget
}

// said is what was found about a budget at a level.
func (c *cell) said() reports.TuningBudgetCell {
	runs := c.choice
	if len(c.fresh) > 0 {
		runs = c.fresh
	}
	out := reports.TuningBudgetCell{Budget: c.budget, Level: c.level, Fresh: len(c.fresh) > 0, Recovered: shareGood(runs)}
	if !math.IsInf(c.share, 1) {
		out.Share = &c.share
	}
	n := 0
	for _, r := range runs {
		if r.sound() {
			n++
		}
	}
	out.Sound = stats.Wilson(n, len(runs))
	f := c.figures(runs)
	out.TookMS, out.Before, out.After, out.Success = f["took"], f["before"], f["after"], f["success"]
	return out
}

// figures are those of some runs.
func (c *cell) figures(runs []recovery) map[string]stats.Estimate {
	of := func(figure func(recovery) float64) stats.Estimate {
		values := make([]float64, len(runs))
		for i, r := range runs {
			values[i] = figure(r)
		}
		return across(values)
	}
	return map[string]stats.Estimate{
		"recovered": shareGood(runs),
		"took":      of(func(r recovery) float64 { return stats.Millis(r.took) }),
		"before":    of(func(r recovery) float64 { return r.calls }),
		"after":     of(func(r recovery) float64 { return r.after }),
		"success":   of(func(r recovery) float64 { return r.then }),
	}
}

// settings are the budgets at the scenario's own load that matter: the current,
// the recommended, and the next.
func (b *Budget) settings(s *subject) []reports.TuningSetting {
	var all []reports.TuningSetting
	cells := s.at(b.here())
	last, next := largest(cells, chosenBy)
	for _, c := range cells {
		role := ""
		switch {
		case c == last:
			role = "largest that recovers"
		case c == next:
			role = "too large"
		case c.budget != s.current:
			continue
		}
		out := reports.TuningSetting{
			Name: s.key() + "=" + c.budget, Values: settingValues([]scenarios.Change{{Key: s.key(), Value: c.budget}}),
			State: reports.TuneInRace, Seeds: len(c.choice), Predicted: c.figures(c.choice),
		}
		if role == "too large" {
			out.State = reports.TuneInfeasible
		}
		if len(c.fresh) > 0 {
			out.Realised = c.figures(c.fresh)
		}
		all = append(all, out)
	}
	return all
}

// conclude says in words what was found.
func (b *Budget) conclude(d *reports.Tuning, adopted []scenarios.Change) {
	var parts []string
	for _, s := range d.Budget.Strategies {
		parts = append(parts, budgetAdvice(s))
		d.Warnings = append(d.Warnings, b.doubts(s)...)
	}
	if len(parts) == 0 {
		d.Headline, d.Detail = "No result.", "The search was stopped before every budget had been run."
		return
	}
	d.Headline = "Keep the budgets."
	if len(adopted) > 0 {
		var texts []string
		for _, c := range adopted {
			if strings.HasSuffix(c.Key, budgetKey) {
				texts = append(texts, c.String())
			}
		}
		d.Headline = "Set " + strings.Join(texts, " ") + "."
	}
	d.Detail = fmt.Sprintf("To be as before within %s of the end of the trigger (%s, %s to %s), with every seed of the choice: %s.",
		formatDuration(b.Within), b.trigger.what, formatDuration(b.trigger.from), formatDuration(b.trigger.to), strings.Join(parts, "; "))
	if d.Interrupted || d.OutOfTime {
		d.Detail += " The search was stopped: the boundary may lie elsewhere."
	}
}

// budgetAdvice says where the boundary of a strategy is.
func budgetAdvice(s reports.TuningBudgetSubject) string {
	switch {
	case s.Recommended == nil:
		return s.Strategy + " does not recover with any budget"
	case s.Next == nil && *s.Recommended == unlimited:
		return s.Strategy + " recovers without any limit"
	case s.Next == nil:
		return fmt.Sprintf("%s recovers with every budget that was tried, up to %s", s.Strategy, *s.Recommended)
	}
	return fmt.Sprintf("%s may have up to %s, %s is too much", s.Strategy, *s.Recommended, *s.Next)
}

// doubts say where fresh seeds disagree, and where no budget is to blame.
func (b *Budget) doubts(s reports.TuningBudgetSubject) []string {
	if s.Recommended == nil {
		return []string{fmt.Sprintf("%s does not recover even with the smallest budget, or serves less than %.0f%% of requests before the trigger: it is not the budget that keeps it down", s.Strategy, 100*sound)}
	}
	i := slices.IndexFunc(s.Cells, func(c reports.TuningBudgetCell) bool { return c.Level == b.here() && c.Budget == *s.Recommended })
	if c := s.Cells[i]; c.Fresh && c.Recovered.Value < 1 {
		return []string{fmt.Sprintf("on fresh seeds %s recovers with %s in %.0f%% of runs: keep below it", s.Strategy, c.Budget, 100*c.Recovered.Value)}
	}
	return nil
}
