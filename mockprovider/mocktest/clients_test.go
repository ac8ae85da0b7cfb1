package mocktest_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// conduct is what a client does, and what the test then says of it.
type conduct func(ctx context.Context, srv *mocktest.Server) mocktest.Rules

// again asks the same so many times, with a pause in between.
func again(times int, pause time.Duration, rules mocktest.Rules) conduct {
	return func(ctx context.Context, srv *mocktest.Server) mocktest.Rules {
		for i := range times {
			if i > 0 {
				time.Sleep(pause)
			}
			ask(ctx, srv, "hi")
		}
		return rules
	}
}

// race asks two models at once; leave says whether it leaves the slow one when
// the fast one has answered.
func race(leave bool) conduct {
	return func(ctx context.Context, srv *mocktest.Server) mocktest.Rules {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { askModel(ctx, srv, "slow", "hi") })
		ask(ctx, srv, "hi")
		if leave {
			cancel()
		}
		all.Wait()
		return mocktest.Rules{}
	}
}

// TestVerdict_clients: of two clients in the same weather the verdict finds out
// the bad one, and lets the good one be.
func TestVerdict_clients(t *testing.T) {
	t.Parallel()
	const second = time.Second
	accepted := mocktest.Rules{Accepted: []string{"hi"}}
	for want, c := range map[mocktest.Fault]struct {
		weather   fault.Fault
		bad, good conduct
	}{
		mocktest.IgnoredRetryAfter: {
			fault.Status{Code: 429, RetryAfter: llm.HintAfter(9 * second)},
			again(2, 9*second-time.Millisecond, mocktest.Rules{}), again(2, 9*second, mocktest.Rules{}),
		},
		mocktest.RetriedPermanent: {fault.Status{Code: 401}, again(2, time.Hour, mocktest.Rules{}), again(1, 0, mocktest.Rules{})},
		mocktest.RetryStorm:       {fault.Status{Code: 500}, again(6, second, mocktest.Rules{}), again(5, second, mocktest.Rules{})},
		mocktest.AcceptedBroken:   {fault.Truncate{Share: 0.5}, again(2, second, accepted), again(2, second, mocktest.Rules{})},
		mocktest.LoserNotCancelled: {
			fault.Latency{Multiply: 1}, race(false), race(true),
		},
		mocktest.ExceededBudget: {
			fault.Latency{Multiply: 1}, again(4, second, mocktest.Rules{Budget: 30}), again(3, second, mocktest.Rules{Budget: 30}),
		},
	} {
		for name, client := range map[string]conduct{"bad": c.bad, "good": c.good} {
			t.Run(string(want)+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					fast, slow := fast("m"), fast("slow")
					fast.OutputTokens, fast.Price = draw.Constant(10), llm.Price{Output: 1_000_000} // a dollar a token
					slow.Latency = draw.Constant(10 * second)
					srv := mocktest.StartInBubble(t, mockprovider.Config{
						Models: []mockprovider.Settings{fast, slow}, Faults: []fault.Window{{Fault: c.weather}},
					})
					watched := &recorder{TB: t}
					found := srv.Verdict(watched, client(t.Context(), srv))
					caught := len(found) == 1 && found[0].Fault == want && watched.errors == 1
					if name == "bad" && !caught || name == "good" && len(found) > 0 {
						t.Errorf("found %v", found)
					}
				})
			})
		}
	}
}
