// Package virtual is the driver that runs strategies in simulated time.
//
// One queue holds everything that will happen, ordered by time, by class
// (completions before timers before deadlines) and by sequence number. Each
// strategy that is under way is a coroutine, suspended in [strategies.Exchange.Next];
// each attempt at a model is the few events its [fault.Plan] asks for. There is
// no goroutine, no lock and no sleep, so the same arrivals, models and seed
// give the same outcomes whatever the machine does meanwhile, and an hour
// passes in about a second.
//
// A model must be a [Planner]: what it will do is drawn when an attempt begins,
// not found out by calling it. Whatever costs time in a process rather than in
// a model (scheduling, garbage collection, sockets) does not exist here.
package virtual

import (
	"context"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Planner is a model whose behaviour is known in advance.
type Planner interface {
	llm.Model
	// Plan draws into p what the model will do for a request's call number
	// ordinal at this model, begun at the given time. It must set all of p.
	Plan(p *fault.Plan, r *llm.Request, ordinal int, at time.Duration)
	// Station is the model's limited concurrency; nil means no limit.
	Station() *fault.Station
}

// Arrivals gives the requests in order of time: it fills in the next one and
// says when it is due, counted from the start. ok is false when there is none.
type Arrivals func(r *llm.Request) (due time.Duration, ok bool)

// Config says what to simulate.
type Config struct {
	Strategy strategies.Strategy
	// Seed keys the random choices of strategies.
	Seed uint64
	// Timeout limits each request from when it is due; 0 means no limit.
	Timeout time.Duration
	// Settled is shown every finished request, in order of finishing. The
	// outcome is valid until it returns.
	Settled func(*strategies.Outcome)
}

// epoch is the instant at which every simulation starts.
var epoch = time.Unix(0, 0).UTC()

// Since returns how long after the start of its simulation t is.
func Since(t time.Time) time.Duration { return t.Sub(epoch) }

// Run simulates the arrivals until everything has ended. When ctx is cancelled
// it stops early and returns ctx's error; requests then under way are not shown.
func Run(ctx context.Context, cfg Config, arrivals Arrivals) error {
	s := &sim{cfg: cfg, key: draw.New(cfg.Seed)}
	defer s.shutdown()
	return s.run(ctx, arrivals)
}

// errStuck is the failure of a request that nothing would ever end.
var errStuck = &llm.Error{Kind: llm.Internal, Message: "the model never answers and the request has no deadline"}

// sim is the state of one simulation.
type sim struct {
	cfg  Config
	key  draw.Key
	now  time.Duration
	seq  uint64
	todo queue

	live     []*request // under way
	idle     []*exchange
	spare    []*attempt
	finished []*request // to be used again
}

// run is the main loop: always the earliest event, arrivals last of all that
// happen at the same instant.
func (s *sim) run(ctx context.Context, arrivals Arrivals) error {
	next := s.request()
	due, more := arrivals(&next.question)
	for steps := 0; more || s.todo.len() > 0; steps++ {
		if steps%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !more || s.todo.len() > 0 && s.todo.at() <= due {
			s.handle(s.todo.pop())
			continue
		}
		s.now = due
		s.arrive(next)
		next = s.request()
		due, more = arrivals(&next.question)
	}
	for len(s.live) > 0 {
		s.abandon(s.live[0].stuck(), errStuck)
	}
	return nil
}

// handle makes one event happen, unless what it was meant for is over.
func (s *sim) handle(ev event) {
	s.now = ev.at
	switch ev.kind {
	case attemptEnds:
		if ev.attempt.generation == ev.generation {
			s.complete(ev.attempt)
		}
	case attemptSpeaks:
		if ev.attempt.generation == ev.generation {
			s.speak(ev.attempt.owner, ev.attempt)
		}
	case attemptExpires:
		if ev.attempt.generation == ev.generation {
			s.expire(ev.attempt, strategies.ErrAttemptTimeout)
		}
	case patienceEnds:
		if a := ev.attempt; a.generation == ev.generation && !a.hasSpoken() {
			s.expire(a, strategies.ErrSilent)
		}
	case timerFires:
		if x := ev.exchange; x.generation == ev.generation {
			x.pending--
			s.post(x, strategies.Event{Kind: strategies.TimerFired, Timer: int(ev.timer)})
		}
	case deadlinePasses:
		if ev.exchange.generation == ev.generation {
			s.abandon(ev.exchange, strategies.ErrDeadline)
		}
	}
}

// after queues an event for d from now, in order of being queued.
func (s *sim) after(d time.Duration, ev event) {
	s.seq++
	ev.at, ev.order = s.now+max(d, 0), order(ev.kind, s.seq)
	s.todo.push(ev)
}

// shutdown ends every coroutine.
func (s *sim) shutdown() {
	for _, r := range s.live {
		r.stop()
	}
	for _, x := range s.idle {
		x.stop()
	}
}

func stopTree(x *exchange) {
	for _, a := range x.attempts {
		if a.child != nil {
			stopTree(a.child)
		}
	}
	x.stopped = true
	x.stop()
}
