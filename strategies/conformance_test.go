package strategies_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/strategies"
)

// conformant is every strategy, made of three targets. Strategies of one target
// use the first. A new strategy gets a line here.
var conformant = []struct {
	name string
	make func(a, b, c strategies.Target) strategies.Strategy
}{
	{"single", func(a, _, _ strategies.Target) strategies.Strategy { return strategies.Single{Target: a} }},
	{"retry", func(a, _, _ strategies.Target) strategies.Strategy {
		return strategies.Retry{Target: a, Budget: strategies.NewBudget(0.2)}
	}},
	{"fallback", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Fallback{Targets: targets(a, b, c)}
	}},
	{"race", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Race{Targets: targets(a, b, c)}
	}},
	{"race on first token", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Race{Targets: targets(a, b, c), On: strategies.OnFirstToken}
	}},
	{"hedge", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Hedge{Targets: targets(a, b, c), Delay: 30 * ms, MaxHedges: 2}
	}},
	{"hedge on first token", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Hedge{Targets: targets(a, b, c), Delay: 30 * ms, MaxHedges: 2, On: strategies.OnFirstToken}
	}},
	{"adaptive hedge", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Hedge{
			Targets: targets(a, b, c), Adaptive: strategies.NewAdaptiveDelay(95, 40*ms), MaxHedges: 4,
			Budget: strategies.NewBudget(0.5), Probability: 0.5,
		}
	}},
	{"consensus", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Consensus{Targets: targets(a, b, c)}
	}},
	{"weighted consensus", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Consensus{
			Targets: targets(a, b), Learned: strategies.NewLearnedWeights(5), Plurality: true, Tie: strategies.TieOrder, Escalate: &c,
		}
	}},
	{"ab", func(a, b, _ strategies.Target) strategies.Strategy {
		return strategies.AB{Control: a, Challenger: b, Share: 0.5}
	}},
	{"best_of", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.BestOf{Targets: targets(a, b), Judge: c}
	}},
	{"route", func(a, b, _ strategies.Target) strategies.Strategy {
		return strategies.Route{Branches: map[string]strategies.Target{"chat": b}, Default: a}
	}},
	{"breaker", func(a, _, _ strategies.Target) strategies.Strategy {
		return strategies.NewBreaker(a, strategies.BreakerConfig{Failures: 1000})
	}},
	{"budgeted", func(a, b, c strategies.Target) strategies.Strategy {
		race := strategies.Race{Targets: targets(a, b, c)}
		return strategies.Budgeted{
			Target: strategies.NestedTarget("race", race), PerRequest: 1e6, Purse: strategies.NewPurse(1e9), Price: flat,
		}
	}},
	{"limited", func(a, _, _ strategies.Target) strategies.Strategy { return strategies.NewLimited(a, 1000) }},
	{"fallback before the first token", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Fallback{Targets: targets(a, b, c), FirstToken: 10 * time.Second, Restart: true}
	}},
	{"race that restarts", func(a, b, c strategies.Target) strategies.Strategy {
		return strategies.Race{Targets: targets(a, b, c), On: strategies.OnFirstToken, Restart: true}
	}},
}

// each runs f for every strategy, alone and with every strategy inside, over
// the targets that f is to hand out by calling its builder.
func each(t *testing.T, f func(t *testing.T, build func(a, b, c strategies.Target) strategies.Strategy)) {
	t.Helper()
	for _, outer := range conformant {
		t.Run(outer.name, func(t *testing.T) {
			t.Parallel()
			t.Run("alone", func(t *testing.T) {
				t.Parallel()
				f(t, outer.make)
			})
			for _, inner := range conformant {
				t.Run("over "+inner.name, func(t *testing.T) {
					t.Parallel()
					f(t, func(a, b, c strategies.Target) strategies.Strategy {
						return outer.make(
							strategies.NestedTarget("1", inner.make(a, b, c)),
							strategies.NestedTarget("2", inner.make(b, c, a)),
							strategies.NestedTarget("3", inner.make(c, a, b)),
						)
					})
				})
			}
		})
	}
}

// probe is a model under observation: it speaks and answers after a time that
// depends on the call, unless it was told to do otherwise.
type probe struct {
	name string
	seed uint64
	do   func(ctx context.Context, c llm.Call) (llm.Answer, error) // instead; nil: answer

	calls   atomic.Int64
	running atomic.Int64
}

func (m *probe) Name() string { return m.name }

func (m *probe) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	m.calls.Add(1)
	m.running.Add(1)
	defer m.running.Add(-1)
	if m.do != nil {
		return m.do(ctx, c)
	}
	key := draw.New(m.seed).Word(c.Request.ID).Word(uint64(c.Ordinal)) //nolint:gosec // a count
	p := streams(20+key.IntN(50), 80+key.Word(1).IntN(50))
	p.FirstToken += time.Duration(key.Word(2).IntN(1e6))
	return perform(ctx, m.name, &p, c.FirstToken)
}

// panel is three probes that behave alike.
type panel [3]*probe

func newPanel(do func(context.Context, llm.Call) (llm.Answer, error)) panel {
	return panel{{name: "A", seed: 1, do: do}, {name: "B", seed: 2, do: do}, {name: "C", seed: 3, do: do}}
}

func (p panel) under(build func(a, b, c strategies.Target) strategies.Strategy) strategies.Strategy {
	return build(strategies.ModelTarget(p[0]), strategies.ModelTarget(p[1]), strategies.ModelTarget(p[2]))
}

func (p panel) calls() (n int64) {
	for _, m := range p {
		n += m.calls.Load()
	}
	return n
}

func (p panel) running() (n int64) {
	for _, m := range p {
		n += m.running.Load()
	}
	return n
}

// A good answer comes out, the request is as it was, the losers stop at that
// very instant, and nothing is started afterwards.
func TestConformanceAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, build func(a, b, c strategies.Target) strategies.Strategy) {
		t.Helper()
		p := newPanel(nil)
		inBubble(t, p.under(build), func(t *testing.T, c *strategies.Client) {
			t.Helper()
			var out strategies.Outcome
			c.Settled = func(o *strategies.Outcome) { out = clone(o) }
			req := llm.Request{ID: 4711, System: "s", Prompt: "p", MaxTokens: 9, Task: "t"}
			before := req
			ans, err := c.Do(t.Context(), &req)
			if err != nil || ans.Text != "yes" {
				t.Fatalf("Do: %+v, %v; want the answer yes", ans, err)
			}
			synctest.Wait()
			if n := p.running(); n != 0 {
				t.Errorf("%d calls still run after Do has returned", n)
			}
			calls := p.calls()
			time.Sleep(time.Hour)
			if n := p.calls() - calls; n != 0 {
				t.Errorf("%d calls were made after Do had returned", n)
			}
			if diff := cmp.Diff(before, req); diff != "" {
				t.Errorf("the request was changed (-before +after)\n%s", diff)
			}
			checkEnded(t, &out)
		})
	})
}

// checkEnded demands that every attempt has ended by the end of its parent, and
// that the winners lead to the answer.
func checkEnded(t *testing.T, o *strategies.Outcome) {
	t.Helper()
	for i, a := range o.Attempts {
		end := o.Took
		if a.Parent >= 0 {
			end = o.Attempts[a.Parent].End
		}
		if a.State == strategies.Running || a.End > end || a.Start > a.End {
			t.Errorf("attempt %d %s: %s from %v to %v, its caller ended at %v", i, a.Target, a.State, a.Start, a.End, end)
		}
	}
	for n := o.Answer.Attempt; o.Err == nil && n >= 0; n = o.Attempts[n].Parent {
		if o.Attempts[n].State != strategies.Won {
			t.Errorf("attempt %d has state %s although the answer came through it", n, o.Attempts[n].State)
		}
	}
}

// When the caller gives up, Do returns at that instant with kind canceled, even
// if no model takes notice before a minute has passed.
func TestConformanceCancel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, build func(a, b, c strategies.Target) strategies.Strategy) {
		t.Helper()
		inBubble(t, newPanel(stubborn).under(build), func(t *testing.T, c *strategies.Client) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(777*ms, cancel)
			checkGivenUp(ctx, t, c, 777*ms, llm.Canceled)
		})
	})
}

// When the deadline passes, Do returns at that instant with kind timeout,
// whether the client or the caller's context set it.
func TestConformanceDeadline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, build func(a, b, c strategies.Target) strategies.Strategy) {
		t.Helper()
		inBubble(t, newPanel(stubborn).under(build), func(t *testing.T, c *strategies.Client) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 888*ms)
			defer cancel()
			checkGivenUp(ctx, t, c, 888*ms, llm.Timeout)
		})
		inBubble(t, newPanel(stubborn).under(build), func(t *testing.T, c *strategies.Client) {
			t.Helper()
			c.Timeout = 555 * ms
			checkGivenUp(t.Context(), t, c, 555*ms, llm.Timeout)
		})
	})
}

// stubborn is what a model does that stays long after its caller has gone.
func stubborn(ctx context.Context, _ llm.Call) (llm.Answer, error) {
	<-ctx.Done()
	time.Sleep(time.Minute)
	return llm.Answer{}, ctx.Err()
}

func checkGivenUp(ctx context.Context, t *testing.T, c *strategies.Client, at time.Duration, kind llm.Kind) {
	t.Helper()
	var out strategies.Outcome
	c.Settled = func(o *strategies.Outcome) { out = clone(o) }
	began := time.Now()
	_, err := c.Do(ctx, &llm.Request{ID: 1})
	if took := time.Since(began); took != at {
		t.Errorf("Do returned after %v, want %v", took, at)
	}
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || e.Kind != kind {
		t.Errorf("Do failed with %v, want kind %s", err, kind)
	}
	c.Wait()
	if took := time.Since(began); took != at+time.Minute {
		t.Errorf("Wait returned after %v, want when the last call has ended", took)
	}
	for i, a := range out.Attempts {
		if a.State != strategies.Lost || a.End != at {
			t.Errorf("attempt %d: %s at %v, want lost at %v", i, a.State, a.End, at)
		}
	}
}

// A panic is the failure of the request that met it; the next one is served.
func TestConformancePanic(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, build func(a, b, c strategies.Target) strategies.Strategy) {
		t.Helper()
		unlucky := func(_ context.Context, c llm.Call) (llm.Answer, error) {
			if c.Request.ID == 0 {
				panic("model")
			}
			return llm.Answer{Text: "yes"}, nil
		}
		for what, s := range map[string]strategies.Strategy{
			"model":    newPanel(unlucky).under(build),
			"check":    checked(build),
			"strategy": build(unluckyTarget("1"), unluckyTarget("2"), unluckyTarget("3")),
		} {
			inBubble(t, s, func(t *testing.T, c *strategies.Client) {
				t.Helper()
				_, err := c.Do(t.Context(), &llm.Request{ID: 0})
				if e := llm.AsError(err); e == nil || e.Kind != llm.Internal {
					t.Errorf("a panic in the %s: %v, want kind internal", what, err)
				}
				if ans, err := c.Do(t.Context(), &llm.Request{ID: 1}); err != nil || ans.Text != "yes" {
					t.Errorf("after a panic in the %s: %+v, %v; want the answer yes", what, ans, err)
				}
			})
		}
	})
}

// checked makes a strategy over models whose first answers make the target's
// own check panic.
func checked(build func(a, b, c strategies.Target) strategies.Strategy) strategies.Strategy {
	p := newPanel(func(_ context.Context, c llm.Call) (llm.Answer, error) {
		return llm.Answer{Text: "yes", Stop: llm.Stop(1 - min(c.Request.ID, 1))}, nil //nolint:gosec // 0 or 1
	})
	check := func(ans llm.Answer) error {
		if ans.Stop != llm.StopEnd {
			panic("check")
		}
		return nil
	}
	return build(
		strategies.ModelTarget(p[0]).Accepting(check), strategies.ModelTarget(p[1]).Accepting(check),
		strategies.ModelTarget(p[2]).Accepting(check),
	)
}

// unluckyStrategy panics on request 0, while an attempt runs.
type unluckyStrategy struct{ target strategies.Target }

func (s unluckyStrategy) Run(x *strategies.Exchange) (llm.Answer, error) {
	if x.Request().ID == 0 {
		return panics(s).Run(x)
	}
	return strategies.Single{Target: s.target}.Run(x)
}

func unluckyTarget(name string) strategies.Target {
	m := &probe{name: name, do: func(ctx context.Context, _ llm.Call) (llm.Answer, error) {
		if !sleep(ctx, ms) {
			return llm.Answer{}, ctx.Err()
		}
		return llm.Answer{Text: "yes"}, nil
	}}
	return strategies.NestedTarget(name, unluckyStrategy{strategies.ModelTarget(m)})
}

// One value serves many requests at once, and every one gets its own answer.
func TestConformanceConcurrent(t *testing.T) {
	t.Parallel()
	for _, s := range conformant {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := newPanel(nil)
			echo := func(ctx context.Context, c llm.Call) (llm.Answer, error) {
				p := answers(1+int(c.Request.ID%7), fmt.Sprint(c.Request.ID)) //nolint:gosec // small
				return perform(ctx, "echo", &p, c.FirstToken)
			}
			for _, m := range p {
				m.do = echo
			}
			inBubble(t, p.under(s.make), func(t *testing.T, c *strategies.Client) {
				t.Helper()
				var settled atomic.Int64
				c.Settled = func(o *strategies.Outcome) {
					settled.Add(1)
					checkEnded(t, o)
				}
				var wg sync.WaitGroup
				for id := range uint64(200) {
					wg.Go(func() {
						ans, err := c.Do(t.Context(), &llm.Request{ID: id})
						if err != nil || ans.Text != fmt.Sprint(id) {
							t.Errorf("request %d: %q, %v", id, ans.Text, err)
						}
					})
				}
				wg.Wait()
				c.Wait()
				if n := settled.Load(); n != 200 {
					t.Errorf("%d outcomes were shown, want 200", n)
				}
			})
		})
	}
}
