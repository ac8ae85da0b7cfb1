package strategies_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// traces are exact histories of one request, in milliseconds. Cases with a tie
// run on the virtual driver only: on the real one the operating system decides.
var traces = []struct {
	name     string
	strategy func() strategies.Strategy
	timeout  time.Duration
	tie      bool
	want     []string
}{{
	name: "hedge wins over a slow primary",
	strategy: func() strategies.Strategy {
		return strategies.Hedge{Targets: targets(model("A", ok(5000)), model("B", ok(500))), Delay: 1000 * ms}
	},
	want: []string{"A@0 lost@1500", "B@1000 won@1500", "ok@1500"},
}, {
	name: "an answer at the delay comes before the timer",
	tie:  true,
	strategy: func() strategies.Strategy {
		return strategies.Hedge{Targets: targets(model("A", ok(1000)), model("B", ok(500))), Delay: 1000 * ms}
	},
	want: []string{"A@0 won@1000", "ok@1000"},
}, {
	name: "hedge advances at once on failure",
	strategy: func() strategies.Strategy {
		return strategies.Hedge{Targets: targets(model("A", fails(200, llm.RateLimited)), model("B", ok(300))), Delay: 1000 * ms}
	},
	want: []string{"A@0 failed@200", "B@200 won@500", "ok@500"},
}, {
	name: "a failed hedge does not end a slow primary",
	strategy: func() strategies.Strategy {
		return strategies.Hedge{Targets: targets(model("A", ok(2000)), model("B", fails(0, llm.RateLimited))), Delay: 1000 * ms}
	},
	want: []string{"A@0 won@2000", "B@1000 failed@1000", "ok@2000"},
}, {
	name: "three hedges at even distances",
	strategy: func() strategies.Strategy {
		all := targets(model("A", ok(10000)), model("B", ok(10000)), model("C", ok(10000)), model("D", ok(10000)))
		return strategies.Hedge{Targets: all, Delay: 500 * ms, MaxHedges: 3}
	},
	want: []string{"A@0 won@10000", "B@500 lost@10000", "C@1000 lost@10000", "D@1500 lost@10000", "ok@10000"},
}, {
	name:    "the deadline comes before the hedge",
	timeout: 800 * ms,
	strategy: func() strategies.Strategy {
		return strategies.Hedge{Targets: targets(model("A", ok(5000)), model("B", ok(500))), Delay: 1000 * ms}
	},
	want: []string{"A@0 lost@800", "timeout@800"},
}, {
	name: "an empty budget denies the hedge",
	strategy: func() strategies.Strategy {
		both := targets(model("A", ok(3000)), model("B", ok(500)))
		return strategies.Hedge{Targets: both, Delay: 1000 * ms, Budget: strategies.NewBudget(0)}
	},
	want: []string{"A@0 won@3000", "ok@3000"},
}, {
	name: "race: the first success, not the first completion",
	strategy: func() strategies.Strategy {
		return strategies.Race{Targets: targets(model("A", ok(900)), model("B", fails(400, llm.ServerError)), model("C", ok(700)))}
	},
	want: []string{"A@0 lost@700", "B@0 failed@400", "C@0 won@700", "ok@700"},
}, {
	name: "consensus returns as soon as the quorum agrees",
	strategy: func() strategies.Strategy {
		return strategies.Consensus{Targets: targets(
			model("1", answers(400, "A")), model("2", answers(700, "B")), model("3", answers(900, "A")),
		)}
	},
	want: []string{"1@0 won@400", "2@0 unused@700", "3@0 unused@900", "ok@900"},
}, {
	name: "consensus fails as soon as no quorum can come",
	strategy: func() strategies.Strategy {
		return strategies.Consensus{Targets: targets(
			model("1", fails(100, llm.ServerError)), model("2", fails(200, llm.ServerError)),
			model("3", fails(300, llm.RateLimited)), model("4", ok(900)), model("5", ok(900)),
		)}
	},
	want: []string{
		"1@0 failed@100", "2@0 failed@200", "3@0 failed@300", "4@0 lost@300", "5@0 lost@300", "rate_limited@300",
	},
}, {
	name: "a delay of zero races",
	strategy: func() strategies.Strategy {
		return strategies.Hedge{Targets: targets(model("A", ok(900)), model("B", ok(700)))}
	},
	want: []string{"A@0 lost@700", "B@0 won@700", "ok@700"},
}, {
	name: "retry honours Retry-After",
	strategy: func() strategies.Strategy {
		limited := fails(100, llm.RateLimited)
		limited.Failure = &llm.Error{Kind: llm.RateLimited, RetryAfter: llm.HintAfter(1500 * ms)}
		return strategies.Retry{Target: model("A", limited, ok(200))}
	},
	want: []string{"A@0 failed@100", "A@1600 won@1800", "ok@1800"},
}, {
	name:    "retry gives up when Retry-After outlasts the deadline",
	timeout: 1500 * ms,
	strategy: func() strategies.Strategy {
		limited := fails(100, llm.RateLimited)
		limited.Failure = &llm.Error{Kind: llm.RateLimited, RetryAfter: llm.HintAfter(1500 * ms)}
		return strategies.Retry{Target: model("A", limited, ok(200))}
	},
	want: []string{"A@0 failed@100", "rate_limited@100"},
}, {
	name: "retry does not repeat a permanent failure",
	strategy: func() strategies.Strategy {
		return strategies.Retry{Target: model("A", fails(100, llm.QuotaExhausted), ok(200))}
	},
	want: []string{"A@0 failed@100", "quota_exhausted@100"},
}, {
	name: "fallback moves on after a permanent failure",
	strategy: func() strategies.Strategy {
		return strategies.Fallback{Targets: targets(model("A", fails(100, llm.Auth)), model("B", ok(200)))}
	},
	want: []string{"A@0 failed@100", "B@100 won@300", "ok@300"},
}, {
	name: "fallback gives up on a target that takes too long",
	strategy: func() strategies.Strategy {
		return strategies.Fallback{Targets: targets(model("A", hangs()), model("B", ok(200))), Timeout: 700 * ms}
	},
	want: []string{"A@0 failed@700", "B@700 won@900", "ok@900"},
}, {
	name: "fallback stays where only other kinds move on",
	strategy: func() strategies.Strategy {
		both := targets(model("A", fails(100, llm.Auth)), model("B", ok(200)))
		return strategies.Fallback{Targets: both, On: []llm.Kind{llm.RateLimited}}
	},
	want: []string{"A@0 failed@100", "auth@100"},
}, {
	name: "race on the first token",
	strategy: func() strategies.Strategy {
		return strategies.Race{Targets: targets(model("A", streams(300, 900)), model("B", streams(400, 500))), On: strategies.OnFirstToken}
	},
	want: []string{"A@0 won@900", "B@0 lost@300", "ok@900"},
}, {
	name: "nested: a hedge between a fallback and a model",
	strategy: func() strategies.Strategy {
		inner := strategies.Fallback{Targets: targets(model("A", fails(300, llm.Overloaded)), model("B", ok(5000)))}
		return strategies.Hedge{Targets: targets(strategies.NestedTarget("ab", inner), model("C", ok(500))), Delay: 1000 * ms}
	},
	want: []string{"(ab@0 lost@1500)", "A@0 failed@300", "B@300 lost@1500", "C@1000 won@1500", "ok@1500"},
}, {
	name: "nested: an attempt timeout reaches the strategy inside",
	strategy: func() strategies.Strategy {
		inner := strategies.Single{Target: model("A", hangs())}
		return strategies.Fallback{Targets: targets(strategies.NestedTarget("a", inner), model("B", ok(100))), Timeout: 600 * ms}
	},
	want: []string{"(a@0 failed@600)", "A@0 lost@600", "B@600 won@700", "ok@700"},
}, {
	name: "an empty answer is a failure",
	strategy: func() strategies.Strategy {
		return strategies.Fallback{Targets: targets(model("A", answers(100, " \n")), model("B", ok(200)))}
	},
	want: []string{"A@0 failed@100", "B@100 won@300", "ok@300"},
}, {
	name:     "a panic in a strategy is the request's failure",
	strategy: func() strategies.Strategy { return panics{model("A", ok(1000))} },
	want:     []string{"A@0 lost@0", "internal@0"},
}, {
	name:     "a strategy that waits for nothing fails",
	strategy: func() strategies.Strategy { return idles{} },
	want:     []string{"internal@0"},
}}

func targets(ts ...strategies.Target) []strategies.Target { return ts }

// panics starts an attempt and panics.
type panics struct{ target strategies.Target }

func (p panics) Run(x *strategies.Exchange) (llm.Answer, error) {
	x.Start(p.target, strategies.Start{})
	panic("oops")
}

// idles waits for nothing.
type idles struct{}

func (idles) Run(x *strategies.Exchange) (llm.Answer, error) {
	x.Next()
	return llm.Answer{}, nil
}

func TestTraces(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		for _, c := range traces {
			if c.tie && d.name == "real" {
				continue
			}
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				out := d.run(t, c.strategy(), c.timeout, 0)
				if diff := cmp.Diff(c.want, trace(&out[0])); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

// An outage of 12 s under a breaker: the state machine's exact times and counts.
func TestBreakerTrace(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			var due []time.Duration
			for i := range 200 {
				due = append(due, time.Duration(i)*100*ms)
			}
			down := &outage{scripted{name: "A"}, 12 * time.Second}
			b := strategies.NewBreaker(strategies.ModelTarget(down), strategies.BreakerConfig{Failures: 5, Open: 5 * time.Second})
			out := d.run(t, b, 0, due...)
			var changes []string
			admitted, rejected := 0, 0
			for i := range out {
				for _, n := range out[i].Notes {
					switch n.Kind {
					case strategies.BreakerChanged:
						changes = append(changes, n.To.String()+"@"+(due[i]+n.At).String())
					case strategies.CallRejected:
						rejected++
					default:
					}
				}
				admitted += len(out[i].Attempts)
			}
			want := []string{
				"open@400ms", "half_open@5.4s", "open@5.4s", "half_open@10.4s", "open@10.4s", "half_open@15.4s", "closed@15.4s",
			}
			if diff := cmp.Diff(want, changes); diff != "" {
				t.Errorf("transitions (-want +got)\n%s", diff)
			}
			if admitted != 53 || rejected != 147 {
				t.Errorf("admitted %d and rejected %d, want 53 and 147", admitted, rejected)
			}
		})
	}
}
