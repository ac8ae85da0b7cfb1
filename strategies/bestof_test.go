package strategies_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// judge is a model that says of each answer what its script says, after 100 ms
// or as the plan does.
type judge struct {
	scripted
	says map[string]fault.Plan // by the answer that is judged
}

func (m *judge) Plan(p *fault.Plan, r *llm.Request, _ int, _ time.Duration) {
	j, ok := llm.ParseJudging(r.Prompt)
	if !ok {
		*p = fails(0, llm.InvalidRequest)
		return
	}
	*p = m.says[j.Answer]
}

func (m *judge) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}

// judging returns a judge that scores so: "a=7 b=9".
func judging(scores string) strategies.Target {
	says := make(map[string]fault.Plan)
	for f := range strings.FieldsSeq(scores) {
		answer, score, _ := strings.Cut(f, "=")
		says[answer] = answers(100, score)
	}
	return judgingBy(says)
}

func judgingBy(says map[string]fault.Plan) strategies.Target {
	return strategies.ModelTarget(&judge{scripted: scripted{name: "J"}, says: says})
}

func TestBestOf(t *testing.T) {
	t.Parallel()
	play(t, []traceCase{{
		name: "the highest score, each judged as it arrives",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@300 b@100 c@200"), Judge: judging("a=6 b=7 c=9")}
		},
		want: []string{
			"1@0 unused@300", "2@0 unused@100", "3@0 won@200", "J@100 unused@200", "J@200 unused@300", "J@300 unused@400", "ok@400",
		},
		notes: []string{"scored@200ms", "scored@300ms", "scored@400ms", "picked@400ms"},
	}, {
		name: "of equals the earlier target",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@300 b@100"), Judge: judging("a=8 b=8")}
		},
		want: []string{"1@0 won@300", "2@0 unused@100", "J@100 unused@200", "J@300 unused@400", "ok@400"},
	}, {
		name: "a score that is high enough ends it",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@900 b@100"), Judge: judging("a=10 b=9"), StopAt: 9}
		},
		want: []string{"1@0 lost@200", "2@0 won@100", "J@100 unused@200", "ok@200"},
	}, {
		name: "an unreadable score is 5",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@300 b@100 c@200"), Judge: judging("a=superb b=4 c=4.5")}
		},
		want: []string{
			"1@0 won@300", "2@0 unused@100", "3@0 unused@200", "J@100 unused@200", "J@200 unused@300", "J@300 unused@400", "ok@400",
		},
		notes: []string{"scored@200ms", "scored@300ms", "unreadable@400ms", "picked@400ms"},
	}, {
		name: "the only one left needs no judge",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "!@900 b@100"), Judge: judging("b=2")}
		},
		want:  []string{"1@0 failed@900", "2@0 won@100", "J@100 unused@200", "ok@900"},
		notes: []string{"scored@200ms", "picked@900ms"},
	}, {
		name: "the only one left, while the judge is at it",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "!@150 b@100"), Judge: judging("b=2")}
		},
		want:  []string{"1@0 failed@150", "2@0 won@100", "J@100 lost@150", "ok@150"},
		notes: []string{"picked@150ms"},
	}, {
		name: "the only one left is never judged",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "!@50 b@100"), Judge: judging("b=2")}
		},
		want: []string{"1@0 failed@50", "2@0 won@100", "ok@100"},
	}, {
		name: "one target is never judged",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@100"), Judge: judging("a=2")}
		},
		want: []string{"1@0 won@100", "ok@100"},
	}, {
		name: "the judge fails over the best",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@100 b@200"), Judge: judgingBy(map[string]fault.Plan{
				"a": fails(50, llm.Overloaded), "b": answers(50, "2"),
			})}
		},
		want:  []string{"1@0 unused@100", "2@0 won@200", "J@100 failed@150", "J@200 unused@250", "ok@250"},
		notes: []string{"judge_failed@150ms", "scored@250ms", "picked@250ms"},
	}, {
		name: "the judge fails over all: the first answer",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: voters(t, "a@200 b@100"), JudgeTimeout: 400 * ms, Judge: judgingBy(map[string]fault.Plan{
				"a": fails(50, llm.Overloaded), "b": hangs(),
			})}
		},
		want:  []string{"1@0 unused@200", "2@0 won@100", "J@100 failed@500", "J@200 failed@250", "ok@500"},
		notes: []string{"judge_failed@250ms", "judge_failed@500ms", "picked@500ms"},
	}, {
		name:    "before the deadline the best known answer is returned",
		timeout: 1100 * ms,
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: targets(model("1", hangs()), model("2", answers(100, "b")), model("3", answers(150, "c"))), Judge: judgingBy(map[string]fault.Plan{
				"b": answers(100, "3"), "c": hangs(),
			})}
		},
		want:  []string{"1@0 lost@1000", "2@0 won@100", "3@0 unused@150", "J@100 unused@200", "J@150 lost@1000", "ok@1000"},
		notes: []string{"scored@200ms", "judge_failed@1s", "picked@1s"},
	}, {
		name: "a candidate that takes too long",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: targets(model("1", hangs()), model("2", answers(100, "b"))), Judge: judging("b=3"), Timeout: 500 * ms}
		},
		want: []string{"1@0 failed@500", "2@0 won@100", "J@100 unused@200", "ok@500"},
	}, {
		name: "all fail: the last failure",
		strategy: func() strategies.Strategy {
			return strategies.BestOf{Targets: targets(model("1", fails(200, llm.Auth)), model("2", fails(100, llm.Overloaded))), Judge: judging("")}
		},
		want: []string{"1@0 failed@200", "2@0 failed@100", "auth@200"},
	}, {
		name:     "nobody to ask",
		strategy: func() strategies.Strategy { return strategies.BestOf{Judge: judging("")} },
		want:     []string{strategies.ErrNoTarget.Kind.String() + "@0"},
	}, {
		name: "the judge may be a strategy, and is asked the judge's question",
		strategy: func() strategies.Strategy {
			slow := strategies.Fallback{Targets: targets(model("X", fails(10, llm.Overloaded)), judging("a=3 b=7"))}
			return strategies.BestOf{Targets: voters(t, "a@100 b@150"), Judge: strategies.NestedTarget("either", slow)}
		},
		want: []string{
			"1@0 unused@100", "2@0 won@150",
			"(either@100 unused@210)", "X@100 failed@110", "J@110 unused@210",
			"(either@150 unused@260)", "X@150 failed@160", "J@160 unused@260", "ok@260",
		},
	}})
}

// A judge's calls are calls for the user's request: the same ID, ordinals that
// go on, and a question, a system prompt and no task of their own.
func TestBestOfJudgesOneRequest(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			m := &witness{scripted: scripted{name: "m"}, asked: make(chan string, 8)}
			one := strategies.ModelTarget(m)
			out := d.run(t, strategies.BestOf{Targets: targets(one, model("2", answers(150, "b"))), Judge: one, Rubric: "wit"}, 0, 0)[0]
			close(m.asked)
			var got []string
			for line := range m.asked {
				got = append(got, line)
			}
			const system = "Score the answer to the question from 1 (worst) to 10 (best) for wit. Respond with only a number."
			want := []string{
				`#0 0 "" "?"`,
				`#0 1 "` + system + `" "<question>\n?\n</question>\n\n<answer>\n7\n</answer>"`,
				`#0 2 "` + system + `" "<question>\n?\n</question>\n\n<answer>\nb\n</answer>"`,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("calls (-want +got)\n%s", diff)
			}
			var roles []string
			for _, a := range out.Attempts {
				roles = append(roles, fmt.Sprintf("%s %s #%d", a.Target, a.Role, a.Ordinal))
			}
			if diff := cmp.Diff([]string{"m first #0", "2 parallel #0", "m judge #1", "m judge #2"}, roles); diff != "" {
				t.Errorf("attempts (-want +got)\n%s", diff)
			}
			want2 := []strategies.Note{
				{Kind: strategies.Scored, At: 200 * ms, Target: "m", Attempt: 0, Text: "7", Score: 7},
				{Kind: strategies.Scored, At: 250 * ms, Target: "2", Attempt: 1, Text: "b", Score: 7},
				{Kind: strategies.Picked, At: 250 * ms, Target: "m", Attempt: 0, Text: "7", Score: 7, Count: 2, Of: 2},
			}
			if diff := cmp.Diff(want2, out.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
		})
	}
}

// witness answers 7 after 100 ms and writes down what it is asked.
type witness struct {
	scripted
	asked chan string
}

func (m *witness) Plan(p *fault.Plan, r *llm.Request, ordinal int, _ time.Duration) {
	m.asked <- fmt.Sprintf("#%d %d %q %q", r.ID, ordinal, r.System, r.Prompt)
	*p = answers(100, "7")
}

func (m *witness) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}
