//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// sigmas is how many standard errors a measurement may lie from its closed
// form: with fixed seeds a test cannot fail by chance from one day to the next,
// and one that is off by a real error in the formula fails by far more.
const sigmas = 4.5

// cdf is a distribution function of a latency in milliseconds.
type cdf func(ms float64) float64

func exponentialCDF(mean float64) cdf {
	return func(x float64) float64 { return -math.Expm1(-max(x, 0) / mean) }
}

func uniformCDF(low, high float64) cdf {
	return func(x float64) float64 { return min(1, max(0, (x-low)/(high-low))) }
}

func paretoCDF(least, alpha float64) cdf {
	return func(x float64) float64 { return max(0, 1-math.Pow(least/x, alpha)) }
}

func lognormalCDF(median, sigma float64) cdf {
	return func(x float64) float64 { return 0.5 * math.Erfc(-math.Log(x/median)/(sigma*math.Sqrt2)) }
}

// fastest is the distribution of the least of independent latencies.
func fastest(each ...cdf) cdf {
	return func(x float64) float64 {
		outlive := 1.0
		for _, f := range each {
			outlive *= 1 - f(x)
		}
		return 1 - outlive
	}
}

// ranked is the distribution of the k-th least of n latencies.
func ranked(f cdf, k, n int) cdf {
	return func(x float64) float64 { return atLeast(k, n, f(x)) }
}

// atLeast is the chance of at least k hits among n of chance p.
func atLeast(k, n int, p float64) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		sum += choose(n, i) * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
	}
	return sum
}

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// integrate finds the mean and the standard deviation of a latency from its
// distribution function.
func integrate(f cdf, least, most float64) (mean, deviation float64) {
	const steps = 200_000
	h := (most - least) / steps
	mean, second := least, least*least
	for i := range steps {
		x := least + (float64(i)+0.5)*h
		mean += (1 - f(x)) * h
		second += 2 * x * (1 - f(x)) * h
	}
	return mean, math.Sqrt(second - mean*mean)
}

func near(t *testing.T, what string, got, want, bound float64) {
	t.Helper()
	if !(math.Abs(got-want) <= bound) {
		t.Errorf("%s: %.6g, want %.6g ± %.2g", what, got, want, bound)
	}
}

// share checks a count of independent events of chance p.
func share(t *testing.T, what string, hits, n int, p float64) {
	t.Helper()
	near(t, what, float64(hits)/float64(n), p, sigmas*math.Sqrt(p*(1-p)/float64(n))+1e-9)
}

// quantiles checks percentiles against a distribution: n·F(percentile) is the
// number of values below it, which is binomial.
func quantiles(t *testing.T, what string, l reports.Latency, n int, f cdf) {
	t.Helper()
	for p, e := range map[float64]stats.Estimate{0.5: l.P50, 0.9: l.P90, 0.95: l.P95, 0.99: l.P99, 0.999: l.P999} {
		if !e.Known() {
			t.Errorf("%s: no P%g: %s", what, 100*p, e.Why)
			continue
		}
		near(t, fmt.Sprintf("%s: F(P%g = %.5g ms)", what, 100*p, e.Value), f(e.Value), p, sigmas*math.Sqrt(p*(1-p)/float64(n))+1/float64(n))
		if !(e.Low <= e.Value && e.Value <= e.High) {
			t.Errorf("%s: P%g is %g, outside %g to %g", what, 100*p, e.Value, e.Low, e.High)
		}
	}
}

// latency checks percentiles and the mean against a distribution between two
// bounds.
func latency(t *testing.T, what string, l reports.Latency, n int, f cdf, least, most float64) {
	t.Helper()
	quantiles(t, what, l, n, f)
	mean, deviation := integrate(f, least, most)
	near(t, what+": mean", l.Mean.Value, mean, sigmas*deviation/math.Sqrt(float64(n))+1e-3)
}

// only runs a scenario and returns the strategy x.
func only(t *testing.T, text string) *reports.Strategy {
	t.Helper()
	return strategy(t, runIt(t, parse(t, text), engine.Options{}), "x")
}

// several returns n lines of models m0, m1, … with the given settings.
func several(n int, settings string) (lines, names string) {
	var all []string
	for i := range n {
		lines += fmt.Sprintf("  m%d: {%s}\n", i, settings)
		all = append(all, fmt.Sprintf("m%d", i))
	}
	return lines, strings.Join(all, ", ")
}
