package scenarios_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// judged has a judge and a route with all of their settings.
const judged = `
models:
  a: {latency: 1s}
  b: {latency: 1s}
  j: {latency: 1s, judge: {noise: 1.5, unreadable: 1%}}
strategies:
  plain: {best_of: {targets: [a, b], judge: j}}
  full:  {best_of: {targets: [a, {route: {chat: a, default: b}}], judge: {race: {targets: [j, a]}}, rubric: wit, timeout: 20s, judge_timeout: 4s, stop_at: 8.5}}
  route:
    route:
      chat: {hedge: {targets: [a, b], delay: 1s}}
      code: plain
      default: a
      header: X-Task
      rules: [{match: '^func', task: code}, {match: hello, task: chat}]
`

func TestJudgeAndRoute(t *testing.T) {
	t.Parallel()
	if err := validate(t, compiled(t), judged); err != nil {
		t.Error(err)
	}
	s := mustParse(t, judged)
	if diff := cmp.Diff(&mockprovider.Judge{Noise: 1.5, Unreadable: 0.01}, s.Models[2].Judge); diff != "" {
		t.Errorf("judge (-want +got)\n%s", diff)
	}
	built, err := mockprovider.NewModels(s.Mock(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	models := make(map[string]llm.Model)
	for _, m := range built {
		models[m.Name()] = m
	}
	a, b, j := strategies.ModelTarget(models["a"]), strategies.ModelTarget(models["b"]), strategies.ModelTarget(models["j"])
	nested := func(name string) strategies.Target { return strategies.NestedTarget(name, nil) }
	for name, want := range map[string]strategies.Strategy{
		"plain": strategies.BestOf{Targets: []strategies.Target{a, b}, Judge: j, Timeout: 15 * time.Second, JudgeTimeout: 5 * time.Second},
		"full": strategies.BestOf{
			Targets: []strategies.Target{a, nested("route(a, b)")}, Judge: nested("race(j, a)"), Rubric: "wit",
			Timeout: 10 * time.Second, JudgeTimeout: 2 * time.Second, StopAt: 8.5,
		},
		"route": strategies.Route{
			Branches: map[string]strategies.Target{"chat": nested("hedge(a, b)"), "code": nested("plain")}, Default: a,
			Header: "X-Task",
			Rules:  []strategies.Rule{{Match: regexp.MustCompile("^func"), Task: "code"}, {Match: regexp.MustCompile("hello"), Task: "chat"}},
		},
	} {
		got, err := s.Strategy(name, models, 2)
		if err != nil {
			t.Fatal(err)
		}
		sameTarget := cmp.Comparer(func(a, b strategies.Target) bool { return a.Name() == b.Name() && a.Model() == b.Model() })
		sameRegexp := cmp.Comparer(func(a, b *regexp.Regexp) bool { return a.String() == b.String() })
		if diff := cmp.Diff(want, got, sameTarget, sameRegexp); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if reflect.TypeOf(got) != reflect.TypeOf(want) {
			t.Errorf("%s is a %T", name, got)
		}
	}
}

func TestJudgeAndRouteMistakes(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for text, want := range map[string]string{
		"{best_of: {targets: [a]}}":                                              `lacks the key "judge"`,
		"{best_of: {judge: a}}":                                                  `lacks the key "targets"`,
		"{best_of: {targets: [], judge: a}}":                                     "must not be empty",
		"{best_of: {targets: [a], judge: a, stop_at: 11}}":                       "must be a number from 1 to 10",
		"{best_of: {targets: [a], judge: a, judge_timeout: 0s}}":                 "must be more than zero",
		"{best_of: {targets: [a], judge: a, rubrik: x}}":                         `did you mean "rubric"?`,
		"{route: {chat: a}}":                                                     `lacks the key "default"`,
		"{route: {default: q}}":                                                  "unknown target",
		"{route: {default: a, rules: [{match: x}]}}":                             `lacks the key "task"`,
		"{route: {default: a, chat: a, rules: [{match: x, task: chta}]}}":        `unknown task (did you mean "chat"?)`,
		"{route: {default: a, chat: a, rules: [{match: '(', task: chat}]}}":      "is no regular expression of Go",
		"{route: {default: a, chat: {route: {default: {route: {default: s}}}}}}": "makes a cycle of targets",
		"{route: {default: " + strings.Repeat("{route: {default: ", 20) + "a" + strings.Repeat("}}", 20) + "}}": "stands too deep",
	} {
		file := "models: {a: {latency: 1s}}\nstrategies: {s: " + text + "}\n"
		_, err := scenarios.Parse("x.yaml", []byte(file))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want %q", text, err, want)
		}
		aboutNames := strings.Contains(want, "unknown t") || strings.Contains(want, "Go") || strings.Contains(want, "cycle") || strings.Contains(want, "deep")
		if accepts := validate(t, schema, file) == nil; accepts != aboutNames && text != "{best_of: {targets: [a], judge: a, judge_timeout: 0s}}" {
			t.Errorf("%s: the schema accepts it: %v", text, accepts)
		}
	}
	for text, want := range map[string]string{
		"{latency: 1s, judge: {noise: -1}}":        "must be a number of at least 0",
		"{latency: 1s, judge: {unreadable: 120%}}": "must be a share",
		"{latency: 1s, judge: {bias: 1}}":          "unknown key",
	} {
		if _, err := scenarios.Parse("x.yaml", []byte("models: {a: "+text+"}\nstrategies: {s: {single: {target: a}}}\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want %q", text, err, want)
		}
	}
}
