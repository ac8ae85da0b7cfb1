package scenarios_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/strategies"
)

func TestStrategies(t *testing.T) {
	t.Parallel()
	s := mustParse(t, everyKind)
	models := make(map[string]llm.Model)
	built, err := mockprovider.NewModels(s.Mock(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range built {
		models[m.Name()] = m
	}
	a, b, c := strategies.ModelTarget(models["a"]), strategies.ModelTarget(models["b"]), strategies.ModelTarget(models["c"])
	const sec = time.Second
	want := map[string]strategies.Strategy{
		"single":   strategies.Single{Target: a},
		"retry":    strategies.Retry{Target: a, Attempts: 5, Base: sec / 2, Cap: 2 * sec},
		"race":     strategies.Race{Targets: []strategies.Target{a, b}, On: strategies.OnFirstToken},
		"hedge":    strategies.Hedge{Targets: []strategies.Target{a, strategies.NestedTarget("race(b, c)", strategies.Race{Targets: []strategies.Target{b, c}})}, Delay: 3 * sec / 2, MaxHedges: 2, Probability: 0.5, On: strategies.OnFirstToken},
		"panel":    strategies.Consensus{Targets: []strategies.Target{a, b, c}, Quorum: 2},
		"guarded":  strategies.NewBreaker(a, strategies.BreakerConfig{Failures: 5, FailureRate: 0.5, WindowCalls: 100, Minimum: 20, SlowCall: 4 * sec, Open: sec * 30, Probes: 2, Successes: 3}),
		"fallback": strategies.Fallback{Targets: []strategies.Target{strategies.NestedTarget("guarded", nil), b}, Timeout: 5 * sec, On: []llm.Kind{llm.RateLimited, llm.Overloaded}},
		"adaptive": strategies.Hedge{Targets: []strategies.Target{a, b}, Adaptive: strategies.NewAdaptiveDelay(95, 2*sec), Budget: strategies.NewBudget(0.1)},
	}
	sameTarget := cmp.Comparer(func(a, b strategies.Target) bool { return a.Name() == b.Name() && a.Model() == b.Model() })
	all := cmp.Exporter(func(reflect.Type) bool { return true })
	locks := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".mu" }, cmp.Ignore())
	for name, want := range want {
		got, err := s.Strategy(name, models, 2)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameTarget, all, locks); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := s.Strategies[7]; got.Kind != "breaker" || !strings.HasPrefix(got.Text, "target: a, failures: 5, failure_rate: 50%, window: 100 calls") {
		t.Errorf("kind %q, text %q", got.Kind, got.Text)
	}
}

func TestStrategyIsFresh(t *testing.T) {
	t.Parallel()
	s := mustParse(t, everyKind)
	built, err := mockprovider.NewModels(s.Mock(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	models := make(map[string]llm.Model)
	for _, m := range built {
		models[m.Name()] = m
	}
	one, _ := s.Strategy("guarded", models, 1)
	two, _ := s.Strategy("guarded", models, 1)
	if one == two {
		t.Error("two runs share a breaker")
	}
	if _, err := s.Strategy("nobody", models, 1); err == nil {
		t.Error("a strategy that is not there was made")
	}
	delete(models, "b")
	if _, err := s.Strategy("race", models, 1); err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("a missing model: %v", err)
	}
}

// Callable finds the models that strategies may call, in other strategies and as
// judges, too.
func TestCallable(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `
models: {a: {latency: 1s}, b: {latency: 1s}, c: {latency: 1s}, d: {latency: 1s}}
strategies:
  single: {single: {target: b}}
  nested: {fallback: {targets: [single, {breaker: {target: a}}]}}
  judged: {best_of: {targets: [c], judge: d}}
`)
	for names, want := range map[string]string{
		"single": "b", "nested": "a b", "judged": "c d", "judged single": "b c d", "nobody": "",
	} {
		if got := strings.Join(s.Callable(strings.Fields(names)...), " "); got != want {
			t.Errorf("%s may call %q, want %q", names, got, want)
		}
	}
}

// A strategy that is a target twice is one strategy with one state.
func TestSharedTarget(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `
models: {a: {latency: 1s}}
strategies:
  twice:   {fallback: {targets: [guarded, guarded]}}
  guarded: {breaker: {target: a}}
`)
	models := map[string]llm.Model{"a": namedModel{}}
	got, err := s.Strategy("twice", models, 1)
	if err != nil {
		t.Fatal(err)
	}
	targets := got.(strategies.Fallback).Targets
	if targets[0].Strategy() != targets[1].Strategy() || targets[0].Name() != "guarded" {
		t.Errorf("targets %v", targets)
	}
}

type namedModel struct{ llm.Model }

func (namedModel) Name() string { return "a" }
