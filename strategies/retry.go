package strategies

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Retry asks the same target again after a failure that may pass. It waits as
// long as the server asked for (Retry-After), else a random time of up to
// Base·2ⁿ, at most Cap, before try n+2: exponential backoff with full jitter
// [Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015]. It
// gives up at once when the wait would outlast the deadline.
type Retry struct {
	Target Target
	// Attempts is how many times to try in all; 0 means 3.
	Attempts int
	// Base is the longest first backoff; 0 means 500 ms.
	Base time.Duration
	// Cap is the longest backoff; 0 means 8 s.
	Cap time.Duration
	// Budget limits the share of requests that are retried; nil does not.
	Budget *Budget
}

var _ Strategy = Retry{}

// Run implements [Strategy].
func (r Retry) Run(x *Exchange) (llm.Answer, error) {
	r.Budget.earn()
	role := AsFirst
	for try := 1; ; try++ {
		x.Start(r.Target, Start{Role: role})
		ev := x.Next()
		if ev.Kind != Failed {
			return ev.result()
		}
		wait, again := r.again(x, try, ev.Err)
		if !again {
			return llm.Answer{}, ev.Err
		}
		x.After(wait)
		if ev := x.Next(); ev.Kind == Abandoned {
			return llm.Answer{}, ev.Err
		}
		role = AsRetry
	}
}

// again says whether to try once more after the given try failed, and when.
func (r Retry) again(x *Exchange, try int, why *llm.Error) (wait time.Duration, ok bool) {
	if try >= orDefault(r.Attempts, 3) || !why.Retryable() {
		return 0, false
	}
	wait = why.RetryAfter.After
	if !why.RetryAfter.Given {
		wait = r.backoff(try, x.Draw("backoff").Word(uint64(try)))
	}
	if left, limited := x.Left(); limited && wait >= left {
		return 0, false
	}
	if !r.Budget.spend() {
		x.Note(Note{Kind: RetryDenied, Target: r.Target.name})
		return 0, false
	}
	return wait, true
}

// backoff draws a wait in (0, min(Cap, Base·2^(try-1))).
func (r Retry) backoff(try int, key draw.Key) time.Duration {
	longest, limit := orDefault(r.Base, 500*time.Millisecond), orDefault(r.Cap, 8*time.Second)
	for ; try > 1 && longest < limit; try-- {
		longest *= 2
	}
	return time.Duration(key.Float64() * float64(min(longest, limit)))
}

// orDefault returns v, or def when v is zero.
func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
