package strategies

import (
	"context"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Client runs a strategy on the real clock: attempts are goroutines with a
// context, timers are timers. It is what a service uses. A Client is safe for
// concurrent use; its fields must not change once Do has been called.
type Client struct {
	Strategy Strategy
	// Timeout limits each request; 0 leaves it to the caller's context.
	Timeout time.Duration
	// Seed keys the random choices of strategies (jitter, hedging with a
	// probability) together with the request's ID.
	Seed uint64
	// Settled, if not nil, is called once per request when its last attempt
	// has ended, which may be after Do returned, since Do does not wait for
	// cancelled losers. Calls may be concurrent.
	Settled func(*Outcome)
	// Paused, if not nil, returns how much of the time so far does not count for
	// the strategy: what it keeps between requests, such as an open breaker, has
	// not aged by it. It is asked when a request begins and must not change while
	// one is under way. A benchmark whose strategies take turns needs it.
	Paused func() time.Duration

	pending sync.WaitGroup
}

// Do asks the strategy for an answer. The error is always an [*llm.Error].
// Losers are cancelled when Do returns but may take a moment to notice; Wait
// waits for them.
func (c *Client) Do(ctx context.Context, req *llm.Request) (llm.Answer, error) {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	c.pending.Add(1)
	r := &liveRequest{client: c, held: 1, out: Outcome{Request: req, Began: time.Now()}}
	r.out.Attempts = r.room[:0]
	if c.Paused != nil {
		r.paused = c.Paused()
	}
	r.root.open(ctx, r, Start{Request: req}, draw.New(c.Seed).Word(req.ID).Name("strategy"))
	ans, failure := r.root.run(c.Strategy)

	r.mu.Lock()
	r.out.Conclude(ans, failure, r.since())
	r.mu.Unlock()
	r.release()
	if failure != nil {
		return ans, failure
	}
	return ans, nil
}

// Wait blocks until every attempt of every request has ended.
func (c *Client) Wait() { c.pending.Wait() }

// liveRequest is one request on the real driver: the outcome under
// construction, shared by the exchanges of its strategy and those nested in it.
type liveRequest struct {
	client *Client
	paused time.Duration // see Client.Paused

	mu   sync.Mutex
	out  Outcome // guarded by mu, except Request and Began
	held int     // guarded by mu; goroutines that may still write to out

	root liveExchange
	room [2]Attempt // where out.Attempts begins
}

func (r *liveRequest) since() time.Duration { return time.Since(r.out.Began) }

// release drops one hold; the last one shows the outcome.
func (r *liveRequest) release() {
	r.mu.Lock()
	r.held--
	last := r.held == 0
	r.mu.Unlock()
	if !last {
		return
	}
	if r.client.Settled != nil {
		r.client.Settled(&r.out)
	}
	r.client.pending.Done()
}

// ordinal returns how often the named model has been called before the attempt
// with the given number. The caller holds mu.
func (r *liveRequest) ordinal(model string, number int) int {
	n := 0
	for i := range r.out.Attempts[:number] {
		if a := &r.out.Attempts[i]; a.Leaf && a.Target == model {
			n++
		}
	}
	return n
}
