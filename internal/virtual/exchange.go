package virtual

import (
	"errors"
	"iter"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/strategies"
)

// exchange is the virtual driver of one exchange. Its strategy runs in a
// coroutine, which is kept for the next exchange when the strategy returns,
// because creating one is most of the cost of a request.
type exchange struct {
	strategies.Exchange
	sim        *sim
	req        *request
	up         *attempt // what this exchange is to the one above; nil at the root
	number     int      // the same in the outcome; -1 at the root
	generation uint32
	strategy   strategies.Strategy
	request    *llm.Request // what it is asked
	key        draw.Key
	deadline   time.Duration // 0: none
	meter      strategies.Meter
	listened   bool // somebody above waits for first tokens
	aside      bool // made for a detached attempt; runs no strategy

	queue     []strategies.Event
	attempts  []*attempt
	running   int // attempts
	timers    int // set so far
	pending   int // timers not yet fired
	committed int // -1: none
	pledged   time.Duration
	said      time.Duration // when the attempts committed to before began to speak
	hasSaid   bool

	abandoned *llm.Error // why the caller gave up
	detached  bool       // nobody waits for the result
	suspended bool       // in Next
	stopped   bool       // the simulation is over
	done      bool
	answer    llm.Answer
	failure   *llm.Error

	yield func(struct{}) bool
	next  func() (struct{}, bool)
	stop  func()
}

var _ strategies.Driver = (*exchange)(nil)

// exchange returns an unused exchange for r.
func (s *sim) exchange(r *request, key draw.Key) *exchange {
	var x *exchange
	if n := len(s.idle); n > 0 {
		x = s.idle[n-1]
		s.idle = s.idle[:n-1]
	} else {
		x = &exchange{sim: s}
		x.next, x.stop = iter.Pull(x.loop)
	}
	x.req, x.key, x.up, x.number, x.deadline, x.listened = r, key, nil, -1, 0, false
	x.queue, x.attempts = x.queue[:0], x.attempts[:0]
	x.running, x.timers, x.pending, x.committed = 0, 0, 0, -1
	x.meter, x.hasSaid = nil, false
	x.abandoned, x.detached, x.suspended, x.done, x.aside = nil, false, false, false, false
	return x
}

// loop is the body of the coroutine: one strategy after the other.
func (x *exchange) loop(yield func(struct{}) bool) {
	x.yield = yield
	for !x.stopped {
		x.answer, x.failure = strategies.RunGuarded(x.strategy, &x.Exchange)
		x.done = true
		if !yield(struct{}{}) {
			return
		}
	}
}

// begin runs x's strategy until it first waits, or ends.
func (s *sim) begin(x *exchange) {
	var deadline time.Time
	if x.deadline > 0 {
		deadline = epoch.Add(x.deadline)
	}
	x.Exchange = strategies.NewExchange(x, x.request, x.key, deadline, x.meter)
	s.resume(x)
}

// resume runs x's strategy until it waits again, or ends.
func (s *sim) resume(x *exchange) {
	x.suspended = false
	x.next()
	if x.done {
		s.finish(x)
	}
}

// post adds an event for x, and lets its strategy have it if it waits.
func (s *sim) post(x *exchange, ev strategies.Event) {
	if x.aside {
		s.part(x)
		return
	}
	x.queue = append(x.queue, ev)
	if x.suspended {
		s.resume(x)
	}
}

// finish takes in what x's strategy returned, and cancels what it left running.
func (s *sim) finish(x *exchange) {
	for _, a := range x.attempts {
		s.cancel(a, strategies.ErrCanceled)
	}
	if x.failure != nil && x.abandoned != nil {
		x.failure = x.abandoned
	}
	x.generation++ // voids its timers and deadline
	if x.up == nil {
		s.settle(x.req)
	} else {
		s.hand(x)
	}
	s.recycle(x)
}

// hand passes the result of an inner exchange up, if it is still wanted.
func (s *sim) hand(x *exchange) {
	x.up.child = nil
	if at, ok := x.spoke(); ok {
		x.req.outcome.Attempts[x.number].Speak(at)
	}
	if !x.detached {
		s.end(x.up, x.answer, x.failure)
	}
}

// recycle keeps x and its attempts for later use.
func (s *sim) recycle(x *exchange) {
	for _, a := range x.attempts {
		a.generation++
		s.spare = append(s.spare, a)
	}
	x.attempts = x.attempts[:0]
	s.idle = append(s.idle, x)
}

// abandon tells x that its caller gave up: what runs is cancelled, and the
// strategy gets to return.
func (s *sim) abandon(x *exchange, why *llm.Error) {
	x.abandoned = why
	for _, a := range x.attempts {
		s.cancel(a, why)
	}
	if x.aside {
		s.part(x)
		return
	}
	x.queue = x.queue[:0]
	s.resume(x)
}

// elapsed returns the time since the request began.
func (x *exchange) elapsed() time.Duration { return x.Now().Sub(x.req.outcome.Began) }

// spoke returns when the first of the attempts x has committed to that spoke
// began to, as far as the caller of x can tell.
func (x *exchange) spoke() (time.Duration, bool) {
	if x.hasSaid {
		return x.said, true
	}
	if x.committed < 0 {
		return 0, false
	}
	n := x.attempts[x.committed].number
	if n < 0 {
		return 0, false
	}
	a := &x.req.outcome.Attempts[n]
	return max(a.Spoke, x.pledged), a.HasSpoken
}

// Now implements [strategies.Driver].
func (x *exchange) Now() time.Time { return epoch.Add(x.sim.now) }

// After implements [strategies.Driver].
func (x *exchange) After(d time.Duration) int {
	id := x.timers
	x.timers++
	if x.abandoned == nil {
		x.pending++
		x.sim.after(d, event{kind: timerFires, exchange: x, generation: x.generation, timer: int32(id)}) //nolint:gosec // a strategy sets few timers
	}
	return id
}

// Note implements [strategies.Driver].
func (x *exchange) Note(n strategies.Note) {
	n.At = x.elapsed()
	x.req.outcome.Notes = append(x.req.outcome.Notes, n)
}

// Commit implements [strategies.Driver].
func (x *exchange) Commit(index int) {
	x.said, x.hasSaid = x.spoke()
	x.committed, x.pledged = index, x.elapsed()
	a := x.attempts[index]
	if x.up != nil && a.number >= 0 && x.req.outcome.Attempts[a.number].HasSpoken {
		x.sim.speak(x.up.owner, x.up)
	}
}

// Cancel implements [strategies.Driver].
func (x *exchange) Cancel(index int) {
	x.sim.cancel(x.attempts[index], strategies.ErrCanceled)
	kept := x.queue[:0]
	for _, ev := range x.queue {
		if ev.Kind == strategies.TimerFired || ev.Attempt != index {
			kept = append(kept, ev)
		}
	}
	x.queue = kept
}

// errIdle is what a strategy panics with that waits for nothing.
var errIdle = errors.New("strategies: Next called with no attempt running and no timer set")

// Next implements [strategies.Driver].
func (x *exchange) Next() strategies.Event {
	for {
		if len(x.queue) > 0 {
			ev := x.queue[0]
			x.queue = append(x.queue[:0], x.queue[1:]...)
			return ev
		}
		if x.abandoned != nil {
			return strategies.Event{Kind: strategies.Abandoned, Err: x.abandoned}
		}
		if x.running == 0 && x.pending == 0 {
			panic(errIdle)
		}
		x.suspended = true
		if !x.yield(struct{}{}) {
			x.stopped, x.abandoned = true, strategies.ErrCanceled
		}
	}
}
