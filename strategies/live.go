package strategies

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// maxYields limits how often an exchange steps aside for a fresh attempt before
// it sets a timer and sleeps: under a microsecond in all.
const maxYields = 4

// liveExchange is the real driver of one exchange.
type liveExchange struct {
	Exchange
	req    *liveRequest
	parent *liveExchange // nil at the root
	number int           // the attempt this exchange is, -1 at the root
	index  int           // the same attempt as its parent counts
	ctx    context.Context
	wake   chan struct{} // holds a token when queue may have something

	queue     []Event       // guarded by req.mu
	attempts  []liveAttempt // guarded by req.mu
	running   int           // guarded by req.mu
	committed int           // guarded by req.mu; -1 none

	timers []liveTimer // used by the strategy's goroutine only
	set    int         // timers set so far
	fresh  bool        // an attempt was started since Next last waited
	timer  *time.Timer // wakes Next for the earliest timer

	free func() // of an exchange made for a detached attempt: gives its context back

	room struct { // where the slices begin, enough for most exchanges
		queue    [1]Event
		attempts [2]liveAttempt
		timers   [2]liveTimer
	}
}

type liveAttempt struct {
	liveCall
	cancel  context.CancelFunc
	done    chan struct{} // of a nested strategy: closed when it has returned
	expired *llm.Error    // of a nested strategy: why its time is up
}

type liveTimer struct {
	due time.Time
	id  int
}

var _ Driver = (*liveExchange)(nil)

// open prepares x for a run of a strategy on behalf of r, started as how says.
func (x *liveExchange) open(ctx context.Context, r *liveRequest, how Start, key draw.Key) {
	x.req, x.ctx, x.number, x.committed, x.wake = r, ctx, -1, -1, make(chan struct{}, 1)
	x.queue, x.attempts, x.timers = x.room.queue[:0], x.room.attempts[:0], x.room.timers[:0]
	deadline, ok := ctx.Deadline()
	if ok {
		deadline = deadline.Add(-r.paused)
	}
	x.Exchange = NewExchange(x, how.Request, key, deadline, how.Meter)
}

// run runs s in x and cancels what it left running.
func (x *liveExchange) run(s Strategy) (llm.Answer, *llm.Error) {
	defer x.close()
	ans, failure := RunGuarded(s, &x.Exchange)
	if failure != nil && x.ctx.Err() != nil {
		failure = abandonment(x.ctx)
	}
	return ans, failure
}

// close cancels the attempts still running and frees the timer.
func (x *liveExchange) close() {
	x.req.mu.Lock()
	for i := range x.attempts {
		x.lose(i)
	}
	x.req.mu.Unlock()
	for i := range x.attempts {
		x.attempts[i].unwound()
	}
	if x.timer != nil {
		x.timer.Stop()
	}
}

// Now implements [Driver].
func (x *liveExchange) Now() time.Time { return time.Now().Add(-x.req.paused) }

// Start implements [Driver].
func (x *liveExchange) Start(t Target, how Start) int {
	r := x.req
	r.mu.Lock()
	defer r.mu.Unlock()
	index := len(x.attempts)
	switch {
	case x.ctx.Err() != nil: // abandoned: nothing starts any more
		x.attempts = append(x.attempts, liveAttempt{liveCall: liveCall{number: -1}})
	case how.Detached:
		x.attempts = append(x.attempts, liveAttempt{liveCall: liveCall{number: -1}})
		x.detach(t, how, index)
	default:
		x.launch(t, how, index)
	}
	return index
}

// launch begins an attempt, which the outcome is to know by the given position
// among its parent's. The caller holds mu.
func (x *liveExchange) launch(t Target, how Start, position int) {
	r, index := x.req, len(x.attempts)
	number := r.out.Begin(t, x.number, position, how.Role, r.since())
	la := liveAttempt{liveCall: liveCall{target: t, how: how, index: index, number: number}}
	if t.model != nil {
		la.ordinal = r.ordinal(t.name, number)
		r.out.Attempts[number].Ordinal = la.ordinal
		la.refused = how.Reserve(t.name)
	} else {
		la.done = make(chan struct{})
	}
	ctx, cancel := x.limit(index, how)
	la.cancel = cancel
	x.attempts = append(x.attempts, la)
	x.running++
	x.fresh = true
	r.held++
	go x.carry(ctx, &x.attempts[index])
}

// carry is the goroutine of an attempt. Of la it reads what launch wrote and
// nobody changes: x.attempts may have moved elsewhere meanwhile.
func (x *liveExchange) carry(ctx context.Context, la *liveAttempt) {
	defer x.req.release()
	defer x.leave()
	defer la.cancel()
	var ans llm.Answer
	failure := x.perform(ctx, &la.liveCall, &ans)
	if la.done != nil {
		close(la.done)
	}
	x.complete(ctx, la.index, &ans, failure)
}

// liveCall is what the goroutine of an attempt needs to know.
type liveCall struct {
	target  Target
	how     Start
	index   int // among the exchange's attempts
	number  int // in Outcome.Attempts; -1 if it was never started
	ordinal int
	refused *llm.Error // by the meter: the call is not made
}

// perform carries an attempt out and leaves its answer in ans: what comes back
// by reference does not make the small stack of the attempt's goroutine grow.
func (x *liveExchange) perform(ctx context.Context, c *liveCall, ans *llm.Answer) (failure *llm.Error) {
	switch {
	case c.refused != nil:
		return c.refused
	case c.target.strategy != nil:
		*ans, failure = x.nest(ctx, c)
	default:
		failure = x.call(ctx, c, ans)
		ans.Attempt = c.number
		c.settle(ans.Usage)
	}
	if failure == nil {
		failure = c.target.Judge(*ans)
	}
	return failure
}

// settle tells the meter what a call to a model has used.
func (c *liveCall) settle(used llm.Usage) {
	if c.target.model != nil {
		c.how.Settle(c.target.name, used)
	}
}

// nest runs a nested strategy in an exchange below x.
func (x *liveExchange) nest(ctx context.Context, c *liveCall) (llm.Answer, *llm.Error) {
	inner := &liveExchange{}
	inner.open(ctx, x.req, c.how, x.key.Word(uint64(c.index))) //nolint:gosec // a count
	inner.parent, inner.number, inner.index = x, c.number, c.index
	return inner.run(c.target.strategy)
}

// call asks a model, for an answer that it leaves in ans.
func (x *liveExchange) call(ctx context.Context, c *liveCall, ans *llm.Answer) (failure *llm.Error) {
	defer func() {
		if p := recover(); p != nil {
			failure = panicked(p)
		}
	}()
	if c.target.model == nil {
		return ErrNoTarget
	}
	var err error
	*ans, err = c.target.model.Call(ctx, llm.Call{
		Request: c.how.Request, Ordinal: c.ordinal, FirstToken: func() { x.spoke(c.index) },
	})
	return llm.AsError(err)
}

// complete takes in the end of an attempt.
func (x *liveExchange) complete(ctx context.Context, index int, ans *llm.Answer, failure *llm.Error) {
	defer x.signal()
	r := x.req
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &r.out.Attempts[x.attempts[index].number]
	if a.Leaf {
		a.Usage, a.Whole = ans.Usage, ans.Usage.Output
	}
	if failure != nil && x.ctx.Err() != nil {
		// It failed because the whole exchange was given up: a cancelled
		// attempt, which says nothing about its target.
		x.lose(index)
		return
	}
	if failure != nil && ctx.Err() != nil {
		failure = orDefault(x.attempts[index].expired, ErrAttemptTimeout) // its own time is up
	}
	x.finish(index, ans, failure)
}

// finish ends an attempt that still runs. The caller holds mu.
func (x *liveExchange) finish(index int, ans *llm.Answer, failure *llm.Error) {
	a := &x.req.out.Attempts[x.attempts[index].number]
	if a.State != Running { // cancelled before it came to its end
		return
	}
	a.Finish(x.req.since(), failure)
	x.running--
	if failure != nil {
		x.post(Failed, index).Err = failure
	} else {
		a.Text = ans.Text
		x.post(Succeeded, index).Answer = *ans
	}
}

// spoke takes in the first token of an attempt.
func (x *liveExchange) spoke(index int) {
	x.req.mu.Lock()
	defer x.req.mu.Unlock()
	x.speak(index)
}

// speak is spoke for a caller that holds mu.
func (x *liveExchange) speak(index int) {
	a := &x.req.out.Attempts[x.attempts[index].number]
	if a.HasSpoken || a.State != Running {
		return
	}
	a.Speak(x.req.since())
	if x.attempts[index].how.Tokens {
		x.post(FirstToken, index)
		x.signal()
	}
	if x.committed == index {
		x.forward()
	}
}

// forward passes on that x itself has begun to speak. The caller holds mu.
func (x *liveExchange) forward() {
	if x.parent != nil {
		x.parent.speak(x.index)
		return
	}
	if o := &x.req.out; !o.HasSpoken {
		o.Spoke, o.HasSpoken = x.req.since(), true
	}
}

// Commit implements [Driver].
func (x *liveExchange) Commit(attempt int) {
	x.req.mu.Lock()
	defer x.req.mu.Unlock()
	x.committed = attempt
	if n := x.attempts[attempt].number; n >= 0 && x.req.out.Attempts[n].HasSpoken {
		x.forward()
	}
}

// post queues an event, for the caller to fill in the rest. The caller holds mu
// and wakes the strategy.
func (x *liveExchange) post(kind EventKind, attempt int) *Event {
	x.queue = append(x.queue, Event{})
	ev := &x.queue[len(x.queue)-1]
	ev.Kind, ev.Attempt = kind, attempt
	return ev
}

// signal wakes the strategy to look whether there is an event. It is best
// called without mu, for which the strategy would have to wait otherwise.
func (x *liveExchange) signal() {
	select {
	case x.wake <- struct{}{}:
	default: // a token is there already
	}
}

// After implements [Driver].
func (x *liveExchange) After(d time.Duration) int {
	x.timers = append(x.timers, liveTimer{due: time.Now().Add(d), id: x.set})
	x.set++
	return x.set - 1
}

// Cancel implements [Driver].
func (x *liveExchange) Cancel(attempt int) {
	x.req.mu.Lock()
	x.lose(attempt)
	x.queue = withoutAttempt(x.queue, attempt)
	x.req.mu.Unlock()
	x.attempts[attempt].unwound()
}

// unwound waits until a nested strategy has returned, so that what it shares
// between requests (a breaker's probe, a place) is given back before its caller
// goes on. It takes no time: only calls to models may linger. The attempt must
// have ended.
func (la *liveAttempt) unwound() {
	if la.done != nil {
		<-la.done
	}
}

// lose ends an attempt if it still runs. The caller holds mu.
func (x *liveExchange) lose(attempt int) {
	la := x.attempts[attempt]
	if la.number < 0 {
		return
	}
	if a := &x.req.out.Attempts[la.number]; a.State == Running {
		a.Lose(x.req.since())
		if x.ctx.Err() != nil && abandonment(x.ctx) == ErrDeadline {
			a.Err = ErrDeadline
		}
		x.running--
		if x.ctx.Err() == nil { // else it is being told why just now
			la.cancel()
		}
	}
}

// withoutAttempt drops the events of an attempt that was cancelled.
func withoutAttempt(queue []Event, attempt int) []Event {
	kept := queue[:0]
	for _, ev := range queue {
		if ev.Attempt != attempt {
			kept = append(kept, ev)
		}
	}
	return kept
}

// Note implements [Driver].
func (x *liveExchange) Note(n Note) {
	r := x.req
	r.mu.Lock()
	defer r.mu.Unlock()
	n.At = r.since()
	r.out.Notes = append(r.out.Notes, n)
}

// Next implements [Driver].
func (x *liveExchange) Next() Event {
	for {
		ev, ok, idle := x.poll()
		if ok {
			return ev
		}
		if x.ctx.Err() != nil {
			return Event{Kind: Abandoned, Err: abandonment(x.ctx)}
		}
		if x.fresh {
			x.fresh = false
			x.yield()
			continue
		}
		next := x.earliest()
		if next < 0 {
			if idle {
				panic(errIdle)
			}
			x.wait(nil)
			continue
		}
		left := time.Until(x.timers[next].due)
		if left <= 0 {
			id := x.timers[next].id
			x.timers = append(x.timers[:next], x.timers[next+1:]...)
			return Event{Kind: TimerFired, Timer: id}
		}
		x.arm(left)
		x.wait(x.timer.C)
	}
}

// yield lets an attempt that was just started run, since whoever answers at once
// spares us a timer. More than once, because another processor may take us up
// again while this one has only begun.
func (x *liveExchange) yield() {
	for i := 0; i < maxYields && len(x.wake) == 0; i++ {
		runtime.Gosched()
	}
}

// poll takes the first queued event, if any; idle says that none can come.
func (x *liveExchange) poll() (ev Event, ok, idle bool) {
	x.req.mu.Lock()
	defer x.req.mu.Unlock()
	if len(x.queue) == 0 {
		return Event{}, false, x.running == 0
	}
	ev = x.queue[0]
	x.queue = append(x.queue[:0], x.queue[1:]...)
	return ev, true, false
}

// earliest returns the position of the timer due first, or -1.
func (x *liveExchange) earliest() int {
	first := -1
	for i, t := range x.timers {
		if first < 0 || t.due.Before(x.timers[first].due) {
			first = i
		}
	}
	return first
}

func (x *liveExchange) arm(d time.Duration) {
	if x.timer == nil {
		x.timer = time.NewTimer(d)
		return
	}
	x.timer.Reset(d) // since Go 1.23 no stale tick can remain in the channel
}

func (x *liveExchange) wait(timer <-chan time.Time) {
	select {
	case <-x.wake:
	case <-timer:
	case <-x.ctx.Done():
	}
}

// abandonment says why a caller stopped waiting, given its context.
func abandonment(ctx context.Context) *llm.Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return ErrDeadline
	}
	return ErrCanceled
}
