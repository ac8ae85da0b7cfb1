package engine_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
)

// A panel that waits for all has every pair on every request, and each member
// is right as often as the scenario says.
func TestRun_panel(t *testing.T) {
	t.Parallel()
	sc := load(t, "classification")
	d := runIt(t, sc, engine.Options{Requests: 4000, Only: []string{"five", "three", "escalate"}})
	five, early, up := strategy(t, d, "five").Agreement, strategy(t, d, "three").Agreement, strategy(t, d, "escalate")
	for i, m := range five.Models {
		if m.Votes != 4000 || m.Abstained != 0 || m.Name != five.Matrix.Models[i] {
			t.Errorf("%+v, want 4000 votes and no abstention", m)
		}
		for _, n := range five.Matrix.N[i] {
			if n != 4000 {
				t.Errorf("%s voted with another on %d requests, want 4000", m.Name, n)
			}
		}
		for _, known := range sc.Models {
			if p := known.Accuracy; known.Name == m.Name && math.Abs(m.Accuracy.Value-*p) > 4.5*math.Sqrt(*p*(1-*p)/4000) {
				t.Errorf("%s is right in %v of its votes, want %v", m.Name, m.Accuracy.Value, *p)
			}
		}
	}
	if !five.FleissKappa.Known() || math.Abs(five.Alpha.Value-five.FleissKappa.Value) > 1e-3 {
		t.Errorf("kappa %v, alpha %v of complete panels, want nearly the same", five.FleissKappa, five.Alpha)
	}
	if early.FleissKappa.Known() || !early.Alpha.Known() {
		t.Errorf("kappa %v, alpha %v of a panel that decides early, want alpha alone", early.FleissKappa, early.Alpha)
	}
	checkEscalation(t, up.Calls["fallback"], up.Agreement.Escalated.Value, early.Rate)
}

// checkEscalation demands that exactly the requests without a quorum went to the
// stronger target.
func checkEscalation(t *testing.T, calls, escalated float64, rate stats.Estimate) {
	t.Helper()
	if math.Abs(calls-escalated) > 1e-9 || math.Abs(escalated-(1-rate.Value)) > 1e-9 || escalated == 0 {
		t.Errorf("%v calls to the stronger target, %v escalated, quorum %v", calls, escalated, rate.Value)
	}
}

const votes = `
load: {requests: 200, rate: 100/s, timeout: 60s}
workload: {prompts: tickets-400, reply: json, correlation: 0.2}
models:
  a: {latency: 100ms, accuracy: 0.9, price: {input: 1, output: 2}}
  b: {latency: 150ms, accuracy: 0.6, price: {input: 1, output: 2}, format: anthropic}
  c: {latency: 200ms, accuracy: 0.5, price: {input: 1, output: 2}, format: gemini}
  s: {latency: 300ms, accuracy: 0.97, price: {input: 9, output: 9}}
strategies:
  panel: {consensus: {targets: [a, b, c], extract: {json: category}, wait: all, on_disagreement: {escalate: s}}}
  sure:  {consensus: {targets: [a, b, c], extract: {json: category}, abstain: {field: confidence, below: 0.9}, quorum: plurality, tie: order, wait: all}}
`

// Votes do not depend on time: both clocks count the same ones.
func TestRun_panelClocksAgree(t *testing.T) {
	t.Parallel()
	sc := parse(t, votes)
	simulated := runIt(t, sc, engine.Options{})
	measured := runIt(t, sc, engine.Options{Clock: engine.Real, TimeScale: 4})
	valid(t, measured)
	for _, name := range []string{"panel", "sure"} {
		v, r := strategy(t, simulated, name), strategy(t, measured, name)
		if diff := cmp.Diff(v.Agreement.Matrix, r.Agreement.Matrix); diff != "" {
			t.Errorf("%s: pairs (-virtual +real)\n%s", name, diff)
		}
		if v.Accuracy != r.Accuracy || v.Agreement.Escalated != r.Agreement.Escalated || v.Cost.USD != r.Cost.USD {
			t.Errorf("%s: virtual %v %v %v, real %v %v %v", name,
				v.Accuracy, v.Agreement.Escalated, v.Cost.USD, r.Accuracy, r.Agreement.Escalated, r.Cost.USD)
		}
	}
	sure := strategy(t, simulated, "sure").Agreement
	for _, m := range sure.Models { // the mock states a confidence of 0.80 to 0.99, evenly
		if share := float64(m.Abstained) / 200; math.Abs(share-0.5) > 0.16 || m.Votes+m.Abstained != 200 {
			t.Errorf("%s abstained on %v of the requests, want half, and voted on %d", m.Name, share, m.Votes)
		}
	}
}
