package scenarios_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

const abHead = "models: {a: {latency: 1s}, b: {latency: 1s}}\n"

// called is a model that has a name and nothing else.
type called string

func (c called) Name() string { return string(c) }

func (c called) Call(context.Context, llm.Call) (llm.Answer, error) { panic("not called") }

func abOf(t *testing.T, settings string) (strategies.AB, scenarios.Trial) {
	t.Helper()
	s, err := scenarios.Parse("ab.yaml", []byte(abHead+"strategies: {test: {ab: {control: a, challenger: b"+settings+"}}}"))
	if err != nil {
		t.Fatal(err)
	}
	built, err := s.Strategy("test", map[string]llm.Model{"a": called("a"), "b": called("b")}, 1)
	if err != nil {
		t.Fatal(err)
	}
	ab, ok := built.(strategies.AB)
	if !ok || s.Strategies[0].Kind != "ab" || s.Strategies[0].Trial == nil {
		t.Fatalf("%T of kind %s, judged by %v", built, s.Strategies[0].Kind, s.Strategies[0].Trial)
	}
	return ab, *s.Strategies[0].Trial
}

func TestAB(t *testing.T) {
	t.Parallel()
	base := scenarios.Trial{Metric: "success", Alpha: 0.05, Share: 0.1, Control: "a", Challenger: "b"}
	for settings, change := range map[string]func(*scenarios.Trial){
		"":                          func(*scenarios.Trial) {},
		", share: 25%":              func(t *scenarios.Trial) { t.Share = 0.25 },
		", shadow: true":            func(t *scenarios.Trial) { t.Shadow = true },
		", key: request, alpha: 1%": func(t *scenarios.Trial) { t.ByRequest, t.Alpha = true, 0.01 },
		", minimum_effect: 1%":      func(t *scenarios.Trial) { t.Minimum = 0.01 },
		", minimum_effect: 200ms, metric: latency": func(t *scenarios.Trial) { t.Metric, t.Minimum = "latency", 200 },
		", metric: cost, minimum_effect: 0.25":     func(t *scenarios.Trial) { t.Metric, t.Minimum = "cost", 0.25 },
		", metric: accuracy, minimum_effect: 0":    func(t *scenarios.Trial) { t.Metric = "accuracy" },
	} {
		want := base
		change(&want)
		ab, got := abOf(t, settings)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", settings, diff)
		}
		if ab.Control.Name() != "a" || ab.Challenger.Name() != "b" || ab.Name != "a or b" || ab.Shadow != want.Shadow {
			t.Errorf("%s: built %+v", settings, ab)
		}
		if (ab.Key != nil) != want.ByRequest {
			t.Errorf("%s: the key is set: %v", settings, ab.Key != nil)
		}
	}
	if ab, _ := abOf(t, ", name: spring, share: 0.3"); ab.Name != "spring" || ab.Share != 0.3 {
		t.Errorf("name %q, share %v; want spring, 0.3", ab.Name, ab.Share)
	}
}

func TestABMistakes(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{
		"control: a":                                                    `strategies.s.ab: lacks the key "challenger"`,
		"control: a, challenger: c":                                     `strategies.s.ab.challenger: "c": unknown target`,
		"control: a, challenger: b, share: 100%":                        `share: "100%": leaves nothing to compare the challenger with`,
		"control: a, challenger: b, share: 0":                           `share: "0": must be more than 0`,
		"control: a, challenger: b, alpha: 60%":                         `alpha: "60%": must be at most 50%`,
		"control: a, challenger: b, metric: p95":                        `metric: "p95": unknown metric`,
		"control: a, challenger: b, key: session":                       `key: "session": unknown key`,
		"control: a, challenger: b, minimum_effect: 2s":                 `minimum_effect: "2s": must be a share`,
		"control: a, challenger: s":                                     `s`,
		"control: a, challenger: b, metric: latency, minimum_effect: 3": `minimum_effect: "3": must be a duration`,
	} {
		all := mistakes(t, abHead+"strategies: {s: {ab: {"+settings+"}}}")
		if !strings.Contains(all[0].Error(), want) {
			t.Errorf("%s: %v, want %s", settings, all[0], want)
		}
	}
}

// Users are drawn by the request's number alone, and all of them ask.
func TestWorkloadUsers(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("users.yaml", []byte(abHead+"strategies: {s: {single: {target: a}}}\nworkload: {users: 40}"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for id := range uint64(1000) {
		r := s.Workload.Request(id)
		if again := s.Workload.Request(id); r.Key == "" || again.Key != r.Key {
			t.Fatalf("request %d is asked by %q and %q", id, r.Key, again.Key)
		}
		seen[r.Key] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d users asked, want 40", len(seen))
	}
}
