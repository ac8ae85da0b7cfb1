package tune

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/tune/singler"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// describe adds to the document what is particular to hedging.
func (h *Hedge) describe(f *Finding) {
	d := f.Document
	d.Scenario.Source, d.Scenario.Baseline = h.original.Source, h.names.alone
	d.Hedge = h.said()
	d.TradeOff, d.Sensitivity = h.tradeOff(), []reports.TuningSensitivity{h.sensitivity()}
	if f.Result.Best == nil {
		return
	}
	f.Scenario, f.Changes = h.original, h.changes(f.Result.Best.Setting)
	d.YAML = ""
	if len(f.Changes) > 0 {
		d.YAML = f.paste()
	}
	h.conclude(f)
	d.Warnings = append(d.Warnings, h.warnings(f)...)
}

// said is what the samples say.
func (h *Hedge) said() *reports.TuningHedge {
	of, budgetOf := "answer", "requests"
	if h.firstToken() {
		of = "first_token"
	}
	if h.OfCost {
		budgetOf = "cost"
	}
	p := h.percentile()
	said := &reports.TuningHedge{
		Primary: h.Primary, Backup: h.Backup, Percentile: p, Of: of, Budget: h.Budget, BudgetOf: budgetOf,
		Samples: h.samples.Len(), AloneMS: millis(h.samples.Alone(p)),
		SingleR: policy(h.plan.best), Pure: policy(h.plan.pure), PureHelps: h.plan.pure.Value < h.samples.Alone(p),
	}
	if h.correlated {
		said.Correlation = finite(h.correlation)
	}
	return said
}

func policy(p singler.Policy) reports.TuningPolicy {
	return reports.TuningPolicy{
		DelayMS: stats.Millis(p.Delay), Probability: p.Probability, ValueMS: millis(p.Value), Extra: stats.Round(p.Extra),
	}
}

// millis returns a time in milliseconds, or nil for [singler.Never].
func millis(d time.Duration) *float64 {
	if d == singler.Never {
		return nil
	}
	return finite(stats.Millis(d))
}

// changes are those of the scenario that make it hedge as in a setting: none if
// that is not to hedge.
func (h *Hedge) changes(s Setting) []scenarios.Change {
	if s.same(h.Settings[0]) {
		return nil
	}
	name := h.Strategy
	if name == "" {
		name = "hedge"
		if len(h.original.Uses(name)) > 0 {
			name = h.names.tuned
		}
	}
	return []scenarios.Change{{Key: strategyKey(name), Value: s.Changes[0].Value}}
}

// tradeOff is the best value for more and more of the budget, by the samples.
func (h *Hedge) tradeOff() []reports.TuningPoint {
	p := h.percentile()
	points := []reports.TuningPoint{}
	for _, budget := range []float64{0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1} {
		best := h.samples.Optimum(p, budget)
		value := millis(best.Value)
		if value == nil {
			continue
		}
		point := reports.TuningPoint{Extra: budget, Value: *value, Values: policyValues(best), Pure: millis(h.samples.Alone(p))}
		if budget > 0 {
			point.Pure = millis(h.samples.Pure(p, budget).Value)
		}
		points = append(points, point)
	}
	return points
}

func policyValues(p singler.Policy) []reports.TuningValue {
	if p.Probability == 0 {
		return []reports.TuningValue{}
	}
	return []reports.TuningValue{
		{Key: "delay", Value: formatDuration(roundUp(p.Delay))},
		{Key: "probability", Value: fmt.Sprintf("%.3g", p.Probability)},
	}
}

// sensitivityPoints is at how many delays the value is given.
const sensitivityPoints = 24

// sensitivity is the value by the samples along the delay, the budget used up.
func (h *Hedge) sensitivity() reports.TuningSensitivity {
	p, best := h.percentile(), h.plan.best
	out := reports.TuningSensitivity{Key: "delay", Points: []reports.TuningSensitivePt{}}
	longest := max(h.samples.Alone(p), best.Delay)
	if longest == singler.Never {
		longest = h.original.Load.Timeout
	}
	here := formatDuration(best.Delay)
	out.From, out.To = here, here
	found := false
	for i := range sensitivityPoints + 1 {
		delay := longest * time.Duration(i) / sensitivityPoints
		if !found && delay >= best.Delay {
			found = true
			out.Points = append(out.Points, reports.TuningSensitivePt{Value: here, Goal: stats.Millis(best.Value), Here: true})
		}
		value := h.samples.Within(p, h.plan.budget, delay).Value
		if value == singler.Never || delay == best.Delay {
			continue
		}
		text := formatDuration(delay.Round(time.Millisecond))
		out.Points = append(out.Points, reports.TuningSensitivePt{Value: text, Goal: stats.Round(stats.Millis(value))})
	}
	out.From, out.To = flatAround(out.Points)
	return out
}

// flatAround returns the ends of the stretch around the chosen point in which the
// goal is near it.
func flatAround(points []reports.TuningSensitivePt) (from, to string) {
	here := 0
	for i, p := range points {
		if p.Here {
			here = i
		}
	}
	near := func(i int) bool { return points[i].Goal <= points[here].Goal*(1+flat) }
	low, high := here, here
	for low > 0 && near(low-1) {
		low--
	}
	for high < len(points)-1 && near(high+1) {
		high++
	}
	return points[low].Value, points[high].Value
}

// conclude says in words what was found.
func (h *Hedge) conclude(f *Finding) {
	d, best := f.Document, f.Result.Best
	if best.Setting.same(h.Settings[0]) {
		d.Headline = "Do not hedge."
		return
	}
	if d.Current != nil && *d.Current == *d.Recommended {
		return
	}
	d.Headline = "Adopt " + best.Setting.Label + ": " + best.Setting.Changes[0].Value + "."
}

// surprise is by how much measured percentiles may be off those that samples
// predict before it is called the load's doing, beside chance.
const surprise = 0.05

// warnings say where hedging cannot help, and where the samples are wrong.
func (h *Hedge) warnings(f *Finding) []string {
	var all []string
	none, pure, single := h.entrant(f, "no hedge"), h.entrant(f, "pure delay"), h.entrant(f, "SingleR")
	alone := h.samples.Alone(h.percentile())
	if h.plan.pure.Value >= alone && (pure == nil || behind(none, pure) >= tieLevel) {
		text := fmt.Sprintf("a pure delay cannot improve %s with a budget of %s: that pays for hedges of the slowest requests only, and those come too late",
			h.Target, percent(h.Budget))
		if h.plan.best.Value < alone {
			text += ". A coin (SingleR) can"
		}
		all = append(all, text)
	}
	if single != nil {
		all = append(all, h.surprises(estimate(single.Runs, h.Goal.Of))...)
	}
	switch {
	case f.Result.Best != none:
	case h.OfCost && !slices.ContainsFunc(f.Result.Entrants, func(t *Entrant) bool { return t != none && t.State != Infeasible }):
		all = append(all, "every hedge costs more than the budget: a primary that fails is followed by the backup, which is paid for as well")
	default:
		all = append(all, "no hedge within the budget is better than none: the backup is too slow for the slow requests, or the models are overloaded")
	}
	return all
}

// entrant returns the entrant of that name; nil if it was the same as another, or the
// search ended before it.
func (h *Hedge) entrant(f *Finding, label string) *Entrant {
	i := slices.IndexFunc(f.Result.Entrants, func(t *Entrant) bool { return t.Setting.Label == label })
	if i < 0 {
		return nil
	}
	return f.Result.Entrants[i]
}

// surprises compare what SingleR gave with what the samples say.
func (h *Hedge) surprises(measured stats.Estimate) []string {
	predicted := stats.Millis(h.plan.best.Value)
	text := fmt.Sprintf("SingleR should give a %s of %s by what the models did alone, and gave %s",
		h.Target, formatDuration(h.plan.best.Value.Round(time.Millisecond)), formatEstimate(measured))
	switch {
	case !measured.Known() || measured.Low > predicted*(1+surprise):
		return []string{text + ": the extra requests slow the models down (limited concurrency, rate limits, overload), or what a model does depends on when it is asked"}
	case measured.High < predicted*(1-surprise):
		return []string{text + ": alone the backup had all requests to serve, or what a model does depends on when it is asked. There may be better policies than those of the samples: try tailgate tune with --vary"}
	}
	return nil
}

func formatEstimate(e stats.Estimate) string {
	if !e.Known() {
		return "failures"
	}
	return formatDuration(time.Duration(math.Round(e.Value)) * time.Millisecond)
}
