package strategies_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

func TestAB(t *testing.T) {
	t.Parallel()
	play(t, []traceCase{
		{
			name: "the control answers",
			strategy: func() strategies.Strategy {
				return strategies.AB{Control: model("A", ok(500)), Challenger: model("B", ok(300)), Share: 1e-9}
			},
			want:  []string{"A@0 won@500", "ok@500"},
			notes: []string{"assigned@0s"},
		},
		{
			name: "the challenger answers",
			strategy: func() strategies.Strategy {
				return strategies.AB{Control: model("A", ok(500)), Challenger: model("B", ok(300)), Share: 1}
			},
			want: []string{"B@0 won@300", "ok@300"},
		},
		{
			name: "a failed arm is not covered up by the other",
			strategy: func() strategies.Strategy {
				return strategies.AB{Control: model("A", ok(500)), Challenger: model("B", fails(300, llm.Overloaded)), Share: 1}
			},
			want: []string{"B@0 failed@300", "overloaded@300"},
		},
		{
			name:     "a shadow outlives the answer",
			strategy: func() strategies.Strategy { return shadow(model("A", ok(500)), model("B", ok(900))) },
			want:     []string{"A@0 won@500", "B@0 unused@900", "ok@500"},
			notes:    []string{"assigned@0s"},
		},
		{
			name:     "a fast shadow is no answer",
			strategy: func() strategies.Strategy { return shadow(model("A", ok(500)), model("B", ok(100))) },
			want:     []string{"A@0 won@500", "B@0 unused@100", "ok@500"},
		},
		{
			name: "the shadow of a failure goes on",
			strategy: func() strategies.Strategy {
				return shadow(model("A", fails(200, llm.Overloaded)), model("B", ok(900)))
			},
			want: []string{"A@0 failed@200", "B@0 unused@900", "overloaded@200"},
		},
		{
			name:     "a shadow may fail",
			strategy: func() strategies.Strategy { return shadow(model("A", ok(500)), model("B", fails(900, llm.Auth))) },
			want:     []string{"A@0 won@500", "B@0 failed@900", "ok@500"},
		},
		{
			name:     "the deadline ends a shadow",
			timeout:  2000 * ms,
			strategy: func() strategies.Strategy { return shadow(model("A", ok(500)), model("B", hangs())) },
			want:     []string{"A@0 won@500", "B@0 lost@2000", "ok@500"},
		},
		{
			name:     "the deadline ends both",
			timeout:  2000 * ms,
			strategy: func() strategies.Strategy { return shadow(model("A", ok(5000)), model("B", ok(6000))) },
			want:     []string{"A@0 lost@2000", "B@0 lost@2000", "timeout@2000"},
		},
		{
			name: "a shadow without a target",
			strategy: func() strategies.Strategy {
				return shadow(model("A", ok(500)), strategies.Target{})
			},
			want: []string{"A@0 won@500", "@0 failed@0", "ok@500"},
		},
		{
			name: "the shadow is a strategy",
			strategy: func() strategies.Strategy {
				hedge := strategies.Hedge{Targets: targets(model("B", ok(5000)), model("C", ok(500))), Delay: 1000 * ms}
				return shadow(model("A", ok(700)), strategies.NestedTarget("hedge", hedge))
			},
			want: []string{"A@0 won@700", "(hedge@0 unused@1500)", "B@0 lost@1500", "C@1000 unused@1500", "ok@700"},
		},
		{
			name:    "the deadline ends a strategy in the shadow",
			timeout: 1200 * ms,
			strategy: func() strategies.Strategy {
				hedge := strategies.Hedge{Targets: targets(model("B", ok(5000)), model("C", ok(500))), Delay: 1000 * ms}
				return shadow(model("A", ok(700)), strategies.NestedTarget("hedge", hedge))
			},
			want: []string{"A@0 won@700", "(hedge@0 lost@1200)", "B@0 lost@1200", "C@1000 lost@1200", "ok@700"},
		},
	})
}

// shadow is a test whose challenger gets a copy of every request.
func shadow(control, challenger strategies.Target) strategies.Strategy {
	return strategies.AB{Control: control, Challenger: challenger, Shadow: true}
}

// A test that is cancelled, as the loser of a race, leaves its shadow behind.
func TestABShadowOutlivesTest(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test := strategies.NestedTarget("ab", shadow(model("A", ok(900)), model("B", ok(1500))))
			out := d.run(t, strategies.Race{Targets: targets(test, model("C", ok(400)))}, 0, 0)
			got := trace(&out[0])
			slices.Sort(got) // who starts first inside is not the same on both
			want := []string{"(ab@0 lost@400)", "A@0 lost@400", "B@0 unused@1500", "C@0 won@400", "ok@400"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The challenger in the shadow is marked as such, with what it used and said.
func TestABShadowIsRecorded(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			out := d.run(t, shadow(model("A", answers(500, "yes")), model("B", answers(900, "no"))), 0, 0)[0]
			control, challenger := out.Attempts[0], out.Attempts[1]
			if out.Answer.Text != "yes" || control.Text != "yes" || challenger.Text != "no" {
				t.Errorf("answer %q, control %q, challenger %q; want yes, yes, no", out.Answer.Text, control.Text, challenger.Text)
			}
			if control.Role != strategies.AsFirst || challenger.Role != strategies.AsShadow {
				t.Errorf("roles %s and %s, want first and shadow", control.Role, challenger.Role)
			}
			if challenger.Usage != (llm.Usage{Input: 5, Output: 10}) {
				t.Errorf("the challenger used %+v, want all of its answer", challenger.Usage)
			}
			want := strategies.Note{Kind: strategies.Assigned, Target: "A", Text: strategies.Control}
			if diff := cmp.Diff([]strategies.Note{want}, out.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
		})
	}
}

// A caller who leaves before the answer takes the control along, not the shadow,
// and does not wait for it.
func TestABShadowOutlivesCaller(t *testing.T) {
	t.Parallel()
	var out strategies.Outcome
	inBubble(t, shadow(model("A", ok(500)), model("B", ok(900))), func(t *testing.T, c *strategies.Client) {
		t.Helper()
		c.Settled = func(o *strategies.Outcome) { out = clone(o) }
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*ms, cancel)
		if _, err := c.Do(ctx, &llm.Request{}); llm.AsError(err).Kind != llm.Canceled || time.Since(began) != 200*ms {
			t.Errorf("Do: %v after %v, want canceled after 200ms", err, time.Since(began))
		}
		c.Wait()
	})
	if diff := cmp.Diff([]string{"A@0 lost@200", "B@0 unused@900", "canceled@200"}, trace(&out)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The deadline ends a shadow whose model takes no notice of it; the outcome is
// shown when the model has returned.
func TestABStubbornShadow(t *testing.T) {
	t.Parallel()
	b := strategies.ModelTarget(&probe{name: "B", do: stubborn})
	inBubble(t, shadow(model("A", ok(500)), b), func(t *testing.T, c *strategies.Client) {
		t.Helper()
		c.Timeout = 2000 * ms
		var out strategies.Outcome
		c.Settled = func(o *strategies.Outcome) { out = clone(o) }
		began := time.Now()
		if _, err := c.Do(t.Context(), &llm.Request{}); err != nil || time.Since(began) != 500*ms {
			t.Errorf("Do: %v after %v, want success after 500ms", err, time.Since(began))
		}
		synctest.Wait()
		c.Wait()
		if took := time.Since(began); took != time.Minute+2000*ms {
			t.Errorf("the outcome was shown after %v, want when the model has returned", took)
		}
		if diff := cmp.Diff([]string{"A@0 won@500", "B@0 lost@2000", "ok@500"}, trace(&out)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Without a deadline a shadow that never ends is given up with the simulation.
func TestABStuckShadow(t *testing.T) {
	t.Parallel()
	out := runVirtual(t, shadow(model("A", ok(500)), model("B", hangs())), 0, 0, 100*ms)
	for i := range out {
		if got := out[i].Attempts[1].State; got != strategies.Lost || out[i].Err != nil {
			t.Errorf("request %d: %v, the shadow is %s; want success and lost", i, out[i].Err, got)
		}
	}
}

// arms returns which of n requests fall to the challenger.
func arms(t *testing.T, ab strategies.AB, seed uint64, n int, key func(id uint64) string) []bool {
	t.Helper()
	ab.Control, ab.Challenger = model("A", ok(5)), model("B", ok(5))
	var all []bool
	next := uint64(0)
	err := virtual.Run(t.Context(), virtual.Config{Strategy: ab, Seed: seed, Settled: func(o *strategies.Outcome) {
		all = append(all, o.Notes[0].Text == strategies.Challenger)
	}}, func(r *llm.Request) (time.Duration, bool) {
		*r = llm.Request{ID: next, Prompt: "?", Key: key(next)}
		next++
		return time.Duration(next) * 100 * ms, next <= uint64(n) //nolint:gosec // a count
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func nobody(uint64) string { return "" }

func count(all []bool) (n int) {
	for _, v := range all {
		if v {
			n++
		}
	}
	return n
}

// The challenger gets its share, whatever the keys.
func TestABShare(t *testing.T) {
	t.Parallel()
	const n = 50_000
	keys := map[string]func(uint64) string{
		"requests": nobody,
		"users":    func(id uint64) string { return fmt.Sprintf("user-%d", id) },
		"long":     func(id uint64) string { return fmt.Sprintf("%0100d", id) },
	}
	for what, key := range keys {
		checkShare(t, what, count(arms(t, strategies.AB{}, 1, n, key)), n, strategies.DefaultShare)
		checkShare(t, what, count(arms(t, strategies.AB{Share: 0.5, Name: what}, 1, n, key)), n, 0.5)
	}
}

// A key has one arm, whatever the seed and the request; a larger share takes
// none back; another name deals anew.
func TestABSticks(t *testing.T) {
	t.Parallel()
	const n, users = 20_000, 700
	user := func(id uint64) string { return fmt.Sprintf("user-%d", id*id%users) }
	small, again := arms(t, strategies.AB{Share: 0.2}, 1, n, user), arms(t, strategies.AB{Share: 0.2}, 2, n, user)
	large := arms(t, strategies.AB{Share: 0.6}, 1, n, user)
	seen := map[string]bool{}
	for id := range uint64(n) {
		arm, known := seen[user(id)]
		switch {
		case known && arm != small[id]:
			t.Fatalf("%s changed arms", user(id))
		case small[id] != again[id]:
			t.Fatalf("%s has another arm under another seed", user(id))
		case small[id] && !large[id]:
			t.Fatalf("a larger share takes %s back from the challenger", user(id))
		}
		seen[user(id)] = small[id]
	}

	one, other := arms(t, strategies.AB{Share: 0.5, Name: "one"}, 1, n, nobody), arms(t, strategies.AB{Share: 0.5, Name: "other"}, 1, n, nobody)
	both := make([]bool, n)
	for i := range both {
		both[i] = one[i] && other[i]
	}
	checkShare(t, "both of two tests", count(both), n, 0.25)
}

// What an assignment sticks to can be anything of a request.
func TestABKey(t *testing.T) {
	t.Parallel()
	ab := strategies.AB{Share: 0.5, Key: func(r *llm.Request) string { return fmt.Sprint(r.ID % 3) }}
	got := arms(t, ab, 1, 3000, func(id uint64) string { return fmt.Sprint(id) })
	for i := range got {
		if got[i] != got[i%3] {
			t.Fatalf("request %d has another arm than request %d of the same key", i, i%3)
		}
	}
	checkShare(t, "an empty key is the request", count(arms(t, strategies.AB{Share: 0.5, Key: func(*llm.Request) string { return "" }}, 1, 20_000, nobody)), 20_000, 0.5)
}

// ab draws a test, half of them with the challenger in the shadow.
func (g *generator) ab(depth int) builder {
	control, challenger := g.target(depth), g.target(depth)
	share, aside := rapid.SampledFrom([]float64{0, 0.5}).Draw(g.rt, "share"), g.pick("shadow", 2) == 1
	return func() strategies.Strategy {
		return strategies.AB{Control: control(), Challenger: challenger(), Share: share, Shadow: aside}
	}
}
