//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// A hedge after d: S(t)·S(t-d), hedges at the rate S(d); with probability q,
// F(t) + q·S(t)·F(t-d) [Kaler, He, Elnikety 2017].
func TestClosedForm_hedge(t *testing.T) {
	t.Parallel()
	const n = 40_000
	for _, c := range []struct{ mean, delay, q float64 }{{1000, 500, 1}, {1000, 1500, 1}, {1000, 500, 0.3}, {1000, 2995.732273554, 1}} {
		s := only(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, timeout: 1h}
models: {a: {latency: {exponential: {mean: 1s}}, price: {input: 0, output: 10}, output_tokens: 100}, b: {latency: {exponential: {mean: 1s}}}}
strategies: {x: {hedge: {targets: [a, b], delay: %gms, budget: none, probability: %g}}}
`, n, c.delay, c.q))
		f := exponentialCDF(c.mean)
		what := fmt.Sprintf("hedge after %.0f ms with q %g", c.delay, c.q)
		latency(t, what, s.LatencyMS, n, func(x float64) float64 { return f(x) + c.q*(1-f(x))*f(x-c.delay) }, 0, 20_000)
		slow := c.q * (1 - f(c.delay))
		share(t, what+": hedge rate", s.Hedges.Fired, n, slow)
		share(t, what+": hedges won", s.Hedges.Won, n, slow/2)
		if s.Attempts.Total != n+s.Hedges.Fired || s.Attempts.Lost != s.Hedges.Fired || s.Attempts.Won != n {
			t.Errorf("%s: %+v beside %d hedges", what, s.Attempts, s.Hedges.Fired)
		}
		near(t, what+": calls of role hedge", s.Calls["hedge"], float64(s.Hedges.Fired)/n, 1e-8)
	}
}

// With a budget B ≤ 1-k no pure delay improves the k-th percentile; hedging
// some requests earlier does.
func TestClosedForm_singleR(t *testing.T) {
	t.Parallel()
	const n = 60_000
	d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, timeout: 1h}
models: {a: {latency: {exponential: {mean: 1s}}}, b: {latency: {exponential: {mean: 1s}}}}
strategies:
  single: {single: {target: a}}
  pure: {hedge: {targets: [a, b], delay: 2995.732273554ms, budget: none}}
  singler: {hedge: {targets: [a, b], delay: 1s, budget: none, probability: 0.135914091}}
`, n)), engine.Options{})
	for _, name := range []string{"pure", "singler"} {
		share(t, name+" hedges", strategy(t, d, name).Hedges.Fired, n, 0.05)
	}
	single, pure, better := strategy(t, d, "single").LatencyMS.P95, strategy(t, d, "pure").LatencyMS.P95, strategy(t, d, "singler").LatencyMS.P95
	if gain := single.Value - pure.Value; gain < 0 || gain > single.High-single.Low {
		t.Errorf("P95 is %v, and %v with hedges after it", single, pure)
	}
	if better.High >= pure.Low {
		t.Errorf("P95 is %v with all hedges late, %v with some of them early", pure, better)
	}
	f := exponentialCDF(1000)
	quantiles(t, "SingleR", strategy(t, d, "singler").LatencyMS, n, func(x float64) float64 { return f(x) + 0.135914091*(1-f(x))*f(x-1000) })
}

// A budget bounds the extra share whatever is asked for, and is spent when all
// of it is wanted.
func TestClosedForm_hedgeBudget(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for _, budget := range []float64{0.01, 0.05, 0.10} {
		s := only(t, fmt.Sprintf(`
load: {rate: 100/s, requests: %d, timeout: 1h}
models: {a: {latency: {exponential: {mean: 1s}}}, b: {latency: {exponential: {mean: 1s}}}}
strategies: {x: {hedge: {targets: [a, b], delay: 1s, budget: %g%%}}}
`, n, 100*budget))
		if got := float64(s.Hedges.Fired) / n; got > budget+1e-9 || got < budget-0.001 {
			t.Errorf("a budget of %g gives %g hedges per request", budget, got)
		}
		share(t, "hedges wanted", s.Hedges.Fired+s.Hedges.Denied, n, math.Exp(-1))
	}
}

// A delay that follows P95 hedges 5 % of the requests, winners-only estimation
// would about 10 %.
func TestClosedForm_adaptiveDelay(t *testing.T) {
	t.Parallel()
	const n = 40_000
	for _, settings := range []string{
		"latency: {exponential: {mean: 1s}}", "latency: {lognormal: {median: 1s, p95: 3s}}", "latency: {uniform: {min: 100ms, max: 2s}}",
	} {
		lines, _ := several(2, settings)
		s := only(t, fmt.Sprintf(`
load: {rate: 50/s, requests: %d, timeout: 1h}
models:
%sstrategies: {x: {hedge: {targets: [m0, m1], delay: p95, cap: 10m, budget: none}}}
`, n, lines))
		// The estimate of a P95 from 1,000 latencies varies by 0.7 %, anew
		// every 1,000; buckets are up to 1/64 wide.
		near(t, settings+": hedge rate", float64(s.Hedges.Fired)/n, 0.05, sigmas*0.0069/math.Sqrt(n/1000)+0.003)
	}
}
