package strategies_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// breaks speaks at one time and is cut at another, after 6 of 11 tokens.
func breaks(speaks, cut int) fault.Plan {
	p := streams(speaks, 2*cut-speaks)
	p.End, p.Until = fault.EndEOF, 6
	return p
}

// streamFallback waits 500 ms for the first token of each of its targets.
func streamFallback(restart bool, ts ...strategies.Target) strategies.Strategy {
	return strategies.Fallback{Targets: ts, FirstToken: 500 * ms, Restart: restart}
}

func TestFallbackBeforeTheFirstToken(t *testing.T) {
	t.Parallel()
	play(t, []traceCase{{
		name: "a silent target is given up, and later cancelled",
		strategy: func() strategies.Strategy {
			return streamFallback(false, model("A", streams(900, 2000)), model("B", streams(300, 1000)))
		},
		want:  []string{"A@0 failed@500", "B@500 won@1500", "ok@1500"},
		notes: []string{"moved_on@500ms"},
	}, {
		name: "one that has begun to speak may take its time",
		strategy: func() strategies.Strategy {
			return streamFallback(false, model("A", streams(400, 9000)), model("B", ok(1)))
		},
		want: []string{"A@0 won@9000", "ok@9000"},
	}, {
		name: "until its timeout",
		strategy: func() strategies.Strategy {
			return strategies.Fallback{
				Targets: targets(model("A", streams(400, 9000)), model("B", ok(10))), FirstToken: 500 * ms, Timeout: 2000 * ms, Restart: true,
			}
		},
		want:  []string{"A@0 failed@2000", "B@2000 won@2010", "ok@2010"},
		notes: []string{"restarted@2s"},
	}, {
		name: "a failure before the first token moves on at once",
		strategy: func() strategies.Strategy {
			return streamFallback(false, model("A", fails(100, llm.Overloaded)), model("B", ok(200)))
		},
		want:  []string{"A@0 failed@100", "B@100 won@300", "ok@300"},
		notes: []string{"moved_on@100ms"},
	}, {
		name: "a broken stream fails the request",
		strategy: func() strategies.Strategy {
			return streamFallback(false, model("A", breaks(100, 600)), model("B", ok(200)))
		},
		want: []string{"A@0 failed@600", "truncated@600"},
	}, {
		name: "or starts again with the next target",
		strategy: func() strategies.Strategy {
			return streamFallback(true, model("A", breaks(100, 600)), model("B", ok(200)))
		},
		want:  []string{"A@0 failed@600", "B@600 won@800", "ok@800"},
		notes: []string{"restarted@600ms"},
	}, {
		name: "a nested strategy speaks for the attempt it has committed to",
		strategy: func() strategies.Strategy {
			inner := strategies.Single{Target: model("A", streams(400, 3000))}
			return streamFallback(false, strategies.NestedTarget("inner", inner), model("B", ok(200)))
		},
		want: []string{"(inner@0 won@3000)", "A@0 won@3000", "ok@3000"},
	}, {
		name: "and is given up with all that runs below it",
		strategy: func() strategies.Strategy {
			inner := strategies.Race{Targets: targets(model("A", streams(400, 3000)), model("B", hangs()))}
			return streamFallback(false, strategies.NestedTarget("inner", inner), model("C", ok(200)))
		},
		want: []string{"(inner@0 failed@500)", "A@0 lost@500", "B@0 lost@500", "C@500 won@700", "ok@700"},
	}})
}

// A breaker below counts a target that stays silent as one that failed.
func TestSilenceCountsInABreaker(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		breaker := strategies.NewBreaker(model("A", hangs()), strategies.BreakerConfig{Failures: 1})
		out := d.run(t, streamFallback(false, strategies.NestedTarget("guard", breaker), model("B", ok(10))), 0, 0, 1000*ms)
		want := []string{"(guard@0 rejected@0)", "B@0 won@10", "ok@10"}
		if diff := cmp.Diff(want, trace(&out[1])); diff != "" {
			t.Errorf("%s (-want +got)\n%s", d.name, diff)
		}
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	race := func(restart bool, ts ...strategies.Target) func() strategies.Strategy {
		return func() strategies.Strategy {
			return strategies.Race{Targets: ts, On: strategies.OnFirstToken, Restart: restart}
		}
	}
	play(t, []traceCase{{
		name:     "a race fails with the stream it has committed to",
		strategy: race(false, model("A", breaks(100, 600)), model("B", streams(200, 700))),
		want:     []string{"A@0 failed@600", "B@0 lost@100", "truncated@600"},
	}, {
		name:     "or asks the others in turn, from the one after the winner",
		strategy: race(true, model("A", streams(300, 700)), model("B", breaks(100, 600)), model("C", streams(200, 700), fails(50, llm.Overloaded))),
		want: []string{
			"A@0 lost@100", "B@0 failed@600", "C@0 lost@100", "C@600 failed@650", "A@650 won@1350", "ok@1350",
		},
		notes: []string{"restarted@600ms", "restarted@650ms"},
	}, {
		name:     "and fails when all have failed",
		strategy: race(true, model("A", breaks(100, 600)), model("B", streams(200, 700), breaks(100, 300))),
		want:     []string{"A@0 failed@600", "B@0 lost@100", "B@600 failed@900", "truncated@900"},
	}, {
		name: "a hedge restarts after the target that spoke",
		strategy: func() strategies.Strategy {
			return strategies.Hedge{
				Targets: targets(model("A", streams(500, 900)), model("B", breaks(50, 250))), Delay: 100 * ms,
				On: strategies.OnFirstToken, Restart: true,
			}
		},
		want:  []string{"A@0 lost@150", "B@100 failed@350", "A@350 won@1250", "ok@1250"},
		notes: []string{"hedge_fired@100ms", "restarted@350ms"},
	}})
}

// The first token of a request that was restarted is the first one its caller
// saw, on both drivers and through a nested strategy.
func TestRestartKeepsTheFirstToken(t *testing.T) {
	t.Parallel()
	race := strategies.Race{
		Targets: targets(model("A", breaks(100, 600)), model("B", streams(200, 700))), On: strategies.OnFirstToken, Restart: true,
	}
	for name, s := range map[string]strategies.Strategy{
		"alone":    race,
		"nested":   strategies.Single{Target: strategies.NestedTarget("race", race)},
		"fallback": streamFallback(true, model("A", breaks(100, 600)), model("B", streams(200, 700))),
	} {
		for _, d := range drivers {
			out := d.run(t, s, 0, 0)[0]
			if out.Err != nil || out.Spoke != 100*ms || out.Took != 1300*ms {
				t.Errorf("%s, %s: spoke at %v of %v (%v), want 100ms of 1.3s", d.name, name, out.Spoke, out.Took, out.Err)
			}
			broken := slices.IndexFunc(out.Attempts, func(a strategies.Attempt) bool { return a.Leaf })
			if wasted := out.Attempts[broken].Usage.Output; wasted != 6 {
				t.Errorf("%s, %s: the broken stream is billed %d tokens, want 6", d.name, name, wasted)
			}
		}
	}
}

// The first of n exponential first tokens comes after an exponential time of n
// times the rate, so a race on the first token speaks n times as soon.
func TestRaceOnFirstTokenClosedForm(t *testing.T) {
	t.Parallel()
	const n, requests = 3, 20_000
	var ts []strategies.Target
	for i := range n {
		ts = append(ts, exponential.model(fmt.Sprint(i)))
	}
	var first []float64
	simulate(t, strategies.Race{Targets: ts, On: strategies.OnFirstToken}, requests, time.Second, func(o *strategies.Outcome) {
		first = append(first, o.Spoke.Seconds())
	})
	checkMean(t, "first token", first, 1.0/n, 1.0/n)
}

// A patience of d outlasts an exponential first token with mean 1 in all but
// exp(-d) of the requests.
func TestPatienceClosedForm(t *testing.T) {
	t.Parallel()
	const requests = 20_000
	f := strategies.Fallback{Targets: targets(exponential.model("A"), exponential.model("B")), FirstToken: 700 * ms}
	moved := 0
	simulate(t, f, requests, time.Second, func(o *strategies.Outcome) {
		if len(o.Attempts) > 1 {
			moved++
		}
	})
	checkShare(t, "moved on", moved, requests, math.Exp(-0.7))
}
