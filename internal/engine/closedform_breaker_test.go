//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
