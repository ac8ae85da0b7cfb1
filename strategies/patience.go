package strategies

import (
	"context"
	"errors"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// limit returns the context of an attempt. One that runs into its timeout fails
// then, whether or not its model takes notice.
func (x *liveExchange) limit(index int, how Start) (context.Context, context.CancelFunc) {
	switch {
	case how.FirstToken > 0:
		return x.limitSilence(index, how)
	case how.Timeout > 0:
		return x.limitTime(x.ctx, index, how.Timeout)
	default:
		return context.WithCancel(x.ctx)
	}
}

// limitTime limits how long an attempt may take.
func (x *liveExchange) limitTime(parent context.Context, index int, timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(parent, timeout)
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			x.expire(index, ErrAttemptTimeout)
		}
	})
	return ctx, func() { stop(); cancel() }
}

// limitSilence limits how long an attempt may be silent and, if that is limited
// as well, how long it may take. To whatever runs below, the end of the patience
// is a deadline that passed.
func (x *liveExchange) limitSilence(index int, how Start) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(x.ctx)
	timer := time.AfterFunc(how.FirstToken, func() {
		if x.expire(index, ErrSilent) {
			cancel(context.DeadlineExceeded)
		}
	})
	if how.Timeout <= 0 {
		return ctx, func() { timer.Stop(); cancel(nil) }
	}
	limited, stop := x.limitTime(ctx, index, how.Timeout)
	return limited, func() { timer.Stop(); stop(); cancel(nil) }
}

// expire fails an attempt whose time is up, unless it has ended, or was only to
// begin to speak in time and has.
func (x *liveExchange) expire(index int, why *llm.Error) (expired bool) {
	defer x.signal()
	x.req.mu.Lock()
	defer x.req.mu.Unlock()
	a := &x.req.out.Attempts[x.attempts[index].number]
	if x.ctx.Err() != nil || a.State != Running || why == ErrSilent && a.HasSpoken {
		return false
	}
	if la := &x.attempts[index]; la.done != nil {
		la.expired = why // a nested strategy is told by its context; complete takes it from there
		return true
	}
	x.finish(index, nil, why)
	return true
}
