package strategies_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// ledger is a model whose calls are written down by request.
type ledger struct {
	scripted
	calls []bcall
}

// bcall is one request: due at, and answered by a plan.
type bcall struct {
	at   int
	plan fault.Plan
}

func (m *ledger) Plan(p *fault.Plan, r *llm.Request, _ int, _ time.Duration) { *p = m.calls[r.ID].plan }

func (m *ledger) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	p := m.calls[c.Request.ID].plan
	return perform(ctx, m.name, &p, c.FirstToken)
}

// bad fails after so many ms as overloaded providers do.
func bad(at int) fault.Plan { return fails(at, llm.Overloaded) }

// later fails at once and asks to come back later.
func later(after time.Duration) fault.Plan {
	return failsWith(llm.Error{Kind: llm.RateLimited, RetryAfter: llm.HintAfter(after)})
}

// Exact transitions, computed by hand: state@ms with the counts that caused it,
// and the times of the calls that were refused.
var breakerCases = []struct {
	name     string
	cfg      strategies.BreakerConfig
	timeout  time.Duration
	calls    []bcall
	changes  []string
	rejected []int
}{{
	name:    "failures in a row, a success between starts again",
	cfg:     strategies.BreakerConfig{Failures: 3},
	calls:   []bcall{{0, bad(1)}, {10, bad(1)}, {20, ok(1)}, {30, bad(1)}, {40, bad(1)}, {50, bad(1)}, {60, ok(1)}},
	changes: []string{"open@51 3/3"}, rejected: []int{60},
}, {
	name: "a request that is wrong in itself counts neither way",
	cfg:  strategies.BreakerConfig{Failures: 2},
	calls: []bcall{
		{0, bad(1)}, {10, fails(1, llm.InvalidRequest)}, {20, fails(1, llm.ContextTooLong)}, {30, fails(1, llm.RefusedContent)}, {40, bad(1)},
	},
	changes: []string{"open@41 2/2"},
}, {
	name:    "the default is five in a row",
	calls:   []bcall{{0, bad(1)}, {10, bad(1)}, {20, bad(1)}, {30, bad(1)}, {40, bad(1)}, {50, ok(1)}},
	changes: []string{"open@41 5/5"}, rejected: []int{50},
}, {
	name:    "half of the last four calls",
	cfg:     strategies.BreakerConfig{FailureRate: 0.5, WindowCalls: 4, Minimum: 4},
	calls:   []bcall{{0, bad(1)}, {10, ok(1)}, {20, ok(1)}, {30, ok(1)}, {40, bad(1)}, {50, bad(1)}, {60, ok(1)}},
	changes: []string{"open@51 2/4"}, rejected: []int{60},
}, {
	name:    "a small window needs no more calls than it holds",
	cfg:     strategies.BreakerConfig{FailureRate: 0.5, WindowCalls: 3},
	calls:   []bcall{{0, bad(1)}, {10, bad(1)}, {20, ok(1)}, {30, ok(1)}},
	changes: []string{"open@21 2/3"}, rejected: []int{30},
}, {
	// The failure at 0 is out of the window at 1000, exactly 1 s later.
	name:    "a share of the calls of the last second",
	cfg:     strategies.BreakerConfig{FailureRate: 0.6, WindowTime: time.Second, Minimum: 3},
	calls:   []bcall{{0, bad(0)}, {100, bad(0)}, {1000, ok(0)}, {1050, bad(0)}, {1060, ok(0)}},
	changes: []string{"open@1050 2/3"}, rejected: []int{1060},
}, {
	name:    "the window is empty again after closing",
	cfg:     strategies.BreakerConfig{FailureRate: 1, WindowTime: time.Hour, Minimum: 2, Open: time.Second},
	calls:   []bcall{{0, bad(0)}, {10, bad(0)}, {1010, ok(0)}, {1020, bad(0)}, {1030, bad(0)}, {1040, ok(0)}},
	changes: []string{"open@10 2/2", "half_open@1010 0/0", "closed@1010 1/1", "open@1030 2/2"}, rejected: []int{1040},
}, {
	name:    "two probes at a time, three successes",
	cfg:     strategies.BreakerConfig{Failures: 1, Open: time.Second, Probes: 2, Successes: 3},
	calls:   []bcall{{0, bad(0)}, {999, ok(0)}, {1000, ok(500)}, {1100, ok(500)}, {1200, ok(1)}, {1650, ok(100)}, {1800, ok(1)}},
	changes: []string{"open@0 1/1", "half_open@1000 0/0", "closed@1750 3/3"}, rejected: []int{999, 1200},
}, {
	name:    "one failed probe opens it again, another's late success changes nothing",
	cfg:     strategies.BreakerConfig{Failures: 1, Open: time.Second, Probes: 2, Successes: 2},
	calls:   []bcall{{0, bad(0)}, {1000, ok(700)}, {1100, bad(100)}, {2000, ok(0)}, {2300, ok(10)}, {2400, ok(10)}},
	changes: []string{"open@0 1/1", "half_open@1000 0/0", "open@1200 1/1", "half_open@2300 0/0", "closed@2410 2/2"}, rejected: []int{2000},
}, {
	name:    "Retry-After longer than open",
	cfg:     strategies.BreakerConfig{Failures: 1, Open: time.Second},
	calls:   []bcall{{0, later(3 * time.Second)}, {1500, ok(0)}, {2999, ok(0)}, {3000, ok(0)}},
	changes: []string{"open@0 1/1", "half_open@3000 0/0", "closed@3000 1/1"}, rejected: []int{1500, 2999},
}, {
	name:    "Retry-After shorter than open",
	cfg:     strategies.BreakerConfig{Failures: 1, Open: time.Second},
	calls:   []bcall{{0, later(200 * ms)}, {500, ok(0)}, {1000, ok(0)}},
	changes: []string{"open@0 1/1", "half_open@1000 0/0", "closed@1000 1/1"}, rejected: []int{500},
}, {
	name: "what began before it opened says nothing, neither well nor ill",
	cfg:  strategies.BreakerConfig{Failures: 1, Open: time.Second},
	calls: []bcall{
		{0, ok(2000)}, {50, bad(5000)}, {100, bad(0)}, // success and failure to come; open
		{1500, bad(1000)},            // a probe; the success of 0 ends meanwhile
		{2200, ok(0)},                // still half-open: no place
		{3600, ok(0)}, {5100, ok(0)}, // closed; the failure of 50 has come at 5050
	},
	changes:  []string{"open@100 1/1", "half_open@1500 0/0", "open@2500 1/1", "half_open@3600 0/0", "closed@3600 1/1"},
	rejected: []int{2200},
}, {
	name: "a probe that never returns loses its place", timeout: 10 * time.Second,
	cfg:     strategies.BreakerConfig{Failures: 1, Open: time.Second},
	calls:   []bcall{{0, bad(0)}, {1000, hangs()}, {1999, ok(0)}, {2000, ok(100)}, {2050, ok(0)}, {12000, ok(0)}},
	changes: []string{"open@0 1/1", "half_open@1000 0/0", "closed@2100 1/1"}, rejected: []int{1999, 2050},
}, {
	name: "running into the deadline is a failure", timeout: 100 * ms,
	cfg:     strategies.BreakerConfig{Failures: 3},
	calls:   []bcall{{0, hangs()}, {1000, ok(500)}, {2000, hangs()}, {3000, ok(0)}},
	changes: []string{"open@2100 3/3"}, rejected: []int{3000},
}, {
	name:    "slow successes are failures",
	cfg:     strategies.BreakerConfig{Failures: 2, SlowCall: 500 * ms},
	calls:   []bcall{{0, ok(500)}, {1000, ok(499)}, {2000, ok(500)}, {3000, ok(900)}, {4000, ok(0)}},
	changes: []string{"open@3900 2/2"}, rejected: []int{4000},
}, {
	name:    "a bug on this side is not the provider's",
	cfg:     strategies.BreakerConfig{Failures: 1},
	calls:   []bcall{{0, fails(0, llm.Internal)}, {10, fails(0, llm.Rejected)}, {20, ok(0)}},
	changes: nil,
}}

func TestBreakerCases(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		for _, c := range breakerCases {
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				var due []time.Duration
				for _, call := range c.calls {
					due = append(due, time.Duration(call.at)*ms)
				}
				b := strategies.NewBreaker(strategies.ModelTarget(&ledger{scripted{name: "A"}, c.calls}), c.cfg)
				changes, rejected := doings(d.run(t, b, c.timeout, due...), due)
				if diff := cmp.Diff(c.changes, changes); diff != "" {
					t.Errorf("changes (-want +got)\n%s", diff)
				}
				if diff := cmp.Diff(c.rejected, rejected); diff != "" {
					t.Errorf("rejected (-want +got)\n%s", diff)
				}
			})
		}
	}
}

// doings reads the breaker's changes and refusals off the notes.
func doings(out []strategies.Outcome, due []time.Duration) (changes []string, rejected []int) {
	type change struct {
		at   time.Duration
		text string
	}
	var all []change
	for i := range out {
		for _, n := range out[i].Notes {
			at := due[i] + n.At
			switch n.Kind {
			case strategies.BreakerChanged:
				all = append(all, change{at, fmt.Sprintf("%s@%d %d/%d", n.To, at.Milliseconds(), n.Count, n.Of)})
			case strategies.CallRejected:
				rejected = append(rejected, int(at.Milliseconds()))
			default:
			}
		}
	}
	for len(all) > 0 { // in order of time; of equals the first noted first
		first := 0
		for i := range all {
			if all[i].at < all[first].at {
				first = i
			}
		}
		changes = append(changes, all[first].text)
		all = append(all[:first], all[first+1:]...)
	}
	return changes, rejected
}

// A healthy but slow provider loses every time to a hedge; its breaker knows
// nothing ill of it.
func TestBreakerUnderAHedgeStaysClosed(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		b := strategies.NewBreaker(model("A", ok(2000)), strategies.BreakerConfig{Failures: 1, SlowCall: time.Millisecond})
		h := strategies.Hedge{Targets: targets(strategies.NestedTarget("guarded", b), model("B", ok(100))), Delay: 300 * ms}
		var due []time.Duration
		for i := range 50 {
			due = append(due, time.Duration(i)*time.Second)
		}
		for i, o := range d.run(t, h, 30*time.Second, due...) {
			if diff := cmp.Diff([]string{"(guarded@0 lost@400)", "A@0 lost@400", "B@300 won@400", "ok@400"}, trace(&o)); diff != "" {
				t.Errorf("%s, request %d (-want +got)\n%s", d.name, i, diff)
			}
		}
	}
}

// A refusal is an attempt that was turned away on this side and costs nothing;
// a fallback goes on at once.
func TestBreakerRefusal(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		b := strategies.NewBreaker(model("A", bad(10)), strategies.BreakerConfig{Failures: 1})
		f := strategies.Fallback{Targets: targets(strategies.NestedTarget("guarded", b), model("B", ok(100)))}
		out := d.run(t, f, 0, 0, time.Second)
		if diff := cmp.Diff([]string{"(guarded@0 rejected@0)", "B@0 won@100", "ok@100"}, trace(&out[1])); diff != "" {
			t.Errorf("%s (-want +got)\n%s", d.name, diff)
		}
		if e := out[1].Attempts[0].Err; e != strategies.ErrOpen || e.Retryable() {
			t.Errorf("%s: refused with %v, want ErrOpen, which is not to be retried", d.name, e)
		}
	}
}

// An attempt's own timeout counts like the deadline; a caller that gave up, or
// came too late for a call to be made, says nothing about the provider.
func TestBreakerTimeoutsAndCallers(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		b := strategies.NewBreaker(model("A", hangs()), strategies.BreakerConfig{Failures: 2})
		f := strategies.Fallback{Targets: targets(strategies.NestedTarget("guarded", b), model("B", ok(1))), Timeout: time.Second}
		changes, _ := doings(d.run(t, f, 0, 0, 5*time.Second), []time.Duration{0, 5 * time.Second})
		if diff := cmp.Diff([]string{"open@6000 2/2"}, changes); diff != "" {
			t.Errorf("%s (-want +got)\n%s", d.name, diff)
		}
	}
	b := strategies.NewBreaker(model("A", ok(100)), strategies.BreakerConfig{Failures: 1})
	inBubble(t, b, func(t *testing.T, c *strategies.Client) {
		t.Helper()
		late, cancelLate := context.WithDeadline(t.Context(), time.Now())
		defer cancelLate()
		if _, err := c.Do(late, &llm.Request{}); llm.AsError(err).Kind != llm.Timeout {
			t.Errorf("past the deadline: %v, want kind timeout", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*ms, cancel)
		if _, err := c.Do(gone, &llm.Request{}); llm.AsError(err).Kind != llm.Canceled {
			t.Errorf("given up: %v, want kind canceled", err)
		}
		if _, err := c.Do(t.Context(), &llm.Request{}); err != nil {
			t.Errorf("after callers that gave up: %v", err)
		}
	})
}

// Time that does not count for a strategy does not let its breaker recover: it
// opens at 0 s for 10 s, of which a pause of a minute is no part.
func TestBreakerDoesNotAgeInAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := strategies.NewBreaker(model("A", fails(0, llm.ServerError)), strategies.BreakerConfig{Failures: 1, Open: 10 * time.Second})
		var paused time.Duration
		c := strategies.Client{Strategy: b, Paused: func() time.Duration { return paused }}
		ask := func() llm.Kind {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := c.Do(ctx, &llm.Request{})
			return llm.AsError(err).Kind
		}
		var got []llm.Kind
		got = append(got, ask(), ask())
		time.Sleep(time.Minute)
		paused = time.Minute
		got = append(got, ask())
		time.Sleep(10 * time.Second)
		got = append(got, ask())
		if diff := cmp.Diff([]llm.Kind{llm.ServerError, llm.Rejected, llm.Rejected, llm.ServerError}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
