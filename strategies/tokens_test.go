package strategies_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// A request speaks when the attempt its strategy has committed to speaks, as
// far down as every level commits; where one does not, it speaks when that
// level returns.
func TestFirstTokenThroughNesting(t *testing.T) {
	t.Parallel()
	nest := strategies.NestedTarget
	single := func(t strategies.Target) strategies.Strategy { return strategies.Single{Target: t} }
	guard := func(t strategies.Target) strategies.Strategy {
		return strategies.NewBreaker(t, strategies.BreakerConfig{})
	}
	first := func(ts ...strategies.Target) strategies.Strategy {
		return strategies.Race{Targets: ts, On: strategies.OnFirstToken}
	}
	answer := func(ts ...strategies.Target) strategies.Strategy { return strategies.Race{Targets: ts} }
	a, b := model("A", streams(300, 900)), model("B", streams(200, 2000))
	for _, c := range []struct {
		name     string
		strategy strategies.Strategy
		spoke    int
		took     int
	}{
		{"single", single(a), 300, 900},
		{"breaker in single", single(nest("1", guard(a))), 300, 900},
		{"three levels", single(nest("1", guard(nest("2", single(a))))), 300, 900},
		{"race on first token", first(a, b), 200, 2000},
		{"race on first token between guarded models", first(nest("1", guard(a)), nest("2", guard(b))), 200, 2000},
		{"a race inside a race, both on first token", first(nest("1", first(a, b)), model("C", ok(250))), 200, 2000},
		{"a silent strategy speaks when it returns", first(nest("1", answer(a)), b), 200, 2000},
		{"a silent strategy that returns first wins", first(nest("1", answer(model("C", streams(10, 150)))), b), 150, 150},
		{"race on the answer commits to nobody", answer(a, b), 900, 900},
		{"inside a race on the answer", single(nest("1", answer(a, b))), 900, 900},
		{
			"hedge on first token between guarded models",
			strategies.Hedge{Targets: targets(nest("1", guard(a)), nest("2", guard(model("B", streams(50, 700))))), Delay: 100 * ms, On: strategies.OnFirstToken},
			150, 800,
		},
	} {
		for _, d := range drivers {
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				out := d.run(t, c.strategy, 0, 0)[0]
				want := [2]time.Duration{time.Duration(c.spoke) * ms, time.Duration(c.took) * ms}
				if got := [2]time.Duration{out.Spoke, out.Took}; out.Err != nil || !out.HasSpoken || got != want {
					t.Errorf("spoke and took %v (%v), want %v", got, out.Err, want)
				}
			})
		}
	}
}

// late commits to an attempt some time after it has begun to speak: the caller
// hears the first token then, not before.
type late struct {
	target strategies.Target
	after  time.Duration
}

func (l late) Run(x *strategies.Exchange) (llm.Answer, error) {
	n := x.Start(l.target, strategies.Start{})
	x.After(l.after)
	for {
		switch ev := x.Next(); ev.Kind {
		case strategies.TimerFired:
			x.Commit(n)
		case strategies.Succeeded:
			return ev.Answer, nil
		default:
			return llm.Answer{}, ev.Err
		}
	}
}

func TestFirstTokenOfALateCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ commit, spoke int }{{500, 500}, {100, 300}} {
		inner := late{target: model("A", streams(300, 900)), after: time.Duration(c.commit) * ms}
		for name, s := range map[string]strategies.Strategy{
			"alone": inner, "nested": strategies.Single{Target: strategies.NestedTarget("late", inner)},
		} {
			for _, d := range drivers {
				out := d.run(t, s, 0, 0)[0]
				if out.Spoke != time.Duration(c.spoke)*ms || out.Took != 900*ms {
					t.Errorf("%s, %s, commit at %d ms: spoke at %v of %v, want %d ms", d.name, name, c.commit, out.Spoke, out.Took, c.spoke)
				}
			}
		}
	}
}
