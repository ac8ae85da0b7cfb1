package strategies_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/strategies"
)

// dist is a latency distribution in seconds with its survival function, both
// written down independently.
type dist struct {
	name     string
	quantile draw.Dist
	survival func(t float64) float64
}

var (
	exponential = dist{"exponential", draw.Exponential{Mean: 1}, func(t float64) float64 { return math.Exp(-max(t, 0)) }}
	lognormal   = dist{"lognormal", draw.Lognormal{Median: 1, Sigma: 0.8}, func(t float64) float64 {
		if t <= 0 {
			return 1
		}
		return 0.5 * math.Erfc(math.Log(t)/(0.8*math.Sqrt2))
	}}
	pareto = dist{"pareto", draw.Pareto{Min: 0.5, Alpha: 3.5}, func(t float64) float64 {
		if t <= 0.5 {
			return 1
		}
		return math.Pow(0.5/t, 3.5)
	}}
)

func (d dist) model(name string) strategies.Target {
	return strategies.ModelTarget(&drawn{name: name, seed: 5, latency: d.quantile})
}

// moments integrates mean and standard deviation from a survival function:
// E[T] = ∫S, E[T²] = 2∫t·S, by the trapezoidal rule in steps of 2 ms up to
// 100 s, where S is below 1e-8 for all distributions here.
func moments(survival func(float64) float64) (mean, deviation float64) {
	const h = 2e-3
	second := 0.0
	for i := range 50_000 {
		a, b := float64(i)*h, float64(i+1)*h
		sa, sb := survival(a), survival(b)
		mean += (sa + sb) / 2 * h
		second += (a*sa + b*sb) * h
	}
	return mean, math.Sqrt(second - mean*mean)
}

// The least of n exponential latencies with mean 1 is exponential with mean 1/n.
func TestRaceIsTheMinimum(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 4; n++ {
		all := []strategies.Target{exponential.model("A"), exponential.model("B"), exponential.model("C"), exponential.model("D")}
		xs := latencies(t, strategies.Race{Targets: all[:n]}, 20_000)
		rate := float64(n)
		checkMean(t, "race", xs, 1/rate, 1/rate)
		cdf := func(x float64) float64 { return -math.Expm1(-rate * x) }
		checkCDF(t, xs, cdf, 0.1/rate, 0.6931/rate, 2.3026/rate, 4.6052/rate, 6.9078/rate)
	}
}

// A hedge at d over independent targets survives t when both attempts do:
// S(t) = A(t)·B(t-d).
func TestHedgeIsTheDelayedMinimum(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		primary, backup dist
		delay           float64
	}{{exponential, exponential, 0.7}, {lognormal, exponential, 2}, {lognormal, lognormal, 1.5}, {pareto, lognormal, 0.9}} {
		t.Run(c.primary.name+"/"+c.backup.name, func(t *testing.T) {
			t.Parallel()
			hedge := strategies.Hedge{
				Targets: targets(c.primary.model("A"), c.backup.model("B")), Delay: time.Duration(c.delay * 1e9),
			}
			survival := func(x float64) float64 { return c.primary.survival(x) * c.backup.survival(x-c.delay) }
			hedged := 0
			var xs []float64
			simulate(t, hedge, 20_000, time.Second, func(o *strategies.Outcome) {
				xs = append(xs, o.Took.Seconds())
				hedged += len(o.Attempts) - 1
			})
			checkShare(t, "hedged", hedged, len(xs), c.primary.survival(c.delay))
			mean, deviation := moments(survival)
			checkMean(t, "hedge", xs, mean, deviation)
			checkCDF(t, xs, func(x float64) float64 { return 1 - survival(x) }, 0.2, 0.6, 1, 1.6, 2.2, 3, 4.5)
		})
	}
}

// With q < 1 the hedge is made by chance only: S(t) = A(t)·(1-q+q·B(t-d)).
func TestSingleRIsAMixture(t *testing.T) {
	t.Parallel()
	const q, d = 0.3, 0.5
	hedge := strategies.Hedge{
		Targets: targets(exponential.model("A"), exponential.model("B")), Delay: d * 1e9, Probability: q,
	}
	survival := func(x float64) float64 {
		return exponential.survival(x) * (1 - q + q*exponential.survival(x-d))
	}
	xs := latencies(t, hedge, 20_000)
	mean, deviation := moments(survival)
	checkMean(t, "single-r", xs, mean, deviation)
	checkCDF(t, xs, func(x float64) float64 { return 1 - survival(x) }, 0.3, 0.7, 1, 2, 4)
}

// A panel of n uniform latencies that agrees answers when the k-th has come,
// which is distributed as Beta(k, n+1-k).
func TestConsensusIsAnOrderStatistic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		size            int
		quorum          float64
		mean, deviation float64
		cdf             func(x float64) float64
	}{
		{"2 of 3", 3, 0, 0.5, math.Sqrt(1. / 20), func(x float64) float64 { return x * x * (3 - 2*x) }},
		{"3 of 5", 5, 0, 0.5, math.Sqrt(1. / 28), func(x float64) float64 { return x * x * x * (10 - 15*x + 6*x*x) }},
		{"3 of 3", 3, 3, 0.75, math.Sqrt(3. / 80), func(x float64) float64 { return x * x * x }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var all []strategies.Target
			for _, name := range []string{"A", "B", "C", "D", "E"}[:c.size] {
				all = append(all, strategies.ModelTarget(&drawn{name: name, seed: 8, latency: draw.Uniform{Max: 1}}))
			}
			xs := latencies(t, strategies.Consensus{Targets: all, Quorum: c.quorum}, 20_000)
			checkMean(t, c.name, xs, c.mean, c.deviation)
			checkCDF(t, xs, c.cdf, 0.1, 0.25, 0.5, 0.8, 0.95)
		})
	}
}

// Of two targets that succeed with p1 and p2 a fallback makes p1 + (1-p1)·p2,
// and n tries at one that succeeds with p make 1 - (1-p)^n.
func TestFallbackAndRetrySuccess(t *testing.T) {
	t.Parallel()
	flaky := func(name string, failing float64) strategies.Target {
		return strategies.ModelTarget(&drawn{name: name, seed: 2, latency: draw.Constant(0.1), failing: failing})
	}
	for _, c := range []struct {
		name              string
		strategy          strategies.Strategy
		success, attempts float64
	}{
		{"fallback", strategies.Fallback{Targets: targets(flaky("A", 0.3), flaky("B", 0.2))}, 0.7 + 0.3*0.8, 1 + 0.3},
		{"race", strategies.Race{Targets: targets(flaky("A", 0.3), flaky("B", 0.2))}, 1 - 0.3*0.2, 2},
		{"hedge", strategies.Hedge{Targets: targets(flaky("A", 0.3), flaky("B", 0.2)), Delay: time.Hour}, 1 - 0.3*0.2, 1 + 0.3},
		{"retry", strategies.Retry{Target: flaky("A", 0.4)}, 1 - 0.4*0.4*0.4, 1 + 0.4 + 0.16},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const n = 20_000
			won, attempts := 0, 0
			simulate(t, c.strategy, n, time.Second, func(o *strategies.Outcome) {
				attempts += len(o.Attempts)
				if o.Succeeded() {
					won++
				}
			})
			checkShare(t, "success", won, n, c.success)
			// Attempts above one are at most two, so their deviation is at most 1.
			if got, bound := float64(attempts)/n, sigmas/math.Sqrt(n); math.Abs(got-c.attempts) > bound {
				t.Errorf("%.4f attempts a request, want %.4f ± %.4f", got, c.attempts, bound)
			}
		})
	}
}

// A breaker that opens after N failures in a row, before a provider that fails
// every call with probability p, called once a second and open for K seconds.
//
// A cycle from closing to closing has C calls until the first run of N failures
// and G phases of K-1 rejections and one probe, until a probe succeeds. With
// q = 1-p [Feller I, XIII.7]: E[C] = (1-pᴺ)/(q·pᴺ),
// Var[C] = 1/(q·pᴺ)² - (2N+1)/(q·pᴺ) - p/q²; E[G] = 1/q, Var[G] = p/q². By
// renewal and reward the share of rejected calls is
// ρ = (K-1)·E[G] / (E[C] + K·E[G]), and the error of an estimate from m cycles
// is that of the sum of (K-1)·G - ρ·(C + K·G), whose mean is 0.
func TestBreakerIsARenewalProcess(t *testing.T) {
	t.Parallel()
	const (
		p, q, run, open = 0.5, 0.5, 3, 7
		calls           = 60_000
	)
	pn := math.Pow(p, run)
	meanC, meanG := (1-pn)/(q*pn), 1/q
	varC, varG := 1/(q*pn*q*pn)-(2*run+1)/(q*pn)-p/(q*q), p/(q*q)
	length := meanC + open*meanG
	rho := (open - 1) * meanG / length
	weight := (open - 1) - rho*open
	deviation := math.Sqrt(weight*weight*varG+rho*rho*varC) / length * math.Sqrt(length/calls)

	model := &drawn{name: "A", seed: 4, latency: draw.Constant(0), failing: p}
	b := strategies.NewBreaker(strategies.ModelTarget(model), strategies.BreakerConfig{Failures: run, Open: open * time.Second})
	rejected, closings := 0, 0
	simulate(t, b, calls, time.Second, func(o *strategies.Outcome) {
		for _, n := range o.Notes {
			switch {
			case n.Kind == strategies.CallRejected:
				rejected++
			case n.Kind == strategies.BreakerChanged && n.To == strategies.Closed:
				closings++
			}
		}
	})
	if got := float64(rejected) / calls; math.Abs(got-rho) > sigmas*deviation {
		t.Errorf("rejected a share of %.5f, want %.5f ± %.5f", got, rho, sigmas*deviation)
	}
	cycles, spread := calls/length, math.Sqrt(calls*(varC+open*open*varG)/(length*length*length))
	if math.Abs(float64(closings)-cycles) > sigmas*spread {
		t.Errorf("closed %d times, want %.0f ± %.0f", closings, cycles, sigmas*spread)
	}
}
