package tune

import (
	"context"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func panelMetrics() []reports.TuningMetric {
	return []reports.TuningMetric{
		{Name: "usd_per_1000", Unit: "usd"}, {Name: "right", Unit: "ratio"}, {Name: "success", Unit: "ratio"}, {Name: "p95", Unit: "ms"},
	}
}

// shownFront is how many panels of the front are run with fresh seeds.
const shownFront = 8

// shown returns the panels that are run with fresh seeds: the best, some of the
// front and a few ties, by cost.
func (p *Panel) shown() []*seated {
	all := []*seated{p.best}
	n := len(p.front)
	for i := range min(n, shownFront) {
		all = append(all, p.front[i*(n-1)/max(1, min(n, shownFront)-1)])
	}
	all = append(all, p.ties[:min(len(p.ties), shownTies)]...)
	return slices.DeleteFunc(slices.Clone(p.panels), func(s *seated) bool { return !slices.Contains(all, s) })
}

// verify runs the panels that are shown, and the scenario's baseline, with fresh
// seeds.
func (p *Panel) verify(ctx context.Context) error {
	shown := p.shown()
	plays := make([][]play, len(shown)+1)
	for i := range plays {
		plays[i] = make([]play, len(p.fresh))
	}
	name, seeds := p.name(), len(p.fresh)
	p.workers.plan(len(plays) * seeds)
	err := p.workers.each(ctx, len(plays)*seeds, func(ctx context.Context, n int) (err error) {
		i, k := n/seeds, n%seeds
		if i == len(shown) {
			plays[i][k], err = p.play(ctx, p.Scenario.Baseline, nil, p.fresh[k])
			return err
		}
		plays[i][k], err = p.play(ctx, name, shown[i].changes(name, p), p.fresh[k])
		return err
	})
	if err != nil {
		return err
	}
	for i, s := range shown {
		s.played = gathered(plays[i])
	}
	p.baseline = gathered(plays[len(shown)])
	return nil
}

// play is one run of a panel.
type play struct{ right, success, cost, p95 float64 }

func gathered(plays []play) played {
	var all played
	for _, y := range plays {
		all.right, all.success = append(all.right, y.right), append(all.success, y.success)
		all.cost, all.p95 = append(all.cost, y.cost), append(all.p95, y.p95)
	}
	return all
}

// play runs a strategy with a seed.
func (p *Panel) play(ctx context.Context, strategy string, changes []scenarios.Change, seed uint64) (play, error) {
	sc, err := p.Scenario.With(changes...)
	if err != nil {
		return play{}, err
	}
	known, right, all := 0, 0, 0
	o := p.workers.engineOptions(seed, []string{strategy})
	o.OnRequest = func(_ string, r *record.Request) {
		all++
		if sc.Workload.Item(r.ID).Answer == "" {
			return
		}
		known++
		if r.OK && r.Correct == record.Right {
			right++
		}
	}
	job, err := engine.New(sc, o)
	if err != nil {
		return play{}, err
	}
	m, err := job.Measure(ctx)
	if err != nil {
		return play{}, err
	}
	of := func(metric string) float64 {
		e := m.Value(objective.Ref{Strategy: strategy, Metric: metric})
		if !e.Known() {
			return math.NaN()
		}
		return e.Value
	}
	return play{
		right: float64(right) / float64(max(1, known)), success: of("success"),
		cost: 1000 * of(spent) / float64(max(1, all)), p95: of("p95"),
	}, nil
}

// estimates returns the figures of runs.
func (y played) estimates() map[string]stats.Estimate {
	return map[string]stats.Estimate{
		"usd_per_1000": across(y.cost), "right": across(y.right), "success": across(y.success), "p95": unlessNaN(y.p95),
	}
}

func unlessNaN(values []float64) stats.Estimate {
	if slices.ContainsFunc(values, math.IsNaN) {
		return stats.Missing("in some runs too many requests failed")
	}
	return across(values)
}

// describe writes the panels, the models and their errors into the document.
func (p *Panel) describe(d *reports.Tuning) {
	d.Panel.Requests, d.Panel.Tried = p.votes.requests, len(p.panels)
	d.Panel.Models, d.Panel.Pairs = p.members(), p.pairs()
	if p.best == nil {
		return
	}
	d.Panel.FreshRequests = d.Scenario.Requests * len(p.fresh)
	number := map[*seated]int{}
	for _, s := range slices.Concat(p.shown(), p.front) {
		if _, there := number[s]; !there {
			number[s] = len(d.Settings)
			d.Settings = append(d.Settings, p.setting(s))
		}
	}
	for _, s := range p.front {
		d.Panel.Front = append(d.Panel.Front, number[s])
	}
	for _, s := range p.ties[:min(len(p.ties), shownTies)] {
		d.Tied = append(d.Tied, number[s])
	}
	best := number[p.best]
	d.Recommended, d.Settled = &best, len(p.ties) == 0
	if p.baseline.right != nil {
		current := len(d.Settings)
		d.Settings = append(d.Settings, reports.TuningSetting{
			Name: p.Scenario.Baseline, Values: []reports.TuningValue{}, State: reports.TuneReference,
			Predicted: map[string]stats.Estimate{"usd_per_1000": stats.Missing("it was run with fresh seeds only")}, Realised: p.baseline.estimates(),
		})
		d.Current = &current
		d.Settings[best].VersusCurrent = paired(p.best.played.cost, p.baseline.cost)
	}
	free := p.best.evaluate(p, p.votes.patterns(p.votes.apart()))
	d.Panel.Independent = finite(stats.Across(free.right).Value)
}

// setting writes down a panel.
func (p *Panel) setting(s *seated) reports.TuningSetting {
	out := reports.TuningSetting{
		Name: s.String(), Values: settingValues(s.changes(p.name(), p)), State: reports.TuneInRace, Seeds: len(p.choice),
		Predicted: map[string]stats.Estimate{
			"usd_per_1000": across(s.figures.cost), "right": across(s.figures.right), "success": across(s.figures.success),
		},
	}
	if s.right() < p.Accuracy {
		out.State = reports.TuneInfeasible
	}
	if s.played.right == nil {
		return out
	}
	out.Realised = s.played.estimates()
	margin := make([]float64, len(s.played.right))
	for k, r := range s.played.right {
		margin[k] = r - p.Accuracy
	}
	out.Constraints = []reports.TuningConstraint{{Text: "right >= " + percent(p.Accuracy), Verdict: verdict(across(margin)), Margin: across(margin), Unit: string(objective.Ratio)}}
	return out
}

// verdict decides on a whole interval whether a margin is at least 0.
func verdict(margin stats.Estimate) string {
	low, high := margin.Low, margin.High
	if !margin.HasInterval() {
		low, high = margin.Value, margin.Value
	}
	switch {
	case low >= 0:
		return "pass"
	case high < 0:
		return "fail"
	default:
		return "undecided"
	}
}

// members says how good each model is.
func (p *Panel) members() []reports.TuningPanelMember {
	_, weights := p.ranking()
	right := p.votes.right()
	var all []reports.TuningPanelMember
	for m, name := range p.Models {
		hits, silent, total, cost := make([]float64, len(p.choice)), make([]float64, len(p.choice)), make([]float64, len(p.choice)), make([]float64, len(p.choice))
		for _, r := range p.votes.rows {
			total[r.seed]++
			cost[r.seed] += r.cost[m]
			switch vote := r.cast[m]; {
			case vote == 0:
				silent[r.seed]++
			case right(vote, r.want):
				hits[r.seed]++
			}
		}
		for k, n := range total {
			n = max(1, n)
			hits[k], silent[k], cost[k] = hits[k]/n, silent[k]/n, 1000*cost[k]/n
		}
		all = append(all, reports.TuningPanelMember{
			Name: name, Right: across(hits), Silent: across(silent), Weight: weights[m], USDPer1000: across(cost),
		})
	}
	return all
}

// pairs says how the errors of each two models go together.
func (p *Panel) pairs() []reports.TuningErrorPair {
	right := p.votes.right()
	n := float64(max(1, len(p.votes.rows)))
	all := []reports.TuningErrorPair{}
	for a := range p.Models {
		for b := a + 1; b < len(p.Models); b++ {
			var wrongA, wrongB, both, same float64
			for _, r := range p.votes.rows {
				x, y := !right(r.cast[a], r.want), !right(r.cast[b], r.want)
				wrongA, wrongB = wrongA+one(x)/n, wrongB+one(y)/n
				both += one(x && y) / n
				same += one(x && y && r.cast[a] == r.cast[b] && r.cast[a] != 0) / n
			}
			pair := reports.TuningErrorPair{A: a, B: b, Both: stats.Round(both), Independent: stats.Round(wrongA * wrongB), Same: stats.Round(same)}
			if spread := wrongA * (1 - wrongA) * wrongB * (1 - wrongB); spread > 0 {
				pair.Correlation = finite((both - wrongA*wrongB) / math.Sqrt(spread))
			}
			all = append(all, pair)
		}
	}
	return all
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// differences returns a - b, seed by seed.
func differences(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for k := range all {
		all[k] = a[k] - b[k]
	}
	return all
}

// paired is the difference of two series, seed by seed.
func paired(a, b []float64) *reports.Delta {
	d := differences(a, b)
	e, p := across(d), stats.AcrossPValue(d)
	return &reports.Delta{Delta: finite(e.Value), Low: finite(e.Low), High: finite(e.High), P: finite(p), Significant: p <= 0.05}
}
