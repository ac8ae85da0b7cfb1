//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
)

// A percentile has a number from as many requests as its interval needs.
func TestContract_fewRequests(t *testing.T) {
	t.Parallel()
	for i, needed := range []int{6, 36, 72, 368, 3688} {
		for _, n := range []int{needed - 1, needed} {
			s := only(t, fmt.Sprintf("load: {rate: 100/s, requests: %d}\nmodels: {a: {latency: {exponential: {mean: 100ms}}}}\nstrategies: {x: {single: {target: a}}}\n", n))
			e := []stats.Estimate{s.LatencyMS.P50, s.LatencyMS.P90, s.LatencyMS.P95, s.LatencyMS.P99, s.LatencyMS.P999}[i]
			if why := fmt.Sprintf("needs %d requests, has %d", needed, n); n < needed && (e.Known() || e.Why != why) {
				t.Errorf("%d requests: %+v, want %s", n, e, why)
			}
			if n == needed && !(e.Known() && e.Low < e.Value && e.Value <= e.High && !math.IsInf(e.High, 0)) {
				t.Errorf("%d requests: %+v, want a number", n, e)
			}
			near(t, fmt.Sprintf("success of %d", n), s.Success.Low, float64(n)/(float64(n)+1.959963984540054*1.959963984540054), 1e-9)
			if s.Success.Value != 1 || s.Success.High != 1 {
				t.Errorf("no failures of %d: %+v", n, s.Success)
			}
		}
	}
}

// Objectives pass if the whole interval meets the limit, fail if none of it
// does; a limit that is met exactly is met.
func TestContract_objectives(t *testing.T) {
	t.Parallel()
	// 100 requests without a failure: success from 96.3 to 100 %.
	const text = `
load: {rate: 10/s, requests: 100}
models: {a: {latency: %s, price: {input: 1, output: 1}}, b: {latency: 250ms, price: {input: 1, output: 1}}}
faults: [{name: slow, on: b, from: 2s, to: 4s, latency: {add: 10ms}}]
strategies: {x: {single: {target: a}}, y: {single: {target: b}}, z: {race: {targets: [a, b]}}}
objectives: ['%s']
`
	for _, c := range []struct{ latency, objective, verdict string }{
		{"100ms", "x.success >= 96%", "pass"},
		{"100ms", "x.success >= 96.4%", "undecided"},
		{"100ms", "x.success >= 100%", "undecided"},
		{"100ms", "x.success > 96.2%", "pass"},
		{"100ms", "x.success < 96%", "fail"},
		{"100ms", "x.p95 <= 100ms", "pass"},
		{"100ms", "x.p95 < 100ms", "fail"},
		{"100ms", "x.p95 >= 100ms", "pass"},
		{"1.001ms", "x.p95 <= 1.001ms", "pass"},
		{"2.651ms", "x.p50 <= 2.651ms", "pass"},
		{"1.751ms", "x.p50 < 1.751ms", "fail"},
		{"1.751ms", "x.mean <= 1.751ms", "pass"},
		{"1.751ms", "x.max <= 1.751ms", "pass"},
		{"100ms", "x.p99 <= 1h", "undecided"},
		{"100ms", "x.p95 <= 0.4 * y.p50", "pass"},
		{"100ms", "x.p95 < 0.4 * y.p50", "fail"},
		{"100ms", "y.p50 - x.p50 >= 150ms", "pass"},
		{"100ms", "x.cost <= 1", "pass"},
		{"100ms", "z.cost >= 1", "pass"},
		{"100ms", "z.attempts <= 2", "pass"},
		{"100ms", "z.attempts < 2", "fail"},
		{"100ms", "x.hedge_rate <= 0%", "pass"},
		{"100ms", "y.during(slow).p95 <= 260ms", "undecided"},
		{"100ms", "y.during(slow).success >= 80%", "pass"},
		{"100ms", "y.during(slow).amplification <= 1", "pass"},
		{"100ms", "y.during(slow).recovered <= 0s", "pass"},
		{"40s", "x.success >= 3%", "undecided"},
		{"40s", "x.success >= 4%", "fail"},
		{"40s", "x.p50 <= 1h", "fail"},
		{"40s", "x.success <= 5%", "pass"},
	} {
		d := runIt(t, parse(t, fmt.Sprintf(text, c.latency, c.objective)), engine.Options{})
		if o := d.Objectives[0]; o.Verdict != c.verdict || (o.Why == "") != (o.Verdict != "undecided") && o.Value != nil {
			t.Errorf("latency %s, %s: %s (%s), want %s", c.latency, c.objective, o.Verdict, o.Why, c.verdict)
		}
	}
}

// The interval of the difference of P95 to the baseline holds the true one in
// about 95 % of the runs.
func TestContract_coverage(t *testing.T) {
	t.Parallel()
	const runs, n = 200, 1500
	sc := parse(t, fmt.Sprintf(`
load: {rate: 20/s, requests: %d, arrivals: poisson, timeout: 1h}
models: {a: {latency: {exponential: {mean: 1s}}}, b: {latency: {exponential: {mean: 1s}}}}
strategies: {single: {single: {target: a}}, x: {race: {targets: [a, b]}}}
`, n))
	truth := -1000 * math.Log(20) / 2
	delta, ratio, own := 0, 0, 0
	for seed := range uint64(runs) {
		s := strategy(t, runIt(t, sc, engine.Options{Seed: &seed}), "x")
		v := s.VersusBaseline
		if *v.P95MS.Low <= truth && truth <= *v.P95MS.High {
			delta++
		}
		if v.P95Ratio.Low <= 0.5 && 0.5 <= v.P95Ratio.High {
			ratio++
		}
		if p := s.LatencyMS.P95; p.Low <= -truth && -truth <= p.High {
			own++
		}
	}
	t.Logf("of %d intervals %d hold the difference, %d the ratio, %d the P95 itself", runs, delta, ratio, own)
	for what, held := range map[string]int{"difference": delta, "ratio": ratio, "P95": own} {
		near(t, "coverage of the "+what, float64(held)/runs, 0.95, 0.05)
	}
}
