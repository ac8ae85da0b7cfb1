//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// customers is how many pass through each queue.
const customers = 100_000

// queue runs arrivals against one model of limited capacity.
func queue(t *testing.T, rate float64, servers, room int, settings string) *reports.Strategy {
	t.Helper()
	return only(t, fmt.Sprintf(`
load: {rate: %g/s, requests: %d, arrivals: poisson, timeout: 1h}
models: {a: {%s}}
faults: [{on: a, capacity: {concurrency: %d, queue: %d}}]
strategies: {x: {single: {target: a}}}
`, rate, customers, settings, servers, room))
}

// wander bounds the error of a mean wait over the customers of M/M/1 with service
// mean 1: correlated waits have the asymptotic variance
// ρ(2+5ρ-4ρ²+ρ³)/(1-ρ)⁴ per customer [Daley 1968; Whitt 1989].
func wander(load float64) float64 {
	return sigmas * math.Sqrt(load*(2+5*load-4*load*load+load*load*load)/math.Pow(1-load, 4)/customers)
}

// erlangB is the share lost of offered load a by c servers without a queue,
// erlangC the share that waits where all may.
func erlangB(a float64, c int) float64 {
	b := 1.0
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b
}

func erlangC(a float64, c int) float64 {
	b, load := erlangB(a, c), a/float64(c)
	return b / (1 - load*(1-b))
}

// Limited capacity is a queue: M/M/1, M/M/3, M/D/1, and Erlang's loss formula
// whatever the service times.
func TestClosedForm_queues(t *testing.T) {
	t.Parallel()
	const n, far = customers, 1_000_000
	mm1 := queue(t, 5, 1, far, "latency: {exponential: {mean: 100ms}}")
	near(t, "M/M/1 at 0.5: mean", mm1.LatencyMS.Mean.Value, 200, 100*wander(0.5)+sigmas*100/math.Sqrt(n))
	soon := exponentialCDF(200)
	near(t, "M/M/1 at 0.5: F(P50)", soon(mm1.LatencyMS.P50.Value), 0.5, 0.02)
	near(t, "M/M/1 at 0.5: F(P95)", soon(mm1.LatencyMS.P95.Value), 0.95, 0.01)
	busy := queue(t, 8, 1, far, "latency: {exponential: {mean: 100ms}}")
	near(t, "M/M/1 at 0.8: mean", busy.LatencyMS.Mean.Value, 500, 100*wander(0.8)+sigmas*100/math.Sqrt(n))
	md1 := queue(t, 5, 1, far, "latency: 100ms")
	near(t, "M/D/1 at 0.5: mean", md1.LatencyMS.Mean.Value, 150, 50*wander(0.5))
	near(t, "M/D/1: busy", float64(n)*0.1/(md1.Timeline.StepMS/1000*float64(len(md1.Timeline.Rows))), 0.5, 0.02)
	mm3 := queue(t, 21, 3, far, "latency: {exponential: {mean: 100ms}}")
	wait := erlangC(2.1, 3) * 100 / (3 - 2.1)
	near(t, "M/M/3 at 0.7: mean", mm3.LatencyMS.Mean.Value, 100+wait, 100./3*wander(0.7)+sigmas*100/math.Sqrt(n))
	for _, settings := range []string{"latency: {exponential: {mean: 100ms}}", "latency: 100ms", "latency: {uniform: {min: 0s, max: 200ms}}"} {
		loss := queue(t, 40, 5, 0, settings)
		b := erlangB(4, 5)
		near(t, "Erlang B, "+settings, 1-loss.Success.Value, b, 3*sigmas*math.Sqrt(b*(1-b)/n))
		if loss.Errors["overloaded"] != n-loss.Succeeded {
			t.Errorf("turned away: %v", loss.Errors)
		}
	}
}

// admitted counts what a bucket of the given size and rate per second lets
// through of arrivals spaced evenly, in exact arithmetic.
func admitted(n, perSecond, rate, size int) (count int) {
	level, full := size*perSecond, size*perSecond
	for range n {
		if level >= perSecond {
			level -= perSecond
			count++
		}
		level = min(full, level+rate)
	}
	return count
}

func TestClosedForm_tokenBucket(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, perSecond, rate, size int }{{1200, 20, 10, 10}, {1200, 20, 7, 14}, {3000, 50, 13, 1}, {600, 10, 20, 20}} {
		s := only(t, fmt.Sprintf(`
load: {rate: %d/s, requests: %d}
models: {a: {latency: 100ms}}
faults: [{on: a, rate_limit: {requests: %d, period: 1s, burst: %g}}]
strategies: {x: {single: {target: a}}}
`, c.perSecond, c.n, c.rate, float64(c.size)/float64(c.rate)))
		want := admitted(c.n, c.perSecond, c.rate, c.size)
		if s.Succeeded != want || s.Errors["rate_limited"] != c.n-want {
			t.Errorf("%+v: admitted %d, want %d; errors %v", c, s.Succeeded, want, s.Errors)
		}
	}
	// Twice as many arrivals as a bucket fills with: it is never full again.
	const n = 20_000
	s := only(t, fmt.Sprintf(`
load: {rate: 20/s, requests: %d, arrivals: poisson}
models: {a: {latency: 100ms}}
faults: [{on: a, rate_limit: {requests: 600, period: 1m, burst: 0.1}}]
strategies: {x: {single: {target: a}}}
`, n))
	near(t, "admitted at twice the limit", float64(s.Succeeded), 60+n/2, 1+sigmas*math.Sqrt(n)/2)
}

// A retry comes back when it was told to, and gets through.
func TestClosedForm_retryAfter(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 10/s, requests: 2}
models: {a: {latency: 100ms}}
faults: [{on: a, rate_limit: {requests: 1, period: 1s, after: 50ms}}]
strategies: {x: {retry: {target: a, budget: none}}}
`)
	// Due at 100 ms, told at 150 to come back in 900, answered after 100.
	if s.Succeeded != 2 || s.Attempts.Total != 3 || *s.LatencyMS.Max != 1050 || s.Retries.Made != 1 {
		t.Errorf("%d succeeded in %d attempts, the last after %v ms", s.Succeeded, s.Attempts.Total, *s.LatencyMS.Max)
	}
	late := only(t, `
load: {rate: 10/s, requests: 2, timeout: 900ms}
models: {a: {latency: 100ms}}
faults: [{on: a, rate_limit: {requests: 1, period: 1s, after: 50ms}}]
strategies: {x: {retry: {target: a, budget: none}}}
`)
	if late.Succeeded != 1 || late.Attempts.Total != 2 || late.Errors["rate_limited"] != 1 {
		t.Errorf("with no time left for it: %+v, errors %v", late.Attempts, late.Errors)
	}
}

// A caller's timeout makes failures of the slow ones: they rank last.
func TestClosedForm_timeout(t *testing.T) {
	t.Parallel()
	const n = 40_000
	s := only(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, timeout: 2s}
models: {a: {latency: {exponential: {mean: 1s}}}}
strategies: {x: {single: {target: a}}}
`, n))
	f := exponentialCDF(1000)
	share(t, "success", s.Succeeded, n, f(2000))
	if s.Errors["timeout"] != n-s.Succeeded || len(s.Errors) != 1 {
		t.Errorf("errors %v, %d succeeded", s.Errors, s.Succeeded)
	}
	quantiles(t, "successes", s.LatencyOKMS, s.Succeeded, func(x float64) float64 { return f(x) / f(2000) })
	near(t, "F(P50)", f(s.LatencyMS.P50.Value), 0.5, sigmas*0.5/math.Sqrt(n))
	for _, e := range []stats.Estimate{s.LatencyMS.P90, s.LatencyMS.P95, s.LatencyMS.P99, s.LatencyMS.P999} {
		if e.Known() || !strings.HasSuffix(e.Why, " % of requests failed") || !strings.HasPrefix(e.Why, "1") {
			t.Errorf("a percentile beyond the success rate: %+v", e)
		}
	}
	if *s.LatencyMS.Max > 2000 || s.LatencyMS.Mean.Value != s.LatencyOKMS.Mean.Value {
		t.Errorf("max %v, mean %v and %v of successes", *s.LatencyMS.Max, s.LatencyMS.Mean, s.LatencyOKMS.Mean)
	}
	for _, m := range s.Spectrum.MS {
		if m != nil && *m > 2000 {
			t.Errorf("spectrum reaches %v ms", *m)
		}
	}
}

// Models that are limited together share one bucket, others have their own.
func TestClosedForm_limitedTogether(t *testing.T) {
	t.Parallel()
	for together, want := range map[bool]int{true: admitted(1200, 20, 12, 12), false: 1200} {
		s := only(t, fmt.Sprintf(`
load: {rate: 20/s, requests: 1200}
models: {a: {latency: 10ms}, b: {latency: 10ms}}
faults: [{together: %t, rate_limit: {requests: 12, period: 1s, after: 1ms}}]
strategies: {x: {fallback: {targets: [a, b]}}}
`, together))
		// The second call comes 1 ms after the first was refused, when a bucket
		// that lacks 1/5 of a request lacks less; it never lacks so little.
		if s.Succeeded != want {
			t.Errorf("together %t: admitted %d, want %d", together, s.Succeeded, want)
		}
	}
}

// A limit on tokens admits a prompt and its answer as one.
func TestClosedForm_tokensPerMinute(t *testing.T) {
	t.Parallel()
	const text = `
load: {rate: 20/s, requests: 2400}
models: {a: {latency: 10ms, output_tokens: 300, price: {input: 1000000, output: 0}}}
%s
strategies: {x: {single: {target: a}}}
`
	free := only(t, fmt.Sprintf(text, ""))
	input := free.Cost.USD.Value / 2400
	s := only(t, fmt.Sprintf(text, "faults: [{rate_limit: {tokens: 60000}}]"))
	// What was admitted in 120 s has used a full bucket and what flowed in,
	// but for less than one request.
	used := float64(s.Succeeded) * (input + 300)
	if full := 60_000 + 1000*119.95; used > full*1.02 || used < (full-1000)*0.98 {
		t.Errorf("%d requests of some %.0f tokens were admitted: %.0f tokens of %.0f", s.Succeeded, input+300, used, full)
	}
}
