package tune_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// outage is a model that is down for the first 12 s, asked every 100 ms.
const outage = `
name: outage
load: {rate: 10/s, duration: 20s}
models: {a: {latency: {constant: 1ms}}, b: {latency: {constant: 1ms}}}
faults: [{name: down, on: a, from: 0s, to: 12s, status: {code: 503}}]
strategies:
  guarded: {fallback: {targets: [{breaker: {target: a, failures: 5, open: 5s}}, b]}}
`

// unsteady is a model that fails two calls of five at random, for ever.
const unsteady = `
name: unsteady
load: {rate: 10/s, requests: 12000}
models: {a: {latency: {constant: 1ms}}, b: {latency: {constant: 1ms}}}
faults: [{name: errors, on: a, probability: 0.4, status: {code: 503}}]
strategies:
  guarded: {fallback: {targets: [{breaker: {target: a, failures: 9, open: 1s}}, b]}}
`

func load(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	name, _, _ := strings.Cut(strings.TrimPrefix(text, "\nname: "), "\n")
	sc, err := scenarios.Parse(name+".yaml", []byte(text))
	must(t, err)
	return sc
}

func breaker(t *testing.T, knobs []string, texts ...string) *tune.Breaker {
	t.Helper()
	b := &tune.Breaker{Study: tune.Study{Seed: 1, Seeds: 4, Fresh: 2}}
	for _, text := range texts {
		b.Scenarios = append(b.Scenarios, load(t, text))
	}
	var all []tune.Knob
	for _, text := range knobs {
		k, err := tune.ParseKnob(text)
		must(t, err)
		all = append(all, k)
	}
	var err error
	b.Rules, err = tune.BreakerRules(all)
	must(t, err)
	return b
}

// Down on [0, 12 s), a call every 100 ms that takes 50 ms to fail, 5 in a row, open
// for 5 s: the breaker opens at 0.45 s, probes at 5.5, 10.6 and 15.7 s and closes
// then. 7 of 200 calls are wasted, 37 refused although the model is back.
func TestBreaker_outage(t *testing.T) {
	t.Parallel()
	f, err := breaker(t, []string{"failures=5", "open=5s"}, outage).Run(t.Context())
	must(t, err)
	written(t, f.Document)
	got := f.Document.Breaker.Cells[0].Predicted
	for name, want := range map[string]float64{"success": 1, "wasted": 7. / 200, "rejected": 37. / 200, "loss": 22} {
		if math.Abs(got[name].Value-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got[name].Value, want)
		}
	}
	if v := got["overhang"].Value; v != 3701 {
		t.Errorf("the overhang is %v ms, want 3,700 and a call", v)
	}
}

// A breaker of f failures in a row before a model that fails with probability p is
// a renewal process: it takes (p^-f - 1)/(1-p) calls to trip it, then 1/(1-p)
// periods of n refused calls, each with a probe at its end.
func TestBreaker_renewal(t *testing.T) {
	t.Parallel()
	f, err := breaker(t, []string{"failures=2", "open=2s"}, unsteady).Run(t.Context())
	must(t, err)
	const p, n = 0.4, 20 // 2 s of 10/s
	admitted := (math.Pow(p, -2)-1)/(1-p) + 1/(1-p)
	refused := n / (1 - p)
	for i, s := range f.Document.Settings {
		if s.Name != "failures: 2, open: 2s" {
			continue
		}
		got := f.Document.Settings[i].Predicted
		for name, want := range map[string]float64{
			"wasted": p * admitted / (admitted + refused), "rejected": (1 - p) * refused / (admitted + refused),
		} {
			if math.Abs(got[name].Value-want) > 0.04*want {
				t.Errorf("%s is %.4f, theory %.4f", name, got[name].Value, want)
			}
		}
		return
	}
	t.Fatal("the setting was not run")
}

// The recommendation is the setting whose greatest regret is least; a breaker made
// for the outage alone is not the same.
func TestBreaker_regret(t *testing.T) {
	t.Parallel()
	knobs := []string{"failures=2,5,50", "open=1s,10s", "probes=1"}
	short := func(workers int) *tune.Breaker {
		b := breaker(t, knobs, outage, unsteady)
		b.Evaluator.Requests, b.Evaluator.Workers = 1000, workers
		return b
	}
	f, err := short(0).Run(t.Context())
	must(t, err)
	d := f.Document
	text := written(t, d)
	worst := map[int]float64{}
	for _, c := range d.Breaker.Cells {
		r := c.Predicted["regret"].Value
		if d.Breaker.Scenarios[c.Scenario].Best == c.Setting && r != 0 {
			t.Errorf("the best of %s has a regret of %v", d.Breaker.Scenarios[c.Scenario].Name, r)
		}
		worst[c.Setting] = max(worst[c.Setting], r)
	}
	for i, s := range d.Settings {
		if s.State == reports.TuneInRace && worst[i] < worst[*d.Recommended] {
			t.Errorf("%s has a regret of %v, and %v is recommended", s.Name, worst[i], worst[*d.Recommended])
		}
	}
	best := d.Settings[*d.Recommended]
	if best.Realised["regret"].Why != "" || len(d.Breaker.Front) == 0 || len(f.Changes) != 1 || d.YAML == "" {
		t.Errorf("the document lacks something: %v", best)
	}
	g, err := short(1).Run(t.Context())
	must(t, err)
	if written(t, g.Document) != text {
		t.Error("one worker finds something else")
	}
}

func TestBreaker_interrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := breaker(t, []string{"failures=2,5"}, outage)
	b.Progress = func(p tune.Progress) {
		if p.Stage == "verify" {
			cancel()
		}
	}
	f, err := b.Run(ctx)
	must(t, err)
	written(t, f.Document)
	if !f.Document.Interrupted || f.Document.Recommended == nil {
		t.Errorf("interrupted %v, recommended %v", f.Document.Interrupted, f.Document.Recommended)
	}
}

func TestBreaker_mistakes(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*tune.Breaker){
		"no scenario is given":                         func(b *tune.Breaker) { b.Scenarios = nil },
		"scenario outage is given twice":               func(b *tune.Breaker) { b.Scenarios = append(b.Scenarios, b.Scenarios[0]) },
		`strategy "x" of scenario outage has no break`: func(b *tune.Breaker) { b.Strategy = "x" },
		"there is no breaker in scenario x":            func(b *tune.Breaker) { b.Scenarios[0] = parse(t, steady) },
		"seeds to choose by":                           func(b *tune.Breaker) { b.Seeds = 2 },
	} {
		b := breaker(t, nil, outage)
		change(b)
		_, err := b.Run(t.Context())
		if err == nil || !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := tune.BreakerRules([]tune.Knob{tune.ListKnob("delay", "1s")}); !errors.Is(err, tune.ErrInput) {
		t.Errorf("a delay is a setting of a breaker: %v", err)
	}
	if !tune.Suits(load(t, outage)) || tune.Suits(load(t, unsteady)) || tune.Suits(parse(t, steady)) {
		t.Error("which scenarios suit is wrong")
	}
}
