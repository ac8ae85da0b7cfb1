package engine

import (
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// document builds the report from what the lanes have recorded.
func (j *Job) document(lanes []*lane, live *live, interrupted bool) (*reports.Document, error) {
	f := newFigures(j, lanes, record.Resamples)
	d := j.outline()
	d.Interrupted, d.SendLag, d.Spending = interrupted, j.sendLag(lanes), live.spending()
	if live != nil {
		d.Interleaving = j.interleaving(live.turns)
	}
	for i := range lanes {
		s, err := f.strategy(i)
		if err != nil {
			return nil, err
		}
		d.Strategies = append(d.Strategies, s)
	}
	d.Comparisons = adjust(d)
	d.Warnings = append(j.warn(d, f), live.warnings()...)
	for _, o := range j.scenario.Objectives {
		d.Objectives = append(d.Objectives, f.judge(o, d))
	}
	d.Verdict = reports.Decide(d)
	return d, nil
}

// outline is a report of which nothing has been measured.
func (j *Job) outline() *reports.Document {
	return &reports.Document{
		Schema: reports.Schema, Scenario: j.describe(), Clock: string(orVirtual(j.options.Clock)), Seed: j.seed,
		Started: j.options.Started, Tool: reports.Tool{Version: j.options.Version},
		Planned: j.planned, Baseline: j.baseline,
		Strategies: []reports.Strategy{}, Objectives: []reports.Objective{},
		Command: j.options.Command, Interleaving: j.interleaving(math.MaxInt),
	}
}

func orVirtual(c Clock) Clock {
	if c == "" {
		return Virtual
	}
	return c
}

// upstream says which model is asked where; "" for a mock.
func upstream(m scenarios.Model) string {
	if m.Remote == nil {
		return ""
	}
	return m.Remote.Model + " at " + m.Remote.Host()
}

// describe writes down the scenario as it was run.
func (j *Job) describe() reports.Scenario {
	sc := j.scenario
	out := reports.Scenario{
		Name: sc.Name, About: sc.About, Arrivals: string(sc.Load.Arrivals.Shape),
		RatePerS: stats.Round(float64(j.planned) / math.Max(j.span.Seconds(), 1e-9)), DurationMS: stats.Millis(j.span),
		TimeoutMS: stats.Millis(sc.Load.Timeout), TimeScale: j.scale, Source: sc.Source,
		Models: []reports.ScenarioModel{}, Faults: j.Faults(),
	}
	for _, m := range sc.Models {
		out.Models = append(out.Models, reports.ScenarioModel{
			Name: m.Name, Provider: m.Provider(), Upstream: upstream(m), PriceInput: m.Price.Input, PriceOutput: m.Price.Output, Accuracy: m.Accuracy,
		})
	}
	return out
}

// figures are the recorders of a run and their paired replicates.
type figures struct {
	job        *Job
	lanes      []*lane
	base       int // the baseline's place among the lanes
	replicates *record.Replicates
}

func newFigures(j *Job, lanes []*lane, resamples int) *figures {
	f := &figures{job: j, lanes: lanes}
	var recorders []*record.Recorder
	for i, l := range lanes {
		recorders = append(recorders, l.recorder)
		if l.info.Name == j.baseline {
			f.base = i
		}
	}
	f.replicates = record.NewReplicates(recorders, resamples, draw.New(j.seed).Name("bootstrap"))
	return f
}

// strategy describes the strategy with the given number.
func (f *figures) strategy(i int) (reports.Strategy, error) {
	s, err := f.lanes[i].describe()
	if err != nil {
		return reports.Strategy{}, err
	}
	s.Cost = f.cost(i)
	if i != f.base {
		s.VersusBaseline = f.versus(i)
	}
	return s, nil
}

// describe says what the lane has measured by itself, without its costs as a
// multiple of others'.
func (l *lane) describe() (reports.Strategy, error) {
	r := l.recorder
	histogram, err := r.Histogram()
	if err != nil {
		return reports.Strategy{}, fmt.Errorf("strategy %s: encoding its histogram: %w", l.info.Name, err)
	}
	s := reports.Strategy{
		Name: l.info.Name, Kind: l.info.Kind, Text: l.info.Text,
		Requests: r.Requests(), Succeeded: r.Succeeded(), Success: r.Success(),
		LatencyMS: reports.Latency(r.Latency()), LatencyOKMS: reports.Latency(r.LatencyOK()),
		FirstTokenMS: reports.Latency(r.FirstToken()),
		Attempts:     reports.Attempts(r.Attempts()), Calls: r.Calls(),
		Agreement: agreement(r.Agreement()), Accuracy: r.Accuracy(),
		Hedges: reports.Hedges(r.Hedges()), Retries: reports.Retries(r.Retries()),
		Breakers: []reports.Breaker{}, Models: []reports.Model{}, Faults: []reports.Fault{}, Errors: r.Errors(),
		Timeline: reports.Timeline(r.Timeline()), Spectrum: reports.Spectrum(r.Spectrum()), Histogram: histogram,
		FirstTokenSpectrum: (*reports.Spectrum)(r.FirstTokenSpectrum()),
	}
	s.Tokens, s.InterTokenMS, s.Restarts = tokens(r.Tokens()), interToken(r), r.Restarts()
	for _, b := range r.Breakers() {
		s.Breakers = append(s.Breakers, breaker(b))
	}
	for _, m := range r.Models() {
		s.Models = append(s.Models, reports.Model{
			Name: m.Name, Attempts: m.Attempts, Won: m.Won, Errors: m.Errors,
			LatencyMS: reports.Latency(m.Latency), CostUSD: stats.Round(m.CostUSD), Tokens: modelTokens(m.Tokens),
		})
	}
	for _, w := range r.Faults() {
		s.Faults = append(s.Faults, reports.Fault(w))
	}
	s.Judge, s.Tasks = judge(r.Judge()), tasks(r.Tasks())
	s.AB = ab(r.Trial(), l.info.Trial)
	return s, nil
}

func breaker(b record.Breaker) reports.Breaker {
	out := reports.Breaker{Target: b.Target, OpenFraction: stats.Round(b.OpenFraction), Opens: b.Opens, Transitions: []reports.Transition{}}
	for _, t := range b.Transitions {
		out.Transitions = append(out.Transitions, reports.Transition{AtMS: stats.Millis(t.At), From: t.From, To: t.To, Why: t.Why})
	}
	return out
}

// cost compares the money spent with the baseline's, over the requests that
// both have served.
func (f *figures) cost(i int) reports.Cost {
	r := f.lanes[i].recorder
	usd := r.Cost()
	of := func(metric string) float64 {
		own, _, _ := f.replicates.Vector(i, metric)
		base, _, _ := f.replicates.Vector(f.base, "cost")
		switch {
		case math.IsNaN(own) || math.IsNaN(base):
			return 0 // no requests to compare; MultiplierCI says so
		case base <= 0 && own > 0:
			return 0 // no multiple of nothing; MultiplierCI says so
		case base <= 0:
			return 1 // nothing costs anything
		}
		return math.Round(own/base*1e6) / 1e6 // a row's cost is a float32
	}
	return reports.Cost{
		USD:          reports.Range{Low: stats.Round(usd.Low), Value: stats.Round(usd.Value), High: stats.Round(usd.High)},
		Multiplier:   reports.Range{Low: of("cost_low"), Value: of("cost"), High: of("cost_high")},
		MultiplierCI: f.ratio(i, "cost"), Wasted: stats.Round(r.Wasted()),
	}
}

// ratio is the paired ratio to the baseline, with the interval over all
// resamples.
func (f *figures) ratio(i int, metric string) stats.Estimate {
	value, replicates, why := f.pair(i, metric, func(own, base float64) float64 { return own / base })
	switch {
	case why != "":
		return stats.Missing(why)
	case math.IsNaN(value) || math.IsInf(value, 0):
		return stats.Missing(fmt.Sprintf("%s has a %s of 0: nothing is a multiple of it", f.lanes[f.base].info.Name, metric))
	}
	return f.replicates.Interval(value, replicates)
}

// pair evaluates op on a metric of a strategy and the baseline's, as measured
// and under every resample, or says why it has no value.
func (f *figures) pair(i int, metric string, op func(own, base float64) float64) (value float64, replicates []float64, why string) {
	own, owns, _ := f.replicates.Vector(i, metric)
	base, bases, _ := f.replicates.Vector(f.base, metric)
	for _, side := range []struct {
		lane  int
		value float64
	}{{i, own}, {f.base, base}} {
		if why := f.missing(side.lane, metric, side.value); why != "" {
			return 0, nil, fmt.Sprintf("%s has no %s: %s", f.lanes[side.lane].info.Name, metric, why)
		}
	}
	replicates = make([]float64, len(owns))
	for r := range replicates {
		replicates[r] = op(owns[r], bases[r])
	}
	return op(own, base), replicates, ""
}

// missing says why a strategy has no value of a metric, or "".
func (f *figures) missing(i int, metric string, value float64) string {
	if e, ok := f.estimate(i, metric); ok && !e.Known() {
		return e.Why
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return "there is nothing to compare"
	}
	return ""
}

// number returns a finite value, or nil.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = stats.Round(v)
	return &v
}

// place returns the number of a strategy, or -1 if it was not run.
func (f *figures) place(strategy string) int {
	return slices.IndexFunc(f.lanes, func(l *lane) bool { return l.info.Name == strategy })
}
