package singler_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/tune/singler"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// law is a distribution of latencies in seconds.
type law struct {
	name string
	dist draw.Dist
	cdf  func(x float64) float64
}

var laws = []law{
	{"exponential", draw.Exponential{Mean: 1}, func(x float64) float64 { return 1 - math.Exp(-max(x, 0)) }},
	{"lognormal", draw.LognormalP95(1, 3), func(x float64) float64 {
		sigma := math.Log(3) / 1.6448536269514722
		if x <= 0 {
			return 0
		}
		return 0.5 * math.Erfc(-math.Log(x)/sigma/math.Sqrt2)
	}},
	{"pareto", draw.Pareto{Min: 0.5, Alpha: 2}, func(x float64) float64 {
		if x <= 0.5 {
			return 0
		}
		return 1 - 0.25/(x*x)
	}},
}

func (l law) samples(n int, seed uint64) []singler.Sample {
	all := make([]singler.Sample, n)
	key := draw.New(seed)
	for i := range all {
		x := seconds(l.dist.Quantile(key.Word(uint64(i)).Name("x").Float64()))
		all[i] = singler.Sample{Alone: x, Busy: x, Backup: seconds(l.dist.Quantile(key.Word(uint64(i)).Name("y").Float64())), Extra: 1}
	}
	return all
}

func exponential(n int) []singler.Sample { return laws[0].samples(n, 1) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// response is the distribution function with a hedge after d with probability q:
// F(t) + q·S(t)·F(t-d).
func (l law) response(t, d, q float64) float64 { return l.cdf(t) + q*(1-l.cdf(t))*l.cdf(t-d) }

// value solves response = p.
func (l law) value(p, d, q float64) float64 {
	low, high := 0.0, 1e4
	for range 80 {
		if t := (low + high) / 2; l.response(t, d, q) >= p {
			high = t
		} else {
			low = t
		}
	}
	return high
}

// optimum is the smallest value over all delays within a budget, searched on a
// fine grid.
func (l law) optimum(p, budget float64) (value, delay, q float64) {
	value = math.Inf(1)
	const grid = 5_000
	for i := range 2 * grid {
		d := l.dist.Quantile(float64(i-grid) / grid)
		if i < grid { // before the fastest
			d = l.dist.Quantile(0) * float64(i) / grid
		}
		q := min(1, budget/max(1-l.cdf(d), 1e-300))
		// Solving costs more than asking whether it would be worth it.
		if math.IsInf(value, 1) || l.response(value, d, q) > p {
			value, delay = l.value(p, d, q), d
		}
	}
	return value, delay, min(1, budget/(1-l.cdf(delay)))
}

// sigmas is how many standard errors a figure may be off; with some dozen
// comparisons chance exceeds it once in ten thousand runs.
const sigmas = 4.5

// The optimum of samples is that of theory within their error: the percentile
// that it gives in truth is no more than a few standard errors above the best
// possible one, the sample's own value lies as near, and the budget is kept. (The
// delay itself is less certain the flatter the optimum is; what counts is what it
// is worth.)
func TestOptimum_closedForm(t *testing.T) {
	t.Parallel()
	const n = 100_000
	for _, l := range laws {
		for _, c := range []struct{ p, budget float64 }{{0.95, 0.05}, {0.95, 0.02}, {0.99, 0.05}, {0.9, 0.2}, {0.5, 0.1}} {
			t.Run(l.name, func(t *testing.T) {
				t.Parallel()
				got := singler.New(l.samples(n, 7)).Optimum(c.p, c.budget)
				want, delay, q := l.optimum(c.p, c.budget)
				// The standard error of a quantile: √(p(1-p)/n) over the density.
				density := (l.response(want*1.001, delay, q) - l.response(want*0.999, delay, q)) / (want * 0.002)
				off := sigmas * math.Sqrt(c.p*(1-c.p)/n) / density
				if d := got.Value.Seconds() - want; math.Abs(d) > off {
					t.Errorf("p%g within %g: %v, theory %.4f s ± %.4f (delay %.3f, q %.3f)", 100*c.p, c.budget, got, want, off, delay, q)
				}
				truth := l.value(c.p, got.Delay.Seconds(), got.Probability)
				if truth > want+off {
					t.Errorf("p%g within %g: the policy found gives %.4f in truth, the best %.4f ± %.4f", 100*c.p, c.budget, truth, want, off)
				}
				spent := got.Probability * (1 - l.cdf(got.Delay.Seconds()))
				if spread := sigmas * math.Sqrt(c.budget/n); math.Abs(spent-c.budget) > spread {
					t.Errorf("p%g: takes %.5f of %g ± %.5f in truth", 100*c.p, spent, c.budget, spread)
				}
			})
		}
	}
}
