//go:build !race

// The closed forms need many requests and no concurrency; the race detector has
// the other tests.

package engine_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// A race of n is the first order statistic, a quorum of right answers the k-th.
func TestClosedForm_orderStatistics(t *testing.T) {
	t.Parallel()
	const n = 10_000
	sigma := math.Log(3) / 1.6448536269514722
	for _, c := range []struct {
		settings    string
		cdf         cdf
		least, most float64 // of what is integrated for the mean
	}{
		{"latency: {exponential: {mean: 400ms}}", exponentialCDF(400), 0, 12_000},
		{"latency: {uniform: {min: 200ms, max: 900ms}}", uniformCDF(200, 900), 200, 900},
		{"latency: {pareto: {min: 300ms, alpha: 3}}", paretoCDF(300, 3), 300, 300_000},
		{"latency: {lognormal: {median: 500ms, p95: 1500ms}}", lognormalCDF(500, sigma), 1e-3, 40_000},
		{"first_token: {lognormal: {median: 500ms, p95: 1500ms}}, output_tokens: 7", lognormalCDF(500, sigma), 1e-3, 40_000},
		{"first_token: {exponential: {mean: 400ms}}, per_token: 10ms, output_tokens: 31", func(x float64) float64 { return exponentialCDF(400)(x - 300) }, 300, 12_000},
	} {
		t.Run(c.settings, func(t *testing.T) {
			t.Parallel()
			lines, names := several(5, c.settings+", accuracy: 1")
			d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, arrivals: poisson, timeout: 1h}
models:
%sstrategies:
  single: {single: {target: m0}}
  race2: {race: {targets: [m3, m4]}}
  race5: {race: {targets: [%s]}}
  two_of_three: {consensus: {targets: [m0, m1, m2]}}
  three_of_five: {consensus: {targets: [%s], quorum: 3}}
  five_of_five: {consensus: {targets: [%s], quorum: 5}}
`, n, lines, names, names, names)), engine.Options{})
			for name, f := range map[string]cdf{
				"single": c.cdf, "race2": ranked(c.cdf, 1, 2), "race5": ranked(c.cdf, 1, 5),
				"two_of_three": ranked(c.cdf, 2, 3), "three_of_five": ranked(c.cdf, 3, 5),
			} {
				latency(t, name, strategy(t, d, name).LatencyMS, n, f, c.least, c.most)
			}
			quantiles(t, "five_of_five", strategy(t, d, "five_of_five").LatencyMS, n, ranked(c.cdf, 5, 5))
			if s := strategy(t, d, "race5"); s.Attempts.PerRequest != 5 || s.Attempts.Won != n || s.Attempts.Lost != 4*n {
				t.Errorf("race of 5: %+v", s.Attempts)
			}
		})
	}
}

// The fastest of unlike models, and the first token of the one that answers.
func TestClosedForm_unlikeModels(t *testing.T) {
	t.Parallel()
	const n = 20_000
	s := only(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, timeout: 1h}
models:
  a: {first_token: {exponential: {mean: 300ms}}, per_token: 5ms, output_tokens: 41}
  b: {latency: {uniform: {min: 100ms, max: 2s}}}
strategies: {x: {race: {targets: [a, b]}}, single: {single: {target: a}}}
`, n))
	a := func(x float64) float64 { return exponentialCDF(300)(x - 200) }
	latency(t, "race", s.LatencyMS, n, fastest(a, uniformCDF(100, 2000)), 100, 2000)
	first := only(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, timeout: 1h}
models: {a: {first_token: {exponential: {mean: 300ms}}, per_token: 5ms, output_tokens: 41}}
strategies: {x: {single: {target: a}}}
`, n))
	latency(t, "first token", first.FirstTokenMS, n, exponentialCDF(300), 0, 12_000)
	for i := range first.Spectrum.Percentile {
		if p := first.Spectrum.Percentile[i]; p > 0 && p < 99.9 && first.Spectrum.MS[i] != nil {
			near(t, fmt.Sprintf("spectrum at %g", p), a(*first.Spectrum.MS[i]), p/100, sigmas*math.Sqrt(p/100*(1-p/100)/n)+1./n)
		}
	}
}

// A fallback fails when all have failed, a retry when all tries have; extra
// calls are the truncated geometric ones.
func TestClosedForm_fallbackAndRetry(t *testing.T) {
	t.Parallel()
	const n, pa, pb = 40_000, 0.3, 0.2
	d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d}
models: {a: {latency: 100ms}, b: {latency: 70ms}}
faults:
  - {name: fa, on: a, probability: 0.3, status: {code: 503, after: 10ms}}
  - {name: fb, on: b, probability: 0.2, status: {code: 500, after: 20ms}}
strategies:
  single: {single: {target: a}}
  fallback: {fallback: {targets: [a, b]}}
  retry: {retry: {target: a, attempts: 4, base: 1ms, cap: 1ms, budget: none}}
  thrifty: {retry: {target: a, attempts: 4, base: 1ms, cap: 1ms, budget: 10%%}}
  race: {race: {targets: [a, b]}}
`, n)), engine.Options{})
	failed := func(name string) int { s := strategy(t, d, name); return s.Requests - s.Succeeded }
	share(t, "single fails", failed("single"), n, pa)
	share(t, "fallback fails", failed("fallback"), n, pa*pb)
	share(t, "race fails", failed("race"), n, pa*pb)
	share(t, "retry fails", failed("retry"), n, math.Pow(pa, 4))
	retry := strategy(t, d, "retry")
	near(t, "tries", retry.Attempts.PerRequest, 1+pa+pa*pa+pa*pa*pa, sigmas*0.62/math.Sqrt(n))
	if got := strategy(t, d, "thrifty").Retries; float64(got.Made) > 0.1*n || float64(got.Made) < 0.099*n || got.Denied == 0 {
		t.Errorf("a retry budget of 10 %% gives %+v", got)
	}
	share(t, "fallback calls", strategy(t, d, "fallback").Attempts.Total-n, n, pa)
	if got := strategy(t, d, "fallback").LatencyOKMS; got.P50.Value != 100 || *got.Max != 100 || strategy(t, d, "single").Errors["overloaded"] != failed("single") {
		t.Errorf("fallback %+v, single's errors %v", got, strategy(t, d, "single").Errors)
	}
}
