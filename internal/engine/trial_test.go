package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

// The embedded scenario's challenger is found to be better, in the split and
// much more clearly in the shadow; a model is not found better than itself.
func TestAB_embedded(t *testing.T) {
	t.Parallel()
	d := runIt(t, load(t, "ab-challenger"), engine.Options{})
	valid(t, d)
	split, shadow, same := strategy(t, d, "split").AB, strategy(t, d, "shadow").AB, strategy(t, d, "same").AB
	if split.Verdict != "promote" || shadow.Verdict != "promote" || same.Verdict == "promote" {
		t.Errorf("verdicts: split %s, shadow %s, same %s; want promote, promote and not promote", split.Verdict, shadow.Verdict, same.Verdict)
	}
	if e := split.Effect; !(e.Low <= 0.07 && 0.07 <= e.High && e.Low > 0.01) {
		t.Errorf("the effect in the split is %+v, the truth 7 points", e)
	}
	if split.DecidedAt == 0 || split.DecidedAt >= split.Compared || same.DecidedAt != 0 {
		t.Errorf("split decided after %d of %d requests, same after %d", split.DecidedAt, split.Compared, same.DecidedAt)
	}
	if split.SampleRatio == nil || split.SampleRatio.Mismatch || shadow.SampleRatio != nil {
		t.Errorf("sample ratio of the split %+v, of the shadow %+v", split.SampleRatio, shadow.SampleRatio)
	}
	if n := shadow.Control.Requests; shadow.Challenger.Requests != n || shadow.Compared != n {
		t.Errorf("the shadow compares %d requests of %d and %d", shadow.Compared, n, shadow.Challenger.Requests)
	}
	if d.Verdict.Headline != "Promote challenger." || d.Verdict.Recommend != "" {
		t.Errorf("the headline is %q, recommending %q", d.Verdict.Headline, d.Verdict.Recommend)
	}
}

// abScenario is a test of a challenger with a scenario's settings.
const abScenario = `
load: {rate: 50/s, requests: %d, arrivals: poisson, timeout: 10s}
workload: {max_tokens: 64}
models:
  a: {latency: {lognormal: {median: 900ms, p95: 2500ms}}, accuracy: 0.8, price: {input: 1, output: 5}, output_tokens: 40}
  b: {latency: {lognormal: {median: 900ms, p95: 2500ms}}, accuracy: %v, price: {input: 1, output: 5}, output_tokens: 40}
faults:
  - {on: [a, b], probability: 0.02, status: {code: 503}}
strategies:
  test: {ab: {control: a, challenger: b, name: seed-%d, %s}}
`

func trial(t *testing.T, requests int, accuracy float64, seed int, settings string) *reports.AB {
	t.Helper()
	s := uint64(seed) //nolint:gosec // a count
	d := runIt(t, parse(t, fmt.Sprintf(abScenario, requests, accuracy, seed, settings)), engine.Options{Seed: &s})
	return strategy(t, d, "test").AB
}

// Of 200 tests of a model against its like, through the strategy on the virtual
// clock, at most alpha/2 promote, but for noise, however often one looks; of a
// model that is better, nearly all do.
func TestAB_manyRuns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, settings string
		accuracy       float64
		runs           int
		least, most    int // promoted
	}{
		{"split by accuracy", "share: 20%, metric: accuracy", 0.8, 200, 0, 12},
		{"shadow by latency", "shadow: true, metric: latency", 0.8, 200, 0, 12},
		{"a better one", "share: 50%, metric: accuracy", 0.95, 40, 37, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			promoted := 0
			for seed := range c.runs {
				if trial(t, 800, c.accuracy, seed, c.settings).Verdict == "promote" {
					promoted++
				}
			}
			t.Logf("%d of %d promoted", promoted, c.runs)
			if promoted < c.least || promoted > c.most {
				t.Errorf("%d of %d promoted, want %d to %d", promoted, c.runs, c.least, c.most)
			}
		})
	}
}

// A challenger that must be better by more than it is, is not promoted.
func TestAB_minimumEffect(t *testing.T) {
	t.Parallel()
	if got := trial(t, 8000, 0.85, 1, "share: 50%, metric: accuracy, minimum_effect: 15%"); got.Verdict != "keep" || got.DecidedAt == 0 {
		t.Errorf("five points better, with 15 wanted: %s after %d, effect %+v", got.Verdict, got.DecidedAt, got.Effect)
	}
	if got := trial(t, 200, 0.85, 1, "share: 50%, metric: accuracy, minimum_effect: 5%"); got.Verdict != "keep_collecting" || got.DecidedAt != 0 {
		t.Errorf("after 200 requests: %s after %d", got.Verdict, got.DecidedAt)
	}
}

// Every metric is measured in its unit, the challenger's less the control's.
func TestAB_metrics(t *testing.T) {
	t.Parallel()
	text := `
load: {rate: 50/s, requests: 3000}
models:
  a: {latency: 400ms, accuracy: 1, price: {input: 0, output: 10}, output_tokens: 100}
  b: {latency: 150ms, accuracy: 0.5, price: {input: 0, output: 30}, output_tokens: 100}
faults:
  - {on: b, probability: 0.5, status: {code: 503}}
strategies:
  success:  {ab: {control: a, challenger: b, share: 50%, metric: success}}
  accuracy: {ab: {control: a, challenger: b, shadow: true, metric: accuracy}}
  latency:  {ab: {control: b, challenger: a, shadow: true, metric: latency}}
  cost:     {ab: {control: a, challenger: a, shadow: true, metric: cost}}
`
	d := runIt(t, parse(t, text), engine.Options{})
	valid(t, d)
	for name, want := range map[string]struct {
		unit, verdict string
		effect, off   float64
	}{
		"success":  {"ratio", "keep", -0.5, 0.06},
		"accuracy": {"ratio", "keep", -0.75, 0.06},
		"latency":  {"ms", "promote", 400 - (75 + 15_000), 1500}, // a failure counts as the 30 s
		"cost":     {"usd_per_1000", "keep_collecting", 0, 0},
	} {
		ab := strategy(t, d, name).AB
		if ab.Unit != want.unit || ab.Verdict != want.verdict || !(abs(ab.Effect.Value-want.effect) <= want.off) {
			t.Errorf("%s: %s in %s, effect %+v; want %s in %s, %v ± %v", name, ab.Verdict, ab.Unit, ab.Effect, want.verdict, want.unit, want.effect, want.off)
		}
	}
	cost := strategy(t, d, "cost")
	if a, b := cost.AB.Control.CostUSD, cost.AB.Challenger.CostUSD; abs(a-3) > 1e-6 || abs(b-3) > 1e-6 || abs(cost.Cost.USD.Value-6) > 1e-6 {
		t.Errorf("the arms cost %v and %v of %v, want 3 and 3 of 6", a, b, cost.Cost.USD.Value)
	}
}

func abs(v float64) float64 { return max(v, -v) }

// On the real clock requests fall to the same arms, and shadows are recorded
// after their answers.
func TestAB_realClock(t *testing.T) {
	t.Parallel()
	text := `
load: {rate: 100/s, requests: 100}
models:
  a: {latency: 20ms, price: {input: 1, output: 5}}
  b: {latency: 60ms, price: {input: 1, output: 5}}
strategies:
  split:  {ab: {control: a, challenger: b, share: 30%}}
  shadow: {ab: {control: a, challenger: b, shadow: true}}
`
	measured, simulated := runIt(t, parse(t, text), engine.Options{Clock: engine.Real}), runIt(t, parse(t, text), engine.Options{})
	valid(t, measured)
	for _, name := range []string{"split", "shadow"} {
		got, want := strategy(t, measured, name).AB, strategy(t, simulated, name).AB
		counts := func(ab *reports.AB) []int {
			return []int{ab.Control.Requests, ab.Control.Succeeded, ab.Challenger.Requests, ab.Challenger.Succeeded}
		}
		if diff := cmp.Diff(counts(want), counts(got)); diff != "" {
			t.Errorf("%s: requests and successes by arm (-virtual +real)\n%s", name, diff)
		}
	}
	shadow := strategy(t, measured, "shadow")
	a, b := shadow.AB.Control.LatencyMS.P50, shadow.AB.Challenger.LatencyMS.P50
	if a.Value < 20 || b.Value < 60 || a.Value >= b.Value || shadow.LatencyMS.P50.Value >= b.Value {
		t.Errorf("P50 of the answers %v, of the control %v, of the shadow %v; want 20 ms, 20 ms and 60 ms", shadow.LatencyMS.P50.Value, a.Value, b.Value)
	}
}

// A run that is cut short does not wait for shadows until their deadline.
func TestAB_interrupted(t *testing.T) {
	t.Parallel()
	text := `
load: {rate: 100/s, duration: 1m, timeout: 10m}
models:
  a: {latency: 5ms}
  b: {latency: 5m}
strategies:
  shadow: {ab: {control: a, challenger: b, shadow: true}}
`
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	timer := time.AfterFunc(200*time.Millisecond, cancel)
	defer timer.Stop()
	d, err := engine.Run(ctx, parse(t, text), engine.Options{Clock: engine.Real})
	if err != nil || !d.Interrupted {
		t.Fatalf("%v, interrupted %v", err, d != nil && d.Interrupted)
	}
	if ab := strategy(t, d, "shadow").AB; ab.Compared != 0 || ab.Verdict != "keep_collecting" {
		t.Errorf("%d requests were compared although no shadow has ended: %s", ab.Compared, ab.Verdict)
	}
}
