//go:build !race

package engine_test

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

// A breaker before a provider that fails independently with probability p is a
// renewal process: (p^-k - 1)/(1-p) calls to k failures in a row, then cycles of
// refused calls and a probe until a probe succeeds.
func TestClosedForm_breakerRenewal(t *testing.T) {
	t.Parallel()
	// Calls every 10 ms take 1 ms. Opened 1 ms after a call for 95 ms, the
	// breaker refuses the next 9 and takes the 10th as its probe.
	const n, p, k, refused = 100_000, 0.5, 3, 9
	s := only(t, fmt.Sprintf(`
load: {rate: 100/s, requests: %d}
models: {a: {latency: 1ms}}
faults: [{on: a, probability: %g, status: {code: 500, after: 1ms}}]
strategies: {x: {breaker: {target: a, failures: %d, open: 95ms}}}
`, n, p, k))
	until := (math.Pow(p, -k) - 1) / (1 - p)
	probes := 1 / (1 - p)
	cycle := until + probes*(refused+1)
	// The error of a ratio of renewal rewards: R - rL per cycle, with variances
	// p/(1-p)² of the number of probes and 142 of the calls to three failures.
	deviation := func(r float64) float64 {
		perProbe := refused - r*(refused+1)
		return math.Sqrt((perProbe*perProbe*p/((1-p)*(1-p)) + r*r*142) / cycle / n)
	}
	rejected := refused * probes / cycle
	near(t, "refused", float64(s.Attempts.Rejected)/n, rejected, sigmas*deviation(rejected))
	b := s.Breakers[0]
	near(t, "not closed", b.OpenFraction, probes*(refused+1)/cycle, sigmas*deviation(rejected)*1.2)
	near(t, "opens", float64(b.Opens)/n, probes/cycle, sigmas*deviation(rejected)/refused*1.5)
	if s.Attempts.Rejected != s.Errors["rejected"] || s.Attempts.Total+s.Attempts.Rejected != n || s.Models[0].Attempts != s.Attempts.Total {
		t.Errorf("%+v of %d requests, errors %v, %d calls to the model", s.Attempts, n, s.Errors, s.Models[0].Attempts)
	}
	if len(b.Transitions) != 500 {
		t.Errorf("%d transitions kept, want 500", len(b.Transitions))
	}
	last := "closed"
	for _, c := range b.Transitions {
		if c.From != last {
			t.Fatalf("at %v ms from %s, but it was %s", c.AtMS, c.From, last)
		}
		last = c.To
	}
}

// history runs a scenario and returns its one breaker's transitions in a line
// each.
func history(t *testing.T, s *reports.Strategy) (lines []string) {
	t.Helper()
	if len(s.Breakers) != 1 {
		t.Fatalf("%d breakers with a history, want 1", len(s.Breakers))
	}
	for _, c := range s.Breakers[0].Transitions {
		lines = append(lines, fmt.Sprintf("%g %s %s: %s", c.AtMS, c.From, c.To, c.Why))
	}
	return lines
}

// The times of a breaker's transitions in an outage are known to the
// millisecond, and so is the share of the run it was open, and the recovery.
func TestClosedForm_breakerSchedule(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 10/s, duration: 60s}
models: {a: {latency: 90ms}}
faults: [{name: down, on: a, from: 10s, to: 40s, status: {code: 503, after: 50ms}}]
strategies: {x: {breaker: {target: a, failures: 5, open: 5s}}}
`)
	want := []string{"10450 closed open: 5 of 5 calls failed"}
	for _, at := range []int{15500, 20600, 25700, 30800, 35900} {
		want = append(want, fmt.Sprintf("%d open half_open: the open time is over", at), fmt.Sprintf("%d half_open open: a probe failed", at+50))
	}
	want = append(want, "41000 open half_open: the open time is over", "41090 half_open closed: 1 of 1 probes succeeded")
	if diff := cmp.Diff(want, history(t, s)); diff != "" {
		t.Errorf("transitions (-want +got)\n%s", diff)
	}
	b, f := s.Breakers[0], s.Faults[0]
	near(t, "open fraction", b.OpenFraction, (41090.-10450)/(59900+90), 1e-6)
	if b.Opens != 6 || b.Target != "a" {
		t.Errorf("%d opens of %q, want 6 of a", b.Opens, b.Target)
	}
	// Refused: what is due while open and no probe.
	if s.Attempts.Rejected != 300-10+10 || s.Attempts.Failed != 10 || s.Succeeded != 290 {
		t.Errorf("%+v, %d succeeded", s.Attempts, s.Succeeded)
	}
	if f.Requests != 300 || f.SuccessDuring.Value != 0 || f.Recovery != "recovered" || *f.RecoveredAfterMS != 1000 {
		t.Errorf("fault %+v", f)
	}
	near(t, "amplification", f.Amplification, 10./300, 1e-8)
}

// Rates over windows of calls and of time, by hand.
func TestClosedForm_breakerWindows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ rule, fails, want string }{
		"half of the last 4 calls":           {"failure_rate: 50%, window: 4 calls", "1 3", "3050 closed open: 2 of 4 calls failed"},
		"the first of them has left":         {"failure_rate: 50%, window: 4 calls", "1 5 7", "7050 closed open: 2 of 4 calls failed"},
		"no verdict below the minimum":       {"failure_rate: 50%, window: 10 calls, minimum: 6", "0 1 2", "5100 closed open: 3 of 6 calls failed"},
		"by time":                            {"failure_rate: 50%, window: 3s, minimum: 3", "1 3", "3050 closed open: 2 of 4 calls failed"},
		"one that ended a span ago is out":   {"failure_rate: 50%, window: 3s, minimum: 3", "1 4 5", "5050 closed open: 2 of 4 calls failed"},
		"four in a row":                      {"failures: 4", "1 2 3 5 6 7 8", "8050 closed open: 4 of 4 calls failed"},
		"both rules, whichever comes first":  {"failures: 2, failure_rate: 90%, window: 4 calls", "2 3", "3050 closed open: 2 of 2 calls failed"},
		"slow successes count against it":    {"failures: 3, slow_call: 100ms", "0", "2100 closed open: 3 of 3 calls failed"},
		"a slower limit lets them count for": {"failures: 3, slow_call: 101ms", "0 1 3 4 5", "5050 closed open: 3 of 3 calls failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var faults string
			for at := range strings.FieldsSeq(c.fails) {
				faults += fmt.Sprintf("  - {name: f%s, on: a, from: %ss, to: %s.5s, status: {code: 500, after: 50ms}}\n", at, at, at)
			}
			s := only(t, fmt.Sprintf(`
load: {rate: 1/s, requests: 10}
models: {a: {latency: 100ms}}
faults:
%sstrategies: {x: {breaker: {target: a, %s, open: 1h}}}
`, faults, c.rule))
			if diff := cmp.Diff([]string{c.want}, history(t, s)); diff != "" {
				t.Errorf("transitions (-want +got)\n%s", diff)
			}
		})
	}
}

// A caller's timeout counts against a provider that hangs, a longer Retry-After
// wins over the open time, and a probe that hangs gives way to another.
func TestClosedForm_breakerHang(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 1/s, requests: 20, timeout: 500ms}
models: {a: {latency: 100ms}}
faults: [{on: a, from: 2s, to: 10.5s, hang: {}}]
strategies: {x: {breaker: {target: a, failures: 3, open: 3s}}}
`)
	want := []string{
		"4500 closed open: 3 of 3 calls failed",
		"8000 open half_open: the open time is over", "8500 half_open open: a probe failed",
		"12000 open half_open: the open time is over", "12100 half_open closed: 1 of 1 probes succeeded",
	}
	if diff := cmp.Diff(want, history(t, s)); diff != "" {
		t.Errorf("transitions (-want +got)\n%s", diff)
	}
	if s.Errors["timeout"] != 4 || s.Attempts.Rejected != 6 {
		t.Errorf("errors %v, %+v", s.Errors, s.Attempts)
	}
	later := only(t, `
load: {rate: 1/s, requests: 20}
models: {a: {latency: 100ms}}
faults: [{on: a, to: 1.5s, status: {code: 429, retry_after: 7s, after: 50ms}}]
strategies: {x: {breaker: {target: a, failures: 2, open: 3s}}}
`)
	want = []string{"1050 closed open: 2 of 2 calls failed", "9000 open half_open: the open time is over", "9100 half_open closed: 1 of 1 probes succeeded"}
	if diff := cmp.Diff(want, history(t, later)); diff != "" {
		t.Errorf("transitions after Retry-After (-want +got)\n%s", diff)
	}
	wedged := only(t, `
load: {rate: 1/s, requests: 20, timeout: 1m}
models: {a: {latency: 100ms}}
faults:
  - {name: down, on: a, to: 0.5s, status: {code: 500, after: 50ms}}
  - {name: stuck, on: a, from: 0.6s, to: 3.5s, hang: {}}
strategies: {x: {breaker: {target: a, failures: 1, open: 2s}}}
`)
	want = []string{"50 closed open: 1 of 1 calls failed", "3000 open half_open: the open time is over", "5100 half_open closed: 1 of 1 probes succeeded"}
	if diff := cmp.Diff(want, history(t, wedged)); diff != "" {
		t.Errorf("transitions with a stuck probe (-want +got)\n%s", diff)
	}
}

// Cancelled losers are billed for what they had produced: of a uniform race the
// loser has done min/max of its work, which is uniform itself.
func TestClosedForm_costOfLosers(t *testing.T) {
	t.Parallel()
	const n, text = 20_000, `
load: {rate: 1000/s, requests: %d}
models:
  a: {latency: {uniform: {min: 0s, max: 1s}}, output_tokens: 100, price: {input: 0, output: 10}}
  b: {latency: {uniform: {min: 0s, max: 1s}}, output_tokens: 100, price: {input: 0, output: 10}}
strategies: {single: {single: {target: a}}, x: {race: {targets: [a, b]}}, hedge: {hedge: {targets: [a, b], delay: 500ms, budget: none}}}
billing: {cancelled: %s}
`
	d := runIt(t, parse(t, fmt.Sprintf(text, n, "produced")), engine.Options{})
	race, single := strategy(t, d, "x"), strategy(t, d, "single")
	near(t, "single in USD", single.Cost.USD.Value, n*100*10e-6, 1e-9)
	bound := sigmas * math.Sqrt(1./12/n)
	near(t, "race, produced", race.Cost.Multiplier.Value, 1.495, bound)
	near(t, "race, whole", race.Cost.Multiplier.High, 2, 1e-6)
	near(t, "race, USD", race.Cost.USD.Value, race.Cost.Multiplier.Value*single.Cost.USD.Value, 1e-3)
	near(t, "race, wasted", race.Cost.Wasted, 0.495/1.495, bound)
	// A hedge sent at 1/2, of which half of the requests still run, loses to
	// the primary at time x with probability 3/2 - x, and wins after y if the
	// primary takes more than y+1/2. Losers have done (x-1/2)/L and
	// (y+1/2)/x of their work.
	hedge := strategy(t, d, "hedge")
	near(t, "hedge, high", hedge.Cost.Multiplier.High, 1.5, sigmas*math.Sqrt(0.25/n))
	if hedge.Cost.Multiplier.Low != hedge.Cost.Multiplier.Value || race.Cost.USD.Low != race.Cost.USD.Value {
		t.Errorf("produced is the lower bound: %+v, %+v", hedge.Cost, race.Cost)
	}
	near(t, "hedge, value", hedge.Cost.Multiplier.Value, hedgeCost(), 2*bound+0.005)
	whole := strategy(t, runIt(t, parse(t, fmt.Sprintf(text, n, "whole")), engine.Options{}), "x")
	near(t, "whole", whole.Cost.Multiplier.Value, 2, 1e-6)
	if whole.Cost.USD.Low != race.Cost.USD.Low || whole.Cost.USD.High != race.Cost.USD.High || whole.Cost.Wasted != 0.5 {
		t.Errorf("billing changes %+v to %+v", race.Cost, whole.Cost)
	}
	if e := race.VersusBaseline.CostRatio; !(e.Low <= e.Value && e.Value <= e.High) || math.Abs(e.Value-race.Cost.Multiplier.Value) > 1e-6 {
		t.Errorf("cost ratio %+v beside multiplier %+v", e, race.Cost.Multiplier)
	}
}

// hedgeCost integrates the tokens of both attempts of a hedge at 1/2 between
// two uniform latencies, in whole answers.
func hedgeCost() float64 {
	const steps = 2000
	sum := 0.0
	for i := range steps {
		x := (float64(i) + 0.5) / steps // of the primary
		if x < 0.5 {
			sum++
			continue
		}
		for j := range steps {
			l := (float64(j) + 0.5) / steps // of the hedge
			sum += (1 + min((x-0.5)/l, (l+0.5)/x)) / steps
		}
	}
	return sum / steps
}

// With a token process nothing is produced before the first token.
func TestClosedForm_costOfTokens(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 10/s, requests: 100}
workload: {max_tokens: 1000}
models:
  a: {first_token: 100ms, per_token: 10ms, output_tokens: 50, price: {input: 0, output: 10}}
  b: {first_token: 300ms, per_token: 10ms, output_tokens: 80, price: {input: 0, output: 20}}
  c: {first_token: 591ms, per_token: 10ms, output_tokens: 80, price: {input: 0, output: 20}}
strategies: {single: {single: {target: a}}, x: {race: {targets: [a, b, c]}}}
`)
	// a ends at 590 ms, when b has produced 30 tokens and c none.
	near(t, "USD", s.Cost.USD.Value, 100*(50*10e-6+30*20e-6), 1e-9)
	near(t, "USD at most", s.Cost.USD.High, 100*(50*10e-6+160*20e-6), 1e-9)
	near(t, "multiplier", s.Cost.Multiplier.Value, (500.+600)/500, 1e-6)
	near(t, "wasted", s.Cost.Wasted, 600./1100, 1e-6)
	near(t, "cost of b", s.Models[1].CostUSD, 100*30*20e-6, 1e-9)
	if s.FirstTokenMS.P50.Value != 590 || s.LatencyMS.P50.Value != 590 {
		t.Errorf("a race for the answer gives its first token at %v of %v ms", s.FirstTokenMS.P50.Value, s.LatencyMS.P50.Value)
	}
}

// quorumOfThree is the chance that 2 of 3 voters agree on the right one of six answers,
// and on any, when each is right with probability a and else as soon wrong one
// way as another.
func quorumOfThree(a float64) (right, agreed float64) {
	w := 1 - a
	right = a*a*a + 3*a*a*w
	return right, right + 3*w*w/5*(a+0.8*w) + w*w*w/25
}

// Panels of independent voters follow the binomial; with probability c they
// are one voter.
func TestClosedForm_panel(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for _, c := range []float64{0, 0.3, 1} {
		const a = 0.75
		lines, names := several(3, "latency: {uniform: {min: 10ms, max: 90ms}}, accuracy: 0.75")
		d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d}
workload: {correlation: %g, reply: text}
models:
%sstrategies: {single: {single: {target: m0}}, x: {consensus: {targets: [%s]}}}
`, n, c, lines, names)), engine.Options{})
		s, single := strategy(t, d, "x"), strategy(t, d, "single")
		what := fmt.Sprintf("correlation %g", c)
		right, agreed := quorumOfThree(a)
		right, agreed = c*a+(1-c)*right, c+(1-c)*agreed
		near(t, what+": single", single.Accuracy.Value, a, sigmas*math.Sqrt(a*(1-a)/n))
		near(t, what+": agreement", s.Agreement.Rate.Value, agreed, sigmas*math.Sqrt(agreed*(1-agreed)/n)+1e-9)
		given := right / agreed
		near(t, what+": accuracy given agreement", s.Agreement.AccuracyGivenAgreement.Value, given, sigmas*math.Sqrt(given*(1-given)/n/agreed))
		near(t, what+": right answers", s.Accuracy.Value*float64(s.Succeeded)/n, right, sigmas*math.Sqrt(right*(1-right)/n))
		if s.Errors["disagreement"] != n-s.Succeeded {
			t.Errorf("%s: %d of %d succeeded, errors %v", what, s.Succeeded, n, s.Errors)
		}
	}
}

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

// A hedge cancels a slow primary without its breaker taking that for a failure,
// and a race for the first token ends the others before they have produced any.
func TestClosedForm_losersAreNoFailures(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 10/s, requests: 300}
models: {a: {latency: 900ms}, b: {latency: 50ms}}
strategies: {x: {hedge: {targets: [{breaker: {target: a, failures: 2}}, b], delay: 100ms, budget: none}}}
`)
	if len(s.Breakers) != 0 || s.Hedges.Won != 300 || s.Attempts.Lost != 300 || len(s.Models[0].Errors) != 0 || *s.LatencyMS.Max != 150 {
		t.Errorf("breakers %+v, hedges %+v, %+v, errors %v", s.Breakers, s.Hedges, s.Attempts, s.Models[0].Errors)
	}
	first := only(t, `
load: {rate: 10/s, requests: 100}
workload: {max_tokens: 1000}
models:
  a: {first_token: 100ms, per_token: 10ms, output_tokens: 50, price: {input: 0, output: 10}}
  b: {first_token: 110ms, per_token: 1ms, output_tokens: 80, price: {input: 0, output: 20}}
strategies: {single: {single: {target: a}}, x: {race: {targets: [a, b], on: first_token}}}
`)
	if first.LatencyMS.P50.Value != 590 || first.FirstTokenMS.P50.Value != 100 || first.Cost.Multiplier.Value != 1 || first.Cost.Wasted != 0 {
		t.Errorf("P50 %v, first token %v, cost %+v", first.LatencyMS.P50, first.FirstTokenMS.P50, first.Cost.Multiplier)
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
