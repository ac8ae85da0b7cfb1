package strategies_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// fickle cancels an attempt when another one has answered, and writes down what
// it hears until its timer fires.
type fickle struct {
	targets []strategies.Target
	busy    time.Duration // spends so long before it listens, real clock only
	heard   *[]strategies.EventKind
}

func (f fickle) Run(x *strategies.Exchange) (llm.Answer, error) {
	for _, t := range f.targets {
		x.Start(t, strategies.Start{})
	}
	x.After(time.Second)
	if f.busy > 0 {
		time.Sleep(f.busy)
	}
	first := x.Next()
	x.Cancel(1 - first.Attempt)
	*f.heard = append(*f.heard, first.Kind)
	for {
		ev := x.Next()
		*f.heard = append(*f.heard, ev.Kind)
		if ev.Kind == strategies.TimerFired {
			return first.Answer, nil
		}
	}
}

// instant answers without waiting for anything.
type instant struct{}

func (instant) Run(*strategies.Exchange) (llm.Answer, error) {
	return llm.Answer{Text: "yes", Attempt: -1}, nil
}

// No event comes from an attempt that was cancelled, even if it had come to its
// end and its event was waiting; timers are not lost with it.
func TestCancelDropsWaitingEvents(t *testing.T) {
	t.Parallel()
	now := strategies.NestedTarget("now", instant{})
	for name, ts := range map[string][]strategies.Target{
		"at the same instant": targets(model("A", ok(50)), model("B", ok(50))),
		"while starting":      targets(now, now),
	} {
		for _, d := range drivers {
			var heard []strategies.EventKind
			f := fickle{targets: ts, heard: &heard}
			if d.name == "real" {
				f.busy = 100 * ms
			}
			d.run(t, f, 0, 0)
			if diff := cmp.Diff([]strategies.EventKind{strategies.Succeeded, strategies.TimerFired}, heard); diff != "" {
				t.Errorf("%s, %s (-want +got)\n%s", d.name, name, diff)
			}
		}
	}
}

// An attempt made first by a nested strategy counts as what that was started
// as; what it does after that has roles of its own.
func TestRolesOfNestedAttempts(t *testing.T) {
	t.Parallel()
	inner := strategies.Fallback{Targets: targets(model("A", fails(10, llm.Overloaded)), model("B", fails(10, llm.Overloaded)))}
	deep := strategies.Single{Target: strategies.NestedTarget("inner", inner)}
	h := strategies.Hedge{
		Targets: targets(model("P", ok(1000)), strategies.NestedTarget("deep", deep)), Delay: 100 * ms,
	}
	for _, d := range drivers {
		var got []string
		for _, a := range d.run(t, h, 0, 0)[0].Attempts {
			got = append(got, a.Target+" "+a.Role.String())
		}
		want := []string{"P first", "deep hedge", "inner hedge", "A hedge", "B fallback"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", d.name, diff)
		}
	}
}

// A fallback waits 30 s for a target, a breaker stays open for 60 s.
func TestDefaultTimes(t *testing.T) {
	t.Parallel()
	play(t, []traceCase{{
		name: "fallback",
		strategy: func() strategies.Strategy {
			return strategies.Fallback{Targets: targets(model("A", hangs()), model("B", ok(1)))}
		},
		want: []string{"A@0 failed@30000", "B@30000 won@30001", "ok@30001"},
	}})
	for _, d := range drivers {
		due := []time.Duration{0, time.Minute - 1, time.Minute}
		b := strategies.NewBreaker(model("A", bad(0)), strategies.BreakerConfig{Failures: 1})
		out := d.run(t, b, 0, due...)
		if len(out[1].Attempts) != 0 || len(out[2].Attempts) != 1 {
			t.Errorf("%s: %d and %d calls just before and at 60 s, want 0 and 1", d.name, len(out[1].Attempts), len(out[2].Attempts))
		}
	}
}
