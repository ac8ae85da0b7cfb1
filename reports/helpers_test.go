package reports_test

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/golden/<test>/<name>.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", filepath.FromSlash(t.Name()), name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-want +got); -update rewrites it:\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sketch says what document to build: a toy model of two providers, good enough
// to look like a run.
type sketch struct {
	kinds    []string
	requests int
	bins     int
	faults   bool
	goals    []reports.Objective
}

// outcome is what a request of the toy came to.
type outcome struct {
	ms float64
	ok bool
}

const length = 600_000.0 // of the run, in milliseconds

func (s sketch) document() *reports.Document {
	d := &reports.Document{
		Schema: reports.Schema, Clock: "virtual", Seed: 42, Started: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		Tool: reports.Tool{Version: "0.1.0"}, Planned: s.requests, Objectives: s.goals,
		Command:  "tailgate run primary-outage --seed 42",
		Warnings: []string{"The outage lasts 18 s: few blocks, so its intervals are rough."},
		Scenario: reports.Scenario{
			Name: "primary-outage", About: "The primary slows down, then is gone.", RatePerS: float64(s.requests) / 600,
			DurationMS: length, Arrivals: "poisson", TimeoutMS: 30_000, TimeScale: 1,
			Models: []reports.ScenarioModel{
				{Name: "atlas", Provider: "mock", PriceInput: 3, PriceOutput: 15, Accuracy: new(0.92)},
				{Name: "birch", Provider: "mock", PriceInput: 0.4, PriceOutput: 1.6},
			},
			Faults: []reports.ScenarioFault{}, Source: "name: primary-outage\nmodels:\n  atlas: {preset: frontier}\n",
		},
	}
	if s.goals == nil {
		d.Objectives = []reports.Objective{}
	}
	if s.faults {
		d.Scenario.Faults = []reports.ScenarioFault{
			{Name: "brownout", Kind: "latency", On: []string{"atlas"}, FromMS: 120_000, ToMS: 190_000, Text: "atlas: latency × 4"},
			{Name: "outage", Kind: "status", On: []string{"atlas"}, FromMS: 300_000, ToMS: 318_000, Text: "atlas: HTTP 529"},
			{Name: "rate limit", Kind: "status", On: []string{"birch"}, FromMS: 420_000, ToMS: 480_000, Text: "birch: 40% HTTP 429"},
		}
	}
	for i, kind := range s.kinds {
		name := kind
		if j := slices.Index(s.kinds, kind); j < i {
			name = fmt.Sprintf("%s-%d", kind, i)
		}
		d.Strategies = append(d.Strategies, s.strategy(name, kind))
	}
	if len(s.kinds) > 0 {
		d.Baseline = d.Strategies[0].Name
		for i := 1; i < len(d.Strategies); i++ {
			versus(&d.Strategies[i], &d.Strategies[0])
		}
	} else {
		d.Strategies = []reports.Strategy{}
	}
	d.Verdict = reports.Decide(d)
	return d
}

// strategy plays all requests of one strategy.
func (s sketch) strategy(name, kind string) reports.Strategy {
	r := rand.New(rand.NewPCG(1, 2)) // the same weather for all
	all := make([]outcome, s.requests)
	for i := range all {
		at := length * float64(i) / float64(max(1, s.requests))
		a := outcome{680 * math.Exp(0.4*r.NormFloat64()), r.Float64() > 0.002}
		b := outcome{900 * math.Exp(0.3*r.NormFloat64()), r.Float64() > 0.001}
		limited := r.Float64() < 0.4
		if s.faults {
			switch {
			case at >= 120_000 && at < 190_000:
				a.ms *= 4
			case at >= 300_000 && at < 318_000:
				a = outcome{60, false}
			case at >= 420_000 && at < 480_000 && limited:
				b = outcome{40, false}
			}
		}
		all[i] = play(kind, a, b, s.faults && (at >= 122_000 && at < 192_000 || at >= 301_000 && at < 331_000))
	}
	out := reports.Strategy{
		Name: name, Kind: kind, Text: "atlas, then birch", Requests: s.requests,
		Calls: calls(kind), Errors: map[string]int{}, Breakers: []reports.Breaker{}, Faults: []reports.Fault{},
		Histogram: "HISTFAAAAA==", Accuracy: stats.Missing("the prompts have no answers"),
	}
	for _, o := range all {
		if o.ok {
			out.Succeeded++
		}
	}
	if n := s.requests - out.Succeeded; n > 0 {
		out.Errors["server_error"] = n
	}
	out.Success = wilson(out.Succeeded, s.requests)
	out.LatencyMS = latency(all)
	ok := slices.DeleteFunc(slices.Clone(all), func(o outcome) bool { return !o.ok })
	out.LatencyOKMS = latency(ok)
	missing := stats.Missing("not streamed")
	out.FirstTokenMS = reports.Latency{P50: missing, P90: missing, P95: missing, P99: missing, P999: missing, Mean: missing}
	for _, c := range out.Calls {
		out.Attempts.PerRequest += c
	}
	out.Attempts.Total = int(out.Attempts.PerRequest * float64(s.requests))
	out.Attempts.Won = out.Succeeded
	out.Hedges.Fired = int(out.Calls["hedge"] * float64(s.requests))
	multiple := cost(kind)
	usd := multiple * 0.0034 * float64(s.requests)
	out.Cost = reports.Cost{
		USD:          reports.Range{Low: usd * 0.97, Value: usd, High: usd * 1.05},
		Multiplier:   reports.Range{Low: multiple * 0.98, Value: multiple, High: multiple * 1.04},
		MultiplierCI: stats.Between(multiple, multiple*0.995, multiple*1.006), Wasted: 0.02,
	}
	share := map[string]float64{"single": 0, "race": 0.25, "consensus": 0.4}[kind]
	if kind != "single" && share == 0 {
		share = 0.12
	}
	out.Models = []reports.Model{
		{Name: "atlas", Attempts: s.requests, Won: int((1 - share) * float64(out.Succeeded)), Errors: map[string]int{}, LatencyMS: out.LatencyOKMS},
		{Name: "birch", Attempts: s.requests, Won: int(share * float64(out.Succeeded)), Errors: map[string]int{}, LatencyMS: out.LatencyOKMS},
	}
	out.Timeline, out.Spectrum = s.timeline(all), spectrum(all)
	if s.faults {
		s.faulted(&out, all)
	}
	if kind == "breaker" {
		out.Breakers = []reports.Breaker{breaker()}
	}
	if kind == "consensus" {
		out.Agreement = &reports.Agreement{
			Rate: stats.Between(0.823, 0.81, 0.835), Pairwise: stats.Between(0.79, 0.78, 0.8),
			FleissKappa: stats.Exactly(0.62), AccuracyGivenAgreement: stats.Missing("the prompts have no answers"),
		}
	}
	return out
}

// play is the strategies in one line each.
func play(kind string, a, b outcome, open bool) outcome {
	both := func(x, y outcome) outcome {
		if !x.ok || y.ok && y.ms < x.ms {
			return y
		}
		return x
	}
	switch kind {
	case "hedge":
		if a.ok && a.ms < 1300 {
			return a
		}
		return both(a, outcome{min(1300, a.ms) + b.ms, b.ok})
	case "race":
		return both(a, b)
	case "fallback":
		if a.ok {
			return a
		}
		return outcome{a.ms + b.ms, b.ok}
	case "breaker":
		if open || !a.ok {
			return outcome{b.ms, b.ok}
		}
		return a
	case "consensus":
		return outcome{max(a.ms, b.ms), a.ok && b.ok}
	case "broken":
		return outcome{5, false}
	default:
		return a
	}
}

func calls(kind string) map[string]float64 {
	switch kind {
	case "hedge":
		return map[string]float64{"first": 1, "hedge": 0.19}
	case "race":
		return map[string]float64{"first": 1, "parallel": 1}
	case "consensus":
		return map[string]float64{"first": 1, "parallel": 2}
	case "fallback":
		return map[string]float64{"first": 1, "fallback": 0.04}
	default:
		return map[string]float64{"first": 1}
	}
}

func cost(kind string) float64 {
	return map[string]float64{"single": 1, "hedge": 1.11, "race": 1.67, "fallback": 1.03, "breaker": 1.01, "consensus": 2.3, "broken": 0.1}[kind]
}

func wilson(k, n int) stats.Estimate {
	if n == 0 {
		return stats.Missing("no requests")
	}
	z, p, m := 1.96, float64(k)/float64(n), float64(n)
	mid, half := (p+z*z/(2*m))/(1+z*z/m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))/(1+z*z/m)
	return stats.Between(p, max(0, min(p, mid-half)), min(1, max(p, mid+half)))
}

func sortedMS(all []outcome) []float64 {
	list := make([]float64, 0, len(all))
	for _, o := range all {
		if !o.ok {
			o.ms = math.Inf(1)
		}
		list = append(list, o.ms)
	}
	slices.Sort(list)
	return list
}

func quantile(sorted []float64, p float64) stats.Estimate {
	n := float64(len(sorted))
	half := 1.96 * math.Sqrt(n*p*(1-p))
	low, at, high := int(n*p-half)-1, int(math.Ceil(n*p))-1, int(n*p+half)+1
	if low < 0 || high >= len(sorted) {
		return stats.Missing(fmt.Sprintf("too few requests: %d", len(sorted)))
	}
	if math.IsInf(sorted[at], 1) || math.IsInf(sorted[high], 1) {
		return stats.Missing("too many requests failed")
	}
	return stats.Between(sorted[at], sorted[low], sorted[high])
}

func latency(all []outcome) reports.Latency {
	list := sortedMS(all)
	l := reports.Latency{
		P50: quantile(list, 0.5), P90: quantile(list, 0.9), P95: quantile(list, 0.95),
		P99: quantile(list, 0.99), P999: quantile(list, 0.999), Mean: stats.Missing("no successes"),
	}
	sum, n := 0.0, 0
	for _, v := range list {
		if !math.IsInf(v, 1) {
			sum, n, l.Max = sum+v, n+1, new(v)
		}
	}
	if n > 0 {
		l.Mean = stats.Exactly(sum / float64(n))
	}
	return l
}

func spectrum(all []outcome) reports.Spectrum {
	list := sortedMS(all)
	s := reports.Spectrum{Percentile: []float64{}, MS: []*float64{}}
	for u := 0.0; math.Pow(10, u) <= float64(len(list))/100+1e-9; u += 1.0 / 24 {
		p := 1 - math.Pow(10, -u)
		v := list[min(len(list)-1, int(p*float64(len(list))))]
		s.Percentile = append(s.Percentile, stats.Round(p*100))
		if math.IsInf(v, 1) {
			s.MS = append(s.MS, nil)
		} else {
			s.MS = append(s.MS, new(stats.Round(v)))
		}
	}
	return s
}

func (s sketch) window(all []outcome, from, to float64) []outcome {
	n := float64(len(all))
	return all[int(n*from/length):int(math.Ceil(n*to/length))]
}

func (s sketch) timeline(all []outcome) reports.Timeline {
	t := reports.Timeline{
		StepMS: length / float64(s.bins), Columns: []string{"at_ms", "requests", "failed", "p50_ms", "p95_ms", "attempts"},
		Rows: [][]*float64{},
	}
	for i := range s.bins {
		at := t.StepMS * float64(i)
		part := s.window(all, at, at+t.StepMS)
		if len(part) == 0 {
			continue
		}
		list := sortedMS(part)
		failed := 0.0
		for _, o := range part {
			if !o.ok {
				failed++
			}
		}
		value := func(p float64) *float64 {
			v := list[int(p*float64(len(list)))]
			if math.IsInf(v, 1) {
				return nil
			}
			return new(math.Round(v))
		}
		t.Rows = append(t.Rows, []*float64{new(at), new(float64(len(part))), new(failed), value(0.5), value(0.95), new(float64(len(part)))})
	}
	return t
}

func (s sketch) faulted(out *reports.Strategy, all []outcome) {
	for i, f := range (sketch{faults: true}).document().Scenario.Faults {
		part := s.window(all, f.FromMS, f.ToMS)
		ok := 0
		for _, o := range part {
			if o.ok {
				ok++
			}
		}
		fault := reports.Fault{
			Name: f.Name, FromMS: f.FromMS, ToMS: f.ToMS, Requests: len(part), SuccessDuring: wilson(ok, len(part)),
			P95During: latency(part).P95, Recovery: "unaffected", Amplification: 1,
		}
		if out.Kind != "race" && i < 2 {
			fault.Recovery, fault.RecoveredAfterMS = "recovered", new(float64(9000-4000*i))
		}
		if out.Kind == "broken" {
			fault.Recovery = "not_by_the_end"
		}
		out.Faults = append(out.Faults, fault)
	}
}

func breaker() reports.Breaker {
	return reports.Breaker{Target: "atlas", OpenFraction: 0.16, Opens: 2, Transitions: []reports.Transition{
		{AtMS: 122_000, From: "closed", To: "open", Why: "slow calls 52% of 120"},
		{AtMS: 152_000, From: "open", To: "half_open"},
		{AtMS: 153_000, From: "half_open", To: "open"},
		{AtMS: 183_000, From: "open", To: "half_open"},
		{AtMS: 190_000, From: "half_open", To: "closed"},
		{AtMS: 301_000, From: "closed", To: "open"},
		{AtMS: 331_000, From: "open", To: "closed"},
	}}
}

func versus(s, base *reports.Strategy) {
	diff := func(a, b stats.Estimate) reports.Delta {
		if !a.Known() || !b.Known() {
			return reports.Delta{Why: "one of the two has no value"}
		}
		half := math.Hypot(a.High-a.Low, b.High-b.Low) / 2
		return reports.Delta{Delta: new(a.Value - b.Value), Low: new(a.Value - b.Value - half), High: new(a.Value - b.Value + half)}
	}
	s.VersusBaseline = &reports.VersusBaseline{
		P50MS: diff(s.LatencyMS.P50, base.LatencyMS.P50), P95MS: diff(s.LatencyMS.P95, base.LatencyMS.P95),
		P99MS: diff(s.LatencyMS.P99, base.LatencyMS.P99), Success: diff(s.Success, base.Success),
		P95Ratio: stats.Missing("not computed"), CostRatio: s.Cost.MultiplierCI,
	}
}

func goal(text, verdict, unit string, value, low, high, limit float64, names ...string) reports.Objective {
	return reports.Objective{
		Text: text, Verdict: verdict, Unit: unit, Strategies: names,
		Value: new(value), Low: new(low), High: new(high), Limit: new(limit),
	}
}

// typical is a run with faults, objectives and a breaker.
func typical() sketch {
	return sketch{
		kinds: []string{"single", "fallback", "race", "hedge", "breaker", "consensus"}, requests: 24_000, bins: 120, faults: true,
		goals: []reports.Objective{
			goal("breaker.success >= 99%", "pass", "ratio", 0.9958, 0.9949, 0.9965, 0.99, "breaker"),
			goal("breaker.p95 <= 0.6 * single.p95", "pass", "ms", 1507, 1489, 1524, 1970, "breaker", "single"),
			goal("hedge.p95 <= 0.6 * single.p95", "undecided", "ms", 1960, 1930, 1990, 1970, "hedge", "single"),
			goal("race.cost <= 1.3", "fail", "ratio", 1.67, 1.66, 1.68, 1.3, "race"),
		},
	}
}

// small is a run whose printed forms are short enough to read.
func small() sketch {
	s := typical()
	s.kinds, s.requests, s.bins = []string{"single", "hedge", "breaker"}, 12_000, 30
	s.goals = s.goals[:3]
	return s
}
