package tune

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// document writes down what a study has found.
func (s *Study) document(e *Evaluator, f *Finding, seeds, fresh []uint64) *reports.Tuning {
	d := &reports.Tuning{
		Schema: reports.TuningSchema, Kind: s.Kind,
		Scenario: reports.TuningScenario{
			Name: s.Scenario.Name, About: s.Scenario.About, Requests: e.Planned(), Baseline: s.Scenario.Baseline, Source: s.Scenario.Source,
		},
		Goal:  reports.TuningGoal{Metric: s.Goal.Of.String(), Unit: unitOfGoal(s.Goal.Of), Maximize: s.Goal.Maximize, Constraints: []string{}},
		Seeds: reports.TuningSeeds{Choice: seeds, Fresh: fresh, Part: e.options.Part}, Settled: f.Result.Settled(),
		Metrics: s.metrics(), Knobs: []reports.TuningKnob{}, Settings: []reports.TuningSetting{}, Tied: []int{},
		TradeOff: []reports.TuningPoint{}, Sensitivity: []reports.TuningSensitivity{}, Warnings: []string{},
	}
	for _, c := range s.Goal.Constraints {
		d.Goal.Constraints = append(d.Goal.Constraints, c.String())
	}
	for _, k := range s.Knobs {
		current, _ := s.Scenario.Current(k.Key)
		d.Knobs = append(d.Knobs, reports.TuningKnob{Key: k.Key, Range: k.asked(), Current: current})
	}
	for _, t := range f.Result.Entrants {
		d.Settings = append(d.Settings, s.setting(t, f))
	}
	s.mark(d, f)
	return d
}

// mark says which of the settings are the recommended, the current and the tied.
func (s *Study) mark(d *reports.Tuning, f *Finding) {
	for i, t := range f.Result.Entrants {
		if s.Current != nil && t.Setting.same(*s.Current) {
			d.Current = &i
		}
		if t == f.Result.Best {
			d.Recommended = &i
		}
	}
	for _, t := range f.Result.Tied {
		d.Tied = append(d.Tied, slices.Index(f.Result.Entrants, t))
	}
	if f.Result.Best != nil {
		d.TradeOff, d.Sensitivity = s.tradeOff(f.Result), s.sensitivity(f.Result)
		d.Warnings = append(d.Warnings, s.idle(f.Result)...)
		d.Warnings = append(d.Warnings, s.edges(f.Result.Best)...)
		d.Warnings = append(d.Warnings, s.losses(f)...)
		d.YAML = f.paste()
	}
}

// asked is what stands behind the key of a knob.
func (k *Knob) asked() string { return strings.TrimPrefix(k.String(), k.Key+"=") }

// metrics lists what is shown of each setting: the goal, what the constraints
// speak of, and the rest.
func (s *Study) metrics() []reports.TuningMetric {
	all := []reports.TuningMetric{{Name: s.Goal.Of.String(), Unit: unitOfGoal(s.Goal.Of)}}
	for _, r := range s.refs() {
		m := reports.TuningMetric{Name: r.String(), Unit: unitOfMetric(r)}
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// multiples is the unit of ratios that are multiples of something, such as a cost,
// rather than shares of it.
const multiples = "multiple"

func unitOfMetric(r objective.Ref) string {
	if r.Metric == costs || r.Metric == "amplification" {
		return multiples
	}
	return string(r.Unit())
}

func unitOfGoal(e *objective.Expression) string {
	if refs := e.Refs(); len(refs) == 1 && refs[0].String() == e.String() {
		return unitOfMetric(refs[0])
	}
	return string(e.Unit())
}

// metric is the formula of one metric.
type metric struct{ objective.Ref }

func (m metric) Eval(value func(objective.Ref) (float64, bool)) (float64, bool) { return value(m.Ref) }

// figures returns everything that is listed, over some runs.
func (s *Study) figures(r Runs) map[string]stats.Estimate {
	all := map[string]stats.Estimate{s.Goal.Of.String(): estimate(r, s.Goal.Of)}
	for _, ref := range s.refs() {
		all[ref.String()] = estimate(r, metric{ref})
	}
	return all
}

// setting writes down one setting.
func (s *Study) setting(t *Entrant, f *Finding) reports.TuningSetting {
	out := reports.TuningSetting{
		Name: t.Setting.Name(), Values: settingValues(t.Setting.Changes), State: string(t.State), Seeds: t.Runs.Seeds(),
		Predicted: map[string]stats.Estimate{},
	}
	if out.Seeds > 0 {
		out.Predicted = s.figures(t.Runs)
	}
	realised, ok := f.Realised[t]
	if !ok {
		return out
	}
	out.Realised = s.figures(realised)
	for _, c := range s.Goal.Constraints {
		out.Constraints = append(out.Constraints, judged(c, realised))
	}
	if s.Current != nil && !t.Setting.same(*s.Current) {
		i := slices.IndexFunc(f.Result.Entrants, func(o *Entrant) bool { return o.Setting.same(*s.Current) })
		out.VersusCurrent = s.versus(realised, f.Realised[f.Result.Entrants[i]])
	}
	return out
}

func settingValues(changes []scenarios.Change) []reports.TuningValue {
	values := []reports.TuningValue{}
	for _, c := range changes {
		values = append(values, reports.TuningValue{Key: c.Key, Value: c.Value})
	}
	return values
}

// judged decides a constraint on its whole interval.
func judged(c *objective.Objective, r Runs) reports.TuningConstraint {
	out := reports.TuningConstraint{Text: c.String(), Verdict: "undecided", Margin: estimate(r, margin{c}), Unit: string(c.Unit())}
	if refs := c.Refs(); len(refs) == 1 {
		out.Unit = unitOfMetric(refs[0])
	}
	low, high := out.Margin.Low, out.Margin.High
	if !out.Margin.HasInterval() {
		low, high = out.Margin.Value, out.Margin.Value
	}
	switch {
	case !out.Margin.Known():
	case c.Holds(low, 0) && c.Holds(high, 0):
		out.Verdict = "pass"
	case !c.Holds(low, 0) && !c.Holds(high, 0):
		out.Verdict = "fail"
	}
	return out
}

// versus is the paired difference of the goal between two settings.
func (s *Study) versus(own, other Runs) *reports.Delta {
	a, errA := own.Vector(s.Goal.Of)
	b, errB := other.Vector(s.Goal.Of)
	if errA != nil || errB != nil || len(a) != len(b) {
		return &reports.Delta{Why: "there is nothing to compare"}
	}
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
		if math.IsInf(a[i], 0) || math.IsInf(b[i], 0) {
			return &reports.Delta{Why: "in some runs too many requests failed"}
		}
	}
	e, p := stats.Across(differences), stats.AcrossPValue(differences)
	return &reports.Delta{Delta: finite(e.Value), Low: finite(e.Low), High: finite(e.High), P: finite(p), Significant: p <= 0.05}
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = stats.Round(v)
	return &v
}

// idle warns of knobs that turn nothing: the goal is the same whatever they are.
func (s *Study) idle(r *Result) []string {
	if len(s.Knobs) == 0 {
		return nil
	}
	var first []float64
	for i, t := range r.Entrants {
		vector, err := t.Runs.Vector(s.Goal.Of)
		switch {
		case err != nil:
			return nil
		case i == 0:
			first = vector
		case !slices.Equal(first[:firstSeeds], vector[:firstSeeds]):
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is the same with every setting, to the last digit: what is varied has no influence on it", s.Goal.Of)}
}

// edges warns of chosen values at the end of what was tried.
func (s *Study) edges(best *Entrant) []string {
	var all []string
	for i, k := range s.Knobs {
		if best.Setting.places == nil {
			continue
		}
		if place := best.Setting.places[i]; k.ends(place) {
			all = append(all, fmt.Sprintf("%s is at the end of its %s: the best may lie beyond %s", k.Key, k.kind(), k.at(place)))
		}
	}
	return all
}

// loss is by how much, relatively, something else may get worse without a word.
const loss = 0.05

// losses warns of what got worse than it is now, beside the goal.
func (s *Study) losses(f *Finding) []string {
	own, ok := f.Realised[f.Result.Best]
	i := slices.IndexFunc(f.Result.Entrants, func(t *Entrant) bool { return s.Current != nil && t.Setting.same(*s.Current) })
	if !ok || i < 0 {
		return nil
	}
	now := f.Realised[f.Result.Entrants[i]]
	var all []string
	for _, r := range s.Shown {
		if r.Unit() == objective.Milliseconds && r.String() != s.Goal.Of.String() {
			all = append(all, worse(metric{r}, own, now)...)
		}
	}
	return all
}

// worse says that a latency is longer than now by more than chance and a little.
func worse(m metric, own, now Runs) []string {
	a, b := estimate(own, m), estimate(now, m)
	switch {
	case !b.Known():
		return nil
	case !a.Known():
		return []string{fmt.Sprintf("%s has no value any more: %s", m, a.Why)}
	}
	x, errX := own.Vector(m)
	y, errY := now.Vector(m)
	if errX != nil || errY != nil || a.Value < b.Value*(1+loss) {
		return nil
	}
	for k := range x {
		x[k] -= y[k]
	}
	if stats.AcrossPValue(x) >= dropLevel {
		return nil
	}
	return []string{fmt.Sprintf("%s gets worse: %s instead of %s. A constraint on it (--subject-to) would prevent that", m, formatEstimate(a), formatEstimate(b))}
}
