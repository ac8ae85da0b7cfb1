package scenarios_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	s := mustParse(t, everyFault)
	both := []string{"a", "b"}
	window := func(name, kind string, f fault.Fault) fault.Window {
		return fault.Window{Name: name, Kind: kind, On: both, Fault: f}
	}
	const half, ms = 500 * time.Millisecond, time.Millisecond
	flapping := window("status", "status", fault.Status{
		Code: 429, RetryAfter: llm.HintAfter(2 * time.Second), After: 50 * ms, Kind: llm.QuotaExhausted,
	}.Fresh())
	flapping.Together, flapping.Period, flapping.OnFor = true, 15*time.Second, 5*time.Second
	want := []fault.Window{
		{
			Name: "slow", Kind: "latency", On: []string{"a"}, From: 30 * time.Second, To: 90 * time.Second,
			Probability: 0.2, RampIn: 5 * time.Second, RampOut: 10 * time.Second,
			Fault: fault.Latency{Multiply: 8, Add: time.Second, Replace: draw.Scaled{Dist: draw.Constant(4e9), Factor: 0.5}},
		},
		flapping,
		window("outage", "outage", fault.Outage{Hang: 0.03, After: 25 * ms}),
		window("outage-2", "outage", fault.Outage{After: 25 * ms}),
		window("hang", "hang", fault.Hang{AfterTokens: 3}),
		window("reset", "reset", fault.Reset{AfterShare: 0.5}),
		window("refuse", "refuse", fault.Refuse{}),
		window("rate_limit", "rate_limit", &fault.RateLimit{Requests: 60, Tokens: 1000, Burst: 0.1, Period: 60 * half, After: 25 * ms}),
		window("capacity", "capacity", fault.Capacity{Concurrency: 4, Queue: 8, After: 25 * ms}),
		window("truncate", "truncate", fault.Truncate{Share: 0.25}),
		window("malformed", "malformed", fault.Malformed{}),
		window("status-2", "status", fault.Status{
			Code: 429, Reason: llm.ReasonPerDay, RetryAfter: llm.HintAfter(18 * time.Second), After: 25 * ms, Override: llm.ForceRetry,
		}.Fresh()),
		window("status-3", "status", fault.Status{Code: 500, Page: true, After: 25 * ms, Override: llm.ForbidRetry}.Fresh()),
		window("first_token", "first_token", fault.FirstToken{Add: 5 * half}),
		window("stall", "stall", fault.Stall{AfterShare: 0.5, For: 20 * half}),
		window("brownout", "brownout", fault.Brownout{Multiply: 4, Errors: 0.1, Code: 500, After: 25 * ms}.Fresh()),
		window("incidents", "incidents", &fault.Incidents{
			Gap: draw.Constant(7200e9), Duration: draw.Constant(600e9), Speed: 120, Ramp: 0.2, Outage: fault.Outage{Hang: 1, After: 25 * ms},
		}),
		window("incidents-2", "incidents", &fault.Incidents{Speed: 2}),
		window("key_limit", "key_limit", &fault.KeyLimit{Tokens: 1000, Requests: 5, Period: 60 * half, After: 25 * ms}),
		window("in_stream", "in_stream", fault.InStream{AfterShare: 0.5, Kind: llm.Overloaded}.Fresh()),
		window("blank", "blank", fault.Blank{}),
		window("empty", "empty", fault.Empty{}),
		window("refusal", "refusal", fault.Refusal{Unmarked: true}),
		window("wrong_model", "wrong_model", fault.WrongModel{Name: "b"}),
		window("no_usage", "no_usage", fault.NoUsage{}),
	}
	hidden := cmp.FilterPath(func(p cmp.Path) bool {
		last := p.Last().String()
		return last == ".Definition" || strings.HasPrefix(last, ".") && last[1] >= 'a' && last[1] <= 'z'
	}, cmp.Ignore())
	got := s.Mock(7, 2).Faults
	if diff := cmp.Diff(want, got, hidden, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Error(diff)
	}
	if again := s.Mock(7, 2).Faults; again[7].Fault == got[7].Fault {
		t.Error("two runs share a rate limit")
	}
	if want := "probability: 20%, ramp_in: 10s, ramp_out: 20s, latency: {multiply: 8, add: 2s, replace: 4s}"; s.Faults[0].Text != want {
		t.Errorf("text %q, want %q", s.Faults[0].Text, want)
	}
	for i, want := range map[int]string{
		1: `{"on":["a","b"],"together":true,"period":"30s","on_for":"10s","status":{"code":429,"retry_after":"4s","after":"100ms","kind":"quota_exhausted"}}`,
		2: `{"outage":{"hang":"3%"}}`,
		3: `{"outage":null}`,
	} {
		if got := string(s.Faults[i].Definition); got != want {
			t.Errorf("definition %s, want %s", got, want)
		}
	}
}

// TestFaults_definitions: what a fault was read from, as JSON, reads as the same
// fault again.
func TestFaults_definitions(t *testing.T) {
	t.Parallel()
	for _, name := range scenarios.List() {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		var models []string
		for _, m := range s.Models {
			models = append(models, m.Name)
		}
		for i, w := range s.Mock(1, 1).Faults {
			again, err := scenarios.ParseFault(w.Definition, models, 1)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, w.Definition, err)
			}
			again.Name = w.Name // may have been made up
			hidden := cmp.Exporter(func(reflect.Type) bool { return true })
			ignored := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".mu" }, cmp.Ignore())
			if diff := cmp.Diff(w, again, hidden, ignored); diff != "" {
				t.Errorf("%s: faults[%d]:\n%s", name, i, diff)
			}
		}
	}
}

// everyKind has every kind of strategy with all of its settings.
const everyKind = `
models: {a: {latency: 1s}, b: {latency: 1s}, c: {latency: 1s}}
strategies:
  single:   {single: {target: a}}
  retry:    {retry: {target: a, attempts: 5, base: 1s, cap: 4s, budget: none}}
  fallback: {fallback: {targets: [guarded, b], timeout: 10s, on: [rate_limited, overloaded]}}
  race:     {race: {targets: [a, b], on: first_token}}
  hedge:    {hedge: {targets: [a, {race: {targets: [b, c]}}], delay: 3s, max_hedges: 2, budget: none, probability: 50%, on: first_token}}
  adaptive: {hedge: {targets: [a, b], delay: p95, cap: 4s}}
  panel:    {consensus: {targets: [a, b, c], quorum: 2}}
  guarded:  {breaker: {target: a, failures: 5, failure_rate: 50%, window: 100 calls, minimum: 20, slow_call: 8s, open: 1m, probes: 2, successes: 3}}
`
