package strategies_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// flat charges 1 USD for a thousand tokens of answer and nothing for prompts.
func flat(string) llm.Price { return llm.Price{Output: 1000} }

// capped is a budget under which every call is taken to cost 0.02 USD; an answer
// of streams costs 0.011 USD.
func capped(perRequest float64, purse *strategies.Purse, t strategies.Target) strategies.Strategy {
	return strategies.Budgeted{Target: t, PerRequest: perRequest, Purse: purse, Price: flat, MaxTokens: 20}
}

func TestBudgeted(t *testing.T) {
	t.Parallel()
	a, b, c := model("A", streams(100, 900)), model("B", streams(100, 700)), model("C", streams(100, 500))
	race := strategies.NestedTarget("race", strategies.Race{Targets: targets(a, b, c)})
	play(t, []traceCase{{
		name:     "a call that is covered",
		strategy: func() strategies.Strategy { return capped(0.02, nil, a) },
		want:     []string{"A@0 won@900", "ok@900"},
	}, {
		name:     "a call that is not is not made",
		strategy: func() strategies.Strategy { return capped(0.0199, nil, a) },
		want:     []string{"A@0 rejected@0", "rejected@0"},
	}, {
		name:     "a race asks as many as it can afford",
		strategy: func() strategies.Strategy { return capped(0.04, nil, race) },
		want:     []string{"(race@0 won@700)", "A@0 lost@700", "B@0 won@700", "C@0 rejected@0", "ok@700"},
	}, {
		name: "what a call did not use pays for the next",
		strategy: func() strategies.Strategy {
			retry := strategies.Fallback{Targets: targets(model("A", breaks(100, 600)), b)}
			return capped(0.026, nil, strategies.NestedTarget("fallback", retry))
		},
		want: []string{"(fallback@0 won@1300)", "A@0 failed@600", "B@600 won@1300", "ok@1300"},
	}, {
		name: "and what it did use does not",
		strategy: func() strategies.Strategy {
			retry := strategies.Fallback{Targets: targets(model("A", breaks(100, 600)), b)}
			return capped(0.0259, nil, strategies.NestedTarget("fallback", retry))
		},
		want: []string{"(fallback@0 rejected@600)", "A@0 failed@600", "B@600 rejected@600", "rejected@600"},
	}, {
		name: "a lower limit of the target makes its call cheaper",
		strategy: func() strategies.Strategy {
			return capped(0.012, nil, a.WithMaxTokens(12))
		},
		want: []string{"A@0 won@900", "ok@900"},
	}, {
		name: "a budget within a budget: both must cover",
		strategy: func() strategies.Strategy {
			return capped(0.02, nil, strategies.NestedTarget("inner", capped(0.04, nil, race)))
		},
		want: []string{
			"(inner@0 won@900)", "(race@0 won@900)", "A@0 won@900", "B@0 rejected@0", "C@0 rejected@0", "ok@900",
		},
	}})
}

// A purse is shared by requests: one at a time under way, then as many as it
// pays for.
func TestPurse(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		purse := strategies.NewPurse(0.043)
		// Requests 0 and 1 run at once and reserve 0.04; 2 comes too early, 3
		// when they have settled for 0.022, 4 when 0.033 are spent.
		out := d.run(t, capped(0, purse, model("A", streams(100, 900))), 0, 0, 1*ms, 2*ms, 1000*ms, 3000*ms)
		want := []*llm.Error{nil, nil, strategies.ErrSpendLimit, nil, strategies.ErrSpendLimit}
		for i := range out {
			if !errors.Is(out[i].Err, want[i]) && out[i].Err != want[i] {
				t.Errorf("%s: request %d: %v, want %v", d.name, i, out[i].Err, want[i])
			}
		}
		if got := purse.Spent(); got != 0.033 {
			t.Errorf("%s: spent %v, want 0.033", d.name, got)
		}
	}
}

// Whatever runs below, a purse is never overspent when every answer keeps to the
// limit it was asked for, and what it has spent is what the attempts have used.
func TestBudgetHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{rt: rt}
		inner := g.strategy(2)
		limit := float64(rapid.IntRange(0, 200).Draw(rt, "limit")) / 1000
		var due []time.Duration
		for i := range rapid.IntRange(1, 5).Draw(rt, "requests") {
			due = append(due, time.Duration(i)*g.duration("due", 0, time.Second))
		}
		for _, d := range drivers {
			purse := strategies.NewPurse(limit)
			out := d.run(t, capped(0, purse, strategies.NestedTarget("inner", inner())), 15*time.Second, due...)
			tokens := 0
			for i := range out {
				for _, a := range out[i].Attempts {
					tokens += a.Usage.Output
				}
			}
			spent := purse.Spent()
			if spent > limit || spent != float64(tokens)/1000 {
				rt.Fatalf("%s: spent %v of %v for %d tokens", d.name, spent, limit, tokens)
			}
		}
	})
}

func TestMaxTokensOfATarget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ request, target, want int }{{0, 64, 64}, {256, 64, 64}, {32, 64, 32}, {256, 0, 256}} {
		asked := &asking{}
		target := strategies.ModelTarget(asked).WithMaxTokens(c.target)
		for name, s := range map[string]strategies.Strategy{
			"model":  strategies.Single{Target: target},
			"nested": strategies.Single{Target: strategies.NestedTarget("n", strategies.Single{Target: strategies.ModelTarget(asked)}).WithMaxTokens(c.target)},
		} {
			client := strategies.Client{Strategy: s}
			req := llm.Request{Prompt: "?", MaxTokens: c.request}
			if _, err := client.Do(t.Context(), &req); err != nil {
				t.Fatal(err)
			}
			if asked.most != c.want || req.MaxTokens != c.request {
				t.Errorf("%s %+v: asked for %d tokens, want %d; the request now says %d", name, c, asked.most, c.want, req.MaxTokens)
			}
		}
	}
}

// Of 200 requests at once a purse for 50 calls lets 50 through, whichever they
// are, and has then spent what these have used.
func TestPurseAtOnce(t *testing.T) {
	t.Parallel()
	purse := strategies.NewPurse(1)
	inBubble(t, capped(0, purse, model("A", streams(100, 900))), func(t *testing.T, c *strategies.Client) {
		t.Helper()
		var answered atomic.Int64
		var wg sync.WaitGroup
		for id := range uint64(200) {
			wg.Go(func() {
				if _, err := c.Do(t.Context(), &llm.Request{ID: id}); err == nil {
					answered.Add(1)
				} else if llm.AsError(err).Kind != llm.Rejected {
					t.Errorf("request %d: %v", id, err)
				}
			})
		}
		wg.Wait()
		if n := answered.Load(); n != 50 || purse.Spent() != 0.55 {
			t.Errorf("%d requests answered for %v USD, want 50 for 0.55", n, purse.Spent())
		}
	})
}
