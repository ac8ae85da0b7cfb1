package strategies_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

func TestRoute(t *testing.T) {
	t.Parallel()
	route := strategies.Route{
		Branches: map[string]strategies.Target{"classify": model("C", ok(1)), "code": model("D", ok(1))},
		Default:  model("X", ok(1)),
		Rules: []strategies.Rule{
			{Match: regexp.MustCompile(`^Classify`), Task: "classify"},
			{Match: regexp.MustCompile(`(?i)classify|func`), Task: "code"},
			{Match: regexp.MustCompile(`poem`), Task: "poetry"},
		},
	}
	for _, c := range []struct {
		name, task, prompt   string
		wantTask, wantTarget string
	}{
		{"the request's own task", "code", "?", "code", "D"},
		{"the request's own task before any rule", "code", "Classify this", "code", "D"},
		{"a rule", "", "func main", "code", "D"},
		{"the first rule that matches", "", "Classify this", "classify", "C"},
		{"a task without a branch", "chat", "Classify this", "chat", "X"},
		{"a rule without a branch", "", "a poem", "poetry", "X"},
		{"nothing tells", "", "?", "", "X"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := runOne(t, route, llm.Request{Prompt: c.prompt, Task: c.task})
			if o.Answer.Model != c.wantTarget {
				t.Errorf("answered by %q, want %q", o.Answer.Model, c.wantTarget)
			}
			want := []strategies.Note{{Kind: strategies.Routed, Text: c.wantTask, Target: c.wantTarget}}
			if diff := cmp.Diff(want, o.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
		})
	}
}

func TestRoute_header(t *testing.T) {
	t.Parallel()
	route := strategies.Route{
		Branches: map[string]strategies.Target{"classify": model("C", ok(1)), "code": model("D", ok(1))},
		Default:  model("X", ok(1)), Header: "X-Task",
		Rules: []strategies.Rule{{Match: regexp.MustCompile(`func`), Task: "classify"}},
	}
	for _, c := range []struct {
		name string
		q    llm.Request
		want string
	}{
		{"a header in any case", llm.Request{Prompt: "?", Header: map[string]string{"x-task": "code"}}, "D"},
		{"a header before any rule", llm.Request{Prompt: "func", Header: map[string]string{"X-Task": "code"}}, "D"},
		{"the request's own task before a header", llm.Request{Prompt: "?", Task: "classify", Header: map[string]string{"X-Task": "code"}}, "C"},
		{"a header without a branch", llm.Request{Prompt: "func", Header: map[string]string{"X-Task": "poetry"}}, "X"},
		{"another header", llm.Request{Prompt: "func", Header: map[string]string{"X-Other": "code"}}, "C"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if o := runOne(t, route, c.q); o.Answer.Model != c.want {
				t.Errorf("answered by %q, want %q", o.Answer.Model, c.want)
			}
		})
	}
}

func runOne(t *testing.T, s strategies.Strategy, q llm.Request) (out strategies.Outcome) {
	t.Helper()
	sent := false
	err := virtual.Run(t.Context(), virtual.Config{
		Strategy: s, Settled: func(o *strategies.Outcome) { out = clone(o) },
	}, func(r *llm.Request) (time.Duration, bool) {
		*r = q
		defer func() { sent = true }()
		return 0, !sent
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A branch is a target like any other: it may be a strategy, its first token is
// the route's, and its failure is the route's.
func TestRouteTraces(t *testing.T) {
	t.Parallel()
	play(t, []traceCase{{
		name: "a branch that is a strategy",
		strategy: func() strategies.Strategy {
			race := strategies.Race{Targets: targets(model("A", ok(300)), model("B", ok(200)))}
			return strategies.Route{Default: strategies.NestedTarget("race", race)}
		},
		want:  []string{"(race@0 won@200)", "A@0 lost@200", "B@0 won@200", "ok@200"},
		notes: []string{"routed@0s"},
	}, {
		name:     "a branch that fails",
		strategy: func() strategies.Strategy { return strategies.Route{Default: model("A", fails(100, llm.Auth))} },
		want:     []string{"A@0 failed@100", "auth@100"},
	}, {
		name:     "no branch and no default",
		strategy: func() strategies.Strategy { return strategies.Route{} },
		want:     []string{"@0 failed@0", strategies.ErrNoTarget.Kind.String() + "@0"},
	}})
	for _, d := range drivers {
		out := d.run(t, strategies.Route{Default: model("A", streams(100, 900))}, 0, 0)[0]
		if !out.HasSpoken || out.Spoke != 100*ms {
			t.Errorf("%s: spoke at %v, want 100 ms", d.name, out.Spoke)
		}
	}
}
