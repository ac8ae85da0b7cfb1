package virtual

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// attempt is one attempt of an exchange, at a model or at a nested strategy.
type attempt struct {
	owner      *exchange
	index      int // among owner.attempts
	number     int // in the outcome; -1 if it was never started
	generation uint32
	seq        uint64
	running    bool
	tokens     bool // the owner wants to hear the first token
	awaited    bool // it must begin to speak in time
	target     strategies.Target
	request    *llm.Request // what it asks
	how        strategies.Start

	child *exchange // of a nested strategy

	plan    fault.Plan // of a model
	station *fault.Station
	place   standing
	served  time.Duration // when the model took it on
}

// standing is an attempt's relation to its model's station.
type standing uint8

const (
	outside standing = iota // never went in, or has left
	waiting
	inside
)

// errUnplanned is the failure of an attempt at a model that cannot be simulated.
var errUnplanned = &llm.Error{Kind: llm.Internal, Message: "the model cannot run on the virtual clock"}

// Start implements [strategies.Driver].
func (x *exchange) Start(t strategies.Target, how strategies.Start) int {
	a := x.sim.attempt(x, t)
	switch {
	case x.abandoned != nil:
	case how.Detached:
		x.sim.detach(a, how)
	default:
		x.sim.launch(a, how, a.index)
	}
	return a.index
}

// launch begins an attempt, which the outcome is to know by the given position
// among its parent's.
func (s *sim) launch(a *attempt, how strategies.Start, position int) {
	x, t := a.owner, a.target
	a.number = x.req.outcome.Begin(t, x.number, position, how.Role, x.elapsed())
	a.how, a.tokens, a.awaited, a.running = how, how.Tokens, how.FirstToken > 0, true
	if a.request = how.Request; a.request == nil {
		a.request = x.request
	}
	x.running++
	if how.Timeout > 0 {
		s.after(how.Timeout, event{kind: attemptExpires, attempt: a, generation: a.generation})
	}
	if a.awaited {
		s.after(how.FirstToken, event{kind: patienceEnds, attempt: a, generation: a.generation})
	}
	switch {
	case t.Strategy() != nil:
		s.nest(a, how)
	case t.Model() != nil:
		s.call(a)
	default:
		s.end(a, llm.Answer{}, strategies.ErrNoTarget)
	}
}

// attempt returns an unused attempt, as the next of x.
func (s *sim) attempt(x *exchange, t strategies.Target) *attempt {
	var a *attempt
	if n := len(s.spare); n > 0 {
		a = s.spare[n-1]
		s.spare = s.spare[:n-1]
	} else {
		a = &attempt{}
	}
	s.seq++
	a.owner, a.index, a.number, a.seq, a.target = x, len(x.attempts), -1, s.seq, t
	a.running, a.tokens, a.awaited, a.child, a.station, a.place, a.served = false, false, false, nil, nil, outside, s.now
	x.attempts = append(x.attempts, a)
	return a
}

// nest begins an attempt at a strategy.
func (s *sim) nest(a *attempt, how strategies.Start) {
	x := a.owner
	inner := s.exchange(x.req, x.key.Word(uint64(a.index)))
	inner.up, inner.number = a, a.number
	inner.strategy, inner.request = a.target.Strategy(), a.request
	inner.meter = how.Meter
	inner.listened = a.tokens || a.awaited || x.listened
	inner.deadline = x.deadline
	if own := s.now + how.Timeout; how.Timeout > 0 && (inner.deadline == 0 || own < inner.deadline) {
		inner.deadline = own
	}
	a.child = inner
	s.begin(inner)
}

// call begins an attempt at a model.
func (s *sim) call(a *attempt) {
	p, ok := a.target.Model().(Planner)
	if !ok {
		a.how.Meter = nil
		s.end(a, llm.Answer{}, errUnplanned)
		return
	}
	r := a.owner.req
	n := r.ordinal(p)
	r.outcome.Attempts[a.number].Ordinal = n
	if refused := a.how.Reserve(a.target.Name()); refused != nil {
		a.plan, a.how.Meter = fault.Plan{End: fault.EndRefuse}, nil // nothing to bill, nothing to settle
		s.end(a, llm.Answer{}, refused)
		return
	}
	p.Plan(&a.plan, a.request, n, s.now)
	if !a.plan.Accepted() { // turned away at the door, takes no place
		s.perform(a)
		return
	}
	if a.station = p.Station(); a.station == nil {
		s.perform(a)
		return
	}
	switch a.station.Enter(s.now, a) {
	case fault.Served:
		a.place = inside
		s.perform(a)
	case fault.Queued:
		a.place = waiting
	default:
		a.station.TurnAway(&a.plan, s.now)
		s.perform(a)
	}
}

// Serve implements [fault.Waiter]: the model takes on an attempt that queued.
func (a *attempt) Serve(at time.Duration) {
	a.place, a.served = inside, at
	a.owner.sim.perform(a)
}

// perform schedules what the plan says.
func (s *sim) perform(a *attempt) {
	if at, ok := a.plan.Speaks(); ok && (a.tokens || a.awaited || a.owner.listened) {
		s.expect(attemptSpeaks, a, at)
	}
	if d, ok := a.plan.Lasts(); ok {
		s.expect(attemptEnds, a, d)
	}
}

// expect queues an event of an attempt for d after it was taken on.
func (s *sim) expect(kind eventKind, a *attempt, d time.Duration) {
	s.todo.push(event{
		at: a.served + max(d, 0), order: order(kind, a.seq<<1|uint64(kind)), kind: kind,
		attempt: a, generation: a.generation,
	})
}

// complete ends an attempt at a model as its plan says.
func (s *sim) complete(a *attempt) {
	if !a.running {
		return
	}
	ans, failure := a.plan.Result(a.target.Name())
	ans.Attempt = a.number
	s.end(a, ans, failure)
}

// end takes in an attempt that came to its end by itself.
func (s *sim) end(a *attempt, ans llm.Answer, failure *llm.Error) {
	if failure == nil {
		failure = a.target.Judge(ans)
	}
	x := a.owner
	s.close(a)
	rec := &x.req.outcome.Attempts[a.number]
	rec.Finish(x.elapsed(), failure)
	if failure != nil {
		s.post(x, strategies.Event{Kind: strategies.Failed, Attempt: a.index, Err: failure})
		return
	}
	rec.Text = ans.Text
	s.post(x, strategies.Event{Kind: strategies.Succeeded, Attempt: a.index, Answer: ans})
}

// expire fails an attempt whose own time is up.
func (s *sim) expire(a *attempt, why *llm.Error) {
	if !a.running {
		return
	}
	s.close(a)
	s.dismiss(a, strategies.ErrDeadline)
	s.end(a, llm.Answer{}, why)
}

// hasSpoken says whether the attempt has begun to speak.
func (a *attempt) hasSpoken() bool { return a.owner.req.outcome.Attempts[a.number].HasSpoken }

// cancel ends an attempt that nobody waits for any more.
func (s *sim) cancel(a *attempt, why *llm.Error) {
	if !a.running {
		return
	}
	s.close(a)
	rec := &a.owner.req.outcome.Attempts[a.number]
	rec.Lose(a.owner.elapsed())
	if why == strategies.ErrDeadline {
		rec.Err = why
	}
	s.dismiss(a, why)
}

// dismiss abandons the exchange of a nested strategy.
func (s *sim) dismiss(a *attempt, why *llm.Error) {
	if inner := a.child; inner != nil {
		inner.detached = true
		s.abandon(inner, why)
	}
}

// close stops an attempt that runs: it leaves its model, its events are void,
// and what it has used is written down.
func (s *sim) close(a *attempt) {
	if !a.running {
		return
	}
	a.running = false
	a.owner.running--
	a.generation++
	if a.target.Strategy() != nil || a.target.Model() == nil {
		return
	}
	s.bill(a)
	a.how.Settle(a.target.Name(), a.owner.req.outcome.Attempts[a.number].Usage)
	switch a.place {
	case inside:
		a.place = outside
		a.station.Leave(s.now)
	case waiting:
		a.place = outside
		a.station.Quit(s.now, a)
	case outside:
	}
}

// bill writes down what an attempt at a model has used until now, and its first
// token if that has come.
func (s *sim) bill(a *attempt) {
	rec := &a.owner.req.outcome.Attempts[a.number]
	if a.place == waiting {
		return // the model has not begun
	}
	elapsed := s.now - a.served
	rec.Usage = a.plan.Billed(elapsed)
	rec.Whole = rec.Usage.Output
	if rec.Usage != (llm.Usage{}) {
		rec.Whole = a.plan.Tokens
	}
	if at, ok := a.plan.Speaks(); ok && at <= elapsed {
		rec.Speak(a.served + at - Since(a.owner.req.outcome.Began))
	}
}

// speak takes in that an attempt began to speak, and tells whoever listens.
func (s *sim) speak(x *exchange, a *attempt) {
	rec := &x.req.outcome.Attempts[a.number]
	if rec.HasSpoken || !a.running {
		return
	}
	rec.Speak(x.elapsed())
	if x.committed == a.index && x.up != nil {
		s.speak(x.up.owner, x.up)
	}
	if a.tokens {
		s.post(x, strategies.Event{Kind: strategies.FirstToken, Attempt: a.index})
	}
}
