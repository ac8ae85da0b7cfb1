//go:build !race

package engine_test

import (
	"fmt"
	"maps"
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

// Every kind of fault shows under its name, for requests and for models.
func TestClosedForm_kindsOfFailure(t *testing.T) {
	t.Parallel()
	for fault, kind := range map[string]string{
		"truncate: {}": "truncated", "malformed: {}": "malformed", "hang: {}": "timeout", "hang: {after_tokens: 3}": "timeout",
		"reset: {}": "connection", "reset: {after_share: 50%}": "connection", "refuse: {}": "connection",
		"status: {code: 429}": "rate_limited", "status: {code: 500}": "server_error", "status: {code: 502}": "server_error",
		"status: {code: 503}": "overloaded", "status: {code: 529}": "overloaded", "status: {code: 401}": "auth", "status: {code: 404}": "not_found",
		"outage: {unavailable: 1}": "overloaded", "outage: {hang: 1}": "timeout", "outage: {refuse: 1}": "connection",
	} {
		s := only(t, fmt.Sprintf(`
load: {rate: 10/s, requests: 300, timeout: 5s}
models: {a: {first_token: 100ms, per_token: 5ms, output_tokens: 40}}
faults: [{name: f, on: a, from: 10s, to: 20s, %s}]
strategies: {x: {single: {target: a}}}
`, fault))
		want := map[string]int{kind: 100}
		unanswered := s.Attempts.Failed
		if kind == "timeout" { // it is the caller who ends them
			unanswered = s.Attempts.Lost
		}
		if !maps.Equal(s.Errors, want) || !maps.Equal(s.Models[0].Errors, want) || s.Succeeded != 200 || unanswered != 100 {
			t.Errorf("%s: requests %v, model %v, %+v", fault, s.Errors, s.Models[0].Errors, s.Attempts)
		}
		if f := s.Faults[0]; f.Requests != 100 || f.SuccessDuring.Value != 0 || f.P95During.Known() || *f.RecoveredAfterMS != 0 || f.Amplification != 1 {
			t.Errorf("%s: %+v", fault, f)
		}
	}
}

// Victims are as many as probability, ramps and flapping say, and the same on
// all models if the fault hits them together.
func TestClosedForm_windows(t *testing.T) {
	t.Parallel()
	const n = 30_000 // 100/s for 300 s
	for window, want := range map[string]struct{ victims, variance float64 }{
		"from: 60s, to: 120s":                                                {6000, 0},
		"from: 60s, to: 120s, probability: 0.2":                              {1200, 960},
		"from: 60s, to: 180s, ramp_in: 60s":                                  {9000, 1000},
		"from: 60s, to: 180s, ramp_in: 60s, ramp_out: 30s":                   {7500, 1500},
		"from: 60s, to: 180s, ramp_in: 60s, ramp_out: 30s, probability: 0.5": {3750, 2250},
		"from: 30s, period: 40s, on_for: 10s":                                {7000, 0},
		"from: 30s, to: 190s, period: 40s":                                   {8000, 0},
		"from: 30s, to: 190s, period: 40s, on_for: 10s, probability: 0.5":    {2000, 1000},
		"probability: 0.01":                                                  {300, 297},
	} {
		d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 100/s, requests: %d}
models: {a: {latency: 10ms}, b: {latency: 20ms}}
faults: [{%s, together: true, status: {code: 500, after: 1ms}}]
strategies: {x: {single: {target: a}}, y: {single: {target: b}}, pair: {fallback: {targets: [a, b]}}}
`, n, window)), engine.Options{})
		x, y, pair := strategy(t, d, "x"), strategy(t, d, "y"), strategy(t, d, "pair")
		near(t, window, float64(n-x.Succeeded), want.victims, sigmas*math.Sqrt(want.variance))
		if x.Succeeded != y.Succeeded {
			t.Errorf("%s: together hits %d and %d", window, n-x.Succeeded, n-y.Succeeded)
		}
		// The second of a pair is asked 1 ms later: a rising ramp may have
		// reached it, a falling one have let it go.
		near(t, window+", pair", float64(pair.Succeeded), float64(x.Succeeded), 8)
	}
	apart := only(t, fmt.Sprintf(`
load: {rate: 100/s, requests: %d}
models: {a: {latency: 10ms}, b: {latency: 20ms}}
faults: [{probability: 0.2, status: {code: 500, after: 1ms}}]
strategies: {x: {fallback: {targets: [a, b]}}}
`, n))
	share(t, "apart", n-apart.Succeeded, n, 0.04)
}

// Latency faults: the whole of it, a share of the calls, and a ramp.
func TestClosedForm_latencyFault(t *testing.T) {
	t.Parallel()
	const n = 20_000
	run := func(fault string) *reports.Strategy {
		return only(t, fmt.Sprintf(`
load: {rate: 100/s, requests: %d, timeout: 1h}
models: {a: {latency: {exponential: {mean: 1s}}}}
faults: [{on: a, %s}]
strategies: {x: {single: {target: a}}}
`, n, fault))
	}
	f := exponentialCDF(1000)
	quantiles(t, "added", run("latency: {add: 700ms}").LatencyMS, n, func(x float64) float64 { return f(x - 700) })
	quantiles(t, "multiplied", run("latency: {multiply: 3}").LatencyMS, n, exponentialCDF(3000))
	quantiles(t, "replaced", run("latency: {replace: {uniform: {min: 1s, max: 4s}}}").LatencyMS, n, uniformCDF(1000, 4000))
	quantiles(t, "a fifth multiplied", run("probability: 0.2, latency: {multiply: 8}").LatencyMS, n,
		func(x float64) float64 { return 0.8*f(x) + 0.2*f(x/8) })
	ramp := run("to: 200s, ramp_in: 200s, latency: {multiply: 3}")
	near(t, "a ramp from 1 to 3: mean", ramp.LatencyMS.Mean.Value, 2000, sigmas*2160/math.Sqrt(n)) // E k² = 13/3
}

// Amplification and recovery of a retry, and of a strategy that no fault
// reaches.
func TestClosedForm_amplification(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, `
load: {rate: 20/s, duration: 60s}
models: {a: {latency: 10ms}, b: {latency: 15ms}}
faults: [{name: down, on: a, from: 20s, to: 30s, status: {code: 503, after: 1ms}}]
strategies:
  retry: {retry: {target: a, attempts: 3, base: 1ms, cap: 1ms, budget: none}}
  fallback: {fallback: {targets: [a, b]}}
  other: {single: {target: b}}
  race: {race: {targets: [a, b]}}
`), engine.Options{})
	for name, want := range map[string]struct {
		success, amplification float64
		recovery               string
	}{"retry": {0, 3, "recovered"}, "fallback": {1, 2, "recovered"}, "other": {1, 1, "unaffected"}, "race": {1, 1, "recovered"}} {
		f := strategy(t, d, name).Faults[0]
		if f.Requests != 200 || f.SuccessDuring.Value != want.success || f.Amplification != want.amplification || f.Recovery != want.recovery || *f.RecoveredAfterMS != 0 {
			t.Errorf("%s: %+v, want %+v", name, f, want)
		}
	}
	late := only(t, `
load: {rate: 20/s, duration: 40s}
models: {a: {latency: 10ms}}
faults:
  - {name: down, on: a, from: 10s, to: 20s, status: {code: 503, after: 1ms}}
  - {name: after, on: a, from: 20s, to: 27s, latency: {multiply: 5}}
  - {name: end, on: a, from: 30s, status: {code: 503}}
strategies: {x: {single: {target: a}}}
`)
	for i, want := range []string{"recovered 7000", "recovered 0", "no_aftermath"} {
		f := late.Faults[i]
		got := f.Recovery
		if f.RecoveredAfterMS != nil {
			got += fmt.Sprintf(" %g", *f.RecoveredAfterMS)
		}
		if got != want {
			t.Errorf("fault %s: %s, want %s", f.Name, got, want)
		}
	}
}

// The wait before the first retry is uniform up to its base, before the second
// up to twice that.
func TestClosedForm_backoff(t *testing.T) {
	t.Parallel()
	const n, text = 5000, `
load: {rate: 0.1/s, requests: %d}
models: {a: {latency: 100ms}}
faults: [{period: 10s, on_for: %s, status: {code: 500, after: 1ms}}]
strategies: {x: {retry: {target: a, base: 500ms, budget: none}}}
`
	// The first call of every 10 s meets the fault, no later one does.
	one := only(t, fmt.Sprintf(text, n, "1ms"))
	quantiles(t, "one backoff", one.LatencyMS, n, uniformCDF(101, 601))
	// The first two do, and the third where both waits, of up to 500 and
	// 1000 ms, take less than 500 ms together: with a chance of 1/4.
	two := only(t, fmt.Sprintf(text, n, "502ms"))
	share(t, "both waits together below 500 ms", n-two.Succeeded, n, 0.25)
	near(t, "tries", two.Attempts.PerRequest, 3, 1e-9)
	for delay, want := range map[string]float64{"0s": 60, "1h": 100} {
		s := only(t, fmt.Sprintf(`
load: {rate: 10/s, requests: 100}
models: {a: {latency: 100ms}, b: {latency: 60ms}}
strategies: {x: {hedge: {targets: [a, b], delay: %s, budget: none}}}
`, delay))
		if s.LatencyMS.P50.Value != want || *s.LatencyMS.Max != want {
			t.Errorf("a hedge after %s takes %v ms, want %v", delay, *s.LatencyMS.Max, want)
		}
	}
}
