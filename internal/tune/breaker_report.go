package tune

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// The figures of a breaker, in the order in which they are shown.
func breakerMetrics() []reports.TuningMetric {
	return []reports.TuningMetric{
		{Name: "regret", Unit: ""},
		{Name: "loss", Unit: ""},
		{Name: "success", Unit: "ratio"},
		{Name: "wasted", Unit: "ratio"},
		{Name: "rejected", Unit: "ratio"},
		{Name: "overhang", Unit: "ms"},
	}
}

// breakerFigures returns how figures other than regret come from a run.
func (b *Breaker) breakerFigures() map[string]func(bout) float64 {
	share := func(n, of int) float64 { return float64(n) / float64(max(1, of)) }
	return map[string]func(bout) float64{
		"loss":     func(r bout) float64 { return r.loss(b.FailureWorth) },
		"success":  func(r bout) float64 { return 1 - share(r.failed, r.requests) },
		"wasted":   func(r bout) float64 { return share(r.wasted, r.requests) },
		"rejected": func(r bout) float64 { return share(r.rejected, r.requests) },
		"overhang": func(r bout) float64 { return stats.Millis(r.overhang) },
	}
}

// document writes down what was found.
func (b *Breaker) document(best *breakerEntrant) *reports.Tuning {
	d := &reports.Tuning{
		Schema: reports.TuningSchema, Kind: reports.TuneBreaker,
		Goal:    reports.TuningGoal{Metric: "regret", Constraints: []string{}},
		Seeds:   reports.TuningSeeds{Choice: b.choice, Fresh: b.fresh},
		Metrics: breakerMetrics(), Knobs: b.knobs(), Settings: []reports.TuningSetting{}, Tied: []int{},
		TradeOff: []reports.TuningPoint{}, Sensitivity: []reports.TuningSensitivity{}, Warnings: []string{},
		Breaker: &reports.TuningBreaker{
			FailureWorth: b.FailureWorth, Scenarios: []reports.TuningBreakerScenario{}, Front: []int{}, Cells: []reports.TuningCell{},
		},
	}
	d.Scenario = reports.TuningScenario{Name: b.arenas[0].scenario.Name, Requests: b.arenas[0].planned, Baseline: b.arenas[0].place.Strategy, Source: b.arenas[0].scenario.Source}
	if len(b.arenas) > 1 {
		d.Scenario.Name = fmt.Sprintf("%d scenarios", len(b.arenas))
	}
	if best == nil {
		return d
	}
	champions := b.champions()
	for c, a := range b.arenas {
		d.Breaker.Scenarios = append(d.Breaker.Scenarios, reports.TuningBreakerScenario{
			Name: a.scenario.Name, Strategy: a.place.Strategy, Key: a.place.Key, Target: a.target, Requests: a.planned,
			Episodes: len(a.episodes), Best: slices.Index(b.entrants, champions[c]),
		})
	}
	for i, t := range b.entrants {
		d.Settings = append(d.Settings, b.setting(t, champions))
		d.Breaker.Cells = append(d.Breaker.Cells, b.cells(i, t, champions)...)
	}
	d.Current, d.Recommended = new(int), new(int)
	*d.Recommended = slices.Index(b.entrants, best)
	for _, t := range b.tied(best) {
		d.Tied = append(d.Tied, slices.Index(b.entrants, t))
	}
	d.Settled = len(d.Tied) == 0
	d.Breaker.Front = b.front()
	return d
}

// knobs lists what was searched, each key once.
func (b *Breaker) knobs() []reports.TuningKnob {
	all := []reports.TuningKnob{}
	for _, k := range slices.Concat(b.Rules...) {
		if !slices.ContainsFunc(all, func(o reports.TuningKnob) bool { return o.Key == k.Key }) {
			current, _ := b.arenas[0].scenario.Current(b.arenas[0].place.Key + "." + k.Key)
			all = append(all, reports.TuningKnob{Key: k.Key, Range: k.asked(), Current: current})
		}
	}
	return all
}

// setting writes down a setting over all scenarios: means, and the greatest regret.
func (b *Breaker) setting(t *breakerEntrant, champions []*breakerEntrant) reports.TuningSetting {
	out := reports.TuningSetting{
		Name: t.setting.Name(), Values: settingValues(t.setting.Changes), State: string(t.state), Seeds: len(t.runs[0]),
		Predicted: map[string]stats.Estimate{},
	}
	if t.setting.Label == "" {
		out.Name = settingText(t.setting)
	}
	if out.Seeds > 0 {
		out.Predicted = b.together(t.runs)
		out.Predicted["regret"] = across(b.worst(t, champions))
	}
	if t.fresh != nil {
		out.Realised = b.together(t.fresh)
		out.Realised["regret"] = across(b.freshWorst(t, champions))
		out.VersusCurrent = b.versus(t, champions)
	}
	return out
}

// together returns the figures over the scenarios: for each seed the mean of all.
func (b *Breaker) together(runs [][]bout) map[string]stats.Estimate {
	all := map[string]stats.Estimate{}
	for name, figure := range b.breakerFigures() {
		means := make([]float64, len(runs[0]))
		for k := range means {
			for c := range runs {
				means[k] += figure(runs[c][k]) / float64(len(runs))
			}
		}
		all[name] = across(means)
	}
	return all
}

// freshRegret is the regret in a scenario on the fresh seeds, by the setting that
// was best there on those of the choice.
func (b *Breaker) freshRegret(t *breakerEntrant, c int, champions []*breakerEntrant) []float64 {
	return differences(losses(t.fresh[c], b.FailureWorth), losses(champions[c].fresh[c], b.FailureWorth))
}

// freshWorst is the regret on the fresh seeds in the scenario in which its mean is
// greatest there.
func (b *Breaker) freshWorst(t *breakerEntrant, champions []*breakerEntrant) (regret []float64) {
	for c := range b.arenas {
		if r := b.freshRegret(t, c, champions); c == 0 || stats.Across(r).Value > stats.Across(regret).Value {
			regret = r
		}
	}
	return regret
}

// versus is by how much the greatest regret differs from the current setting's on
// the fresh seeds.
func (b *Breaker) versus(t *breakerEntrant, champions []*breakerEntrant) *reports.Delta {
	if t == b.entrants[0] {
		return nil
	}
	return paired(b.freshWorst(t, champions), b.freshWorst(b.entrants[0], champions))
}

// cells writes down a setting scenario by scenario.
func (b *Breaker) cells(number int, t *breakerEntrant, champions []*breakerEntrant) []reports.TuningCell {
	var all []reports.TuningCell
	for c := range b.arenas {
		if len(t.runs[c]) == 0 {
			continue
		}
		cell := reports.TuningCell{Setting: number, Scenario: c, Predicted: b.figures(t.runs[c])}
		cell.Predicted["regret"] = across(b.regrets(t, c, champions))
		if t.fresh != nil {
			cell.Realised = b.figures(t.fresh[c])
			cell.Realised["regret"] = across(b.freshRegret(t, c, champions))
		}
		all = append(all, cell)
	}
	return all
}

func (b *Breaker) figures(runs []bout) map[string]stats.Estimate {
	all := map[string]stats.Estimate{}
	for name, figure := range b.breakerFigures() {
		all[name] = over(runs, figure)
	}
	return all
}

// front returns the settings that no other beats in success, wasted calls,
// rejected requests and overhang at once, by the means over all scenarios.
func (b *Breaker) front() []int {
	points := make([][4]float64, len(b.entrants))
	for i, t := range b.entrants {
		if len(t.runs[0]) > 0 {
			f := b.together(t.runs)
			points[i] = [4]float64{-f["success"].Value, f["wasted"].Value, f["rejected"].Value, f["overhang"].Value}
		}
	}
	front := []int{}
	for i := range points {
		beaten := len(b.entrants[i].runs[0]) == 0
		for j := range points {
			beaten = beaten || len(b.entrants[j].runs[0]) > 0 && dominates(points[j], points[i])
		}
		if !beaten {
			front = append(front, i)
		}
	}
	return front
}

// dominates says whether p is nowhere worse than q, and somewhere better.
func dominates(p, q [4]float64) bool {
	better := false
	for i := range p {
		if p[i] > q[i] {
			return false
		}
		better = better || p[i] < q[i]
	}
	return better
}

// conclude says in words what was found.
func (b *Breaker) conclude(d *reports.Tuning, best *breakerEntrant) {
	reports.ConcludeTuning(d)
	if best == nil {
		return
	}
	if best != b.entrants[0] {
		d.Headline = "Set the breaker to {" + settingText(best.setting) + "}."
	}
	var blind []string
	for _, a := range b.arenas {
		if len(a.episodes) == 0 {
			blind = append(blind, a.scenario.Name)
		}
	}
	if len(blind) > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf(
			"in %s no fault of the model behind the breaker ends: overhang is 0 there, and how fast calls flow again is not judged", strings.Join(blind, ", ")))
	}
}
