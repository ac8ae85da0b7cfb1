package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Timeouts limit one call. Zero means no limit but the caller's context.
type Timeouts struct {
	// Connect is how long there may be no connection, handshakes included.
	Connect time.Duration
	// Headers and FirstToken are how long the response's headers and its first
	// token may take from the moment there is a connection.
	Headers, FirstToken time.Duration
	// Idle is how long a stream may be silent between two tokens.
	Idle time.Duration
	// Total is how long the whole call may take.
	Total time.Duration
}

// Phase is a part of a call that has a limit of its own in [Timeouts].
type Phase uint8

// The phases of a call.
const (
	Connecting Phase = iota
	AwaitingHeaders
	AwaitingFirstToken
	Streaming // between two tokens
	WholeCall // from its beginning to its end
	phases
)

// TimeoutError is the cause of a call's failure at one of its [Timeouts]. The
// failure's kind is [llm.Connection] while connecting, else [llm.Timeout].
type TimeoutError struct {
	Phase Phase
	Limit time.Duration
}

// Error says what had not happened, and after how long.
func (e *TimeoutError) Error() string {
	missing := [phases]string{
		"no connection after %v", "no response headers after %v", "no first token after %v",
		"no further token for %v", "the answer was not complete after %v",
	}
	return fmt.Sprintf(missing[e.Phase], e.Limit)
}

// Timeout implements the method of [net.Error] by which timeouts are told.
func (e *TimeoutError) Timeout() bool { return true }

func (e *TimeoutError) failure() *llm.Error {
	kind := llm.Timeout
	if e.Phase == Connecting {
		kind = llm.Connection
	}
	return &llm.Error{Kind: kind, Cause: e}
}

// guard cancels a call whose phase takes too long.
type guard struct {
	limits [phases]time.Duration
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	timers [phases]*time.Timer // guarded by mu; of the phases under way
	ended  bool                // guarded by mu
}

func newGuard(t Timeouts, cancel context.CancelCauseFunc) *guard {
	return &guard{limits: [phases]time.Duration{t.Connect, t.Headers, t.FirstToken, t.Idle, t.Total}, cancel: cancel}
}

// begin starts the clocks of phases, anew if they were running.
func (g *guard) begin(all ...Phase) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range all {
		limit := g.limits[p]
		switch {
		case limit <= 0 || g.ended:
		case g.timers[p] == nil:
			g.timers[p] = time.AfterFunc(limit, func() { g.cancel(&TimeoutError{Phase: p, Limit: limit}) })
		default:
			g.timers[p].Reset(limit)
		}
	}
}

// end stops the clocks of phases.
func (g *guard) end(all ...Phase) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range all {
		if t := g.timers[p]; t != nil {
			t.Stop()
		}
	}
}

// close stops every clock for good.
func (g *guard) close() {
	g.end(Connecting, AwaitingHeaders, AwaitingFirstToken, Streaming, WholeCall)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
}

// orTimeout returns err, or the timeout that is behind it.
func orTimeout(ctx context.Context, err error) error {
	if _, known := errors.AsType[*llm.Error](err); known || err == nil {
		return err
	}
	if t, ok := errors.AsType[*TimeoutError](context.Cause(ctx)); ok {
		return t.failure()
	}
	return err
}
