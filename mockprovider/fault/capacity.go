package fault

import (
	"container/list"
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Capacity limits how many attempts a model serves at once; more of them wait
// in a queue, first come first served, and when that is full they are turned
// away with status 503. It depends on the load, so it changes no plan: a
// [Station] carries it out. Neither the probability nor the ramps of its window
// mean anything to it.
type Capacity struct {
	// Concurrency is the number of attempts served at once; less than 1 means 1.
	Concurrency int
	// Queue is how many may wait; 0 turns away whoever finds no free place.
	Queue int
	// After is the time until the 503 comes; 0 means [DefaultAfter].
	After time.Duration
}

var _ Fault = Capacity{}

// Apply implements [Fault]; it does nothing.
func (Capacity) Apply(*Plan, Instant) {}

// Admission is what a [Station] decides about an attempt that arrives.
type Admission uint8

// The ways an arrival may be met.
const (
	Served     Admission = iota // it is taken on at once
	Queued                      // it waits; its Waiter will be told
	TurnedAway                  // there is no room even to wait
)

// Waiter is an attempt that waits in a [Station]. Serve is called once, when
// the attempt is taken on at the given time; it must not call the station. The
// value must be comparable and stand for one attempt.
type Waiter interface {
	Serve(at time.Duration)
}

// Station is the one implementation of limited concurrency: the places and the
// queue of one model in one run. The performer advances it by telling what
// happens, in order of time. Attempts whose plan the provider would not accept
// (see [Plan.Accepted]) fail at its front door and do not enter.
//
// While no capacity window is on there is no limit; those who waited are
// admitted at the next Enter, Leave or Change. A Station is not safe for concurrent
// use: the virtual clock needs no lock, and a server brings its own.
type Station struct {
	places  Places
	busy    int
	queue   list.List // of Waiter
	waiting map[Waiter]*list.Element
}

// Places says which capacity holds at a time since the beginning of the scenario;
// limited is false when none does.
type Places func(at time.Duration) (c Capacity, limited bool)

// NewStation returns the station of a model with the given places.
func NewStation(places Places) *Station {
	return &Station{places: places, waiting: make(map[Waiter]*list.Element)}
}

// PlacesOf returns the places that the given windows leave, nil if none of them
// holds a [Capacity]. Where several are on at once the smallest concurrency
// holds.
func PlacesOf(windows []Window) Places {
	var limiting []Window
	for _, w := range windows {
		if _, ok := w.Fault.(Capacity); ok {
			limiting = append(limiting, w)
		}
	}
	if limiting == nil {
		return nil
	}
	return func(at time.Duration) (tightest Capacity, limited bool) {
		for i := range limiting {
			if c, on := limiting[i].Capacity(at); on {
				tightest, limited = c.Tighter(tightest, limited)
			}
		}
		return tightest, limited
	}
}

// Capacity returns the window's capacity if it has one that is on.
func (w *Window) Capacity(at time.Duration) (c Capacity, on bool) {
	c, ok := w.Fault.(Capacity)
	if !ok {
		return c, false
	}
	_, on = w.Strength(at)
	return c, on
}

// Tighter returns which of two capacities holds: f, or the other if that limits
// anything and has a smaller concurrency or the same.
func (f Capacity) Tighter(other Capacity, limited bool) (Capacity, bool) {
	if limited && other.Concurrency <= f.Concurrency {
		return other, true
	}
	return f, true
}

// Enter takes in an attempt that arrives. The waiter is used only if the
// result is Queued, and may be nil where that cannot be.
func (s *Station) Enter(at time.Duration, w Waiter) Admission {
	limit, limited := s.places(at)
	s.admit(at, limit, limited)
	switch {
	case !limited || s.busy < max(limit.Concurrency, 1):
		s.busy++
		return Served
	case s.queue.Len() < limit.Queue:
		s.waiting[w] = s.queue.PushBack(w)
		return Queued
	default:
		return TurnedAway
	}
}

// Leave takes in that an attempt which was served has ended, and admits those
// whose turn it is.
func (s *Station) Leave(at time.Duration) {
	s.busy--
	s.Change(at)
}

// Change takes in that the limit may have changed, and admits those for whom there
// is a place now.
func (s *Station) Change(at time.Duration) {
	limit, limited := s.places(at)
	s.admit(at, limit, limited)
}

// Quit takes in that an attempt gives up waiting. It returns false when the
// attempt does not wait (any more): it has been served and has to Leave.
func (s *Station) Quit(_ time.Duration, w Waiter) bool {
	e, ok := s.waiting[w]
	if ok {
		s.queue.Remove(e)
		delete(s.waiting, w)
	}
	return ok
}

// Busy returns how many attempts are being served.
func (s *Station) Busy() int { return s.busy }

// Waiting returns how many attempts wait.
func (s *Station) Waiting() int { return s.queue.Len() }

// TurnAway makes p the plan of an attempt that was turned away at the given time. It
// is safe for concurrent use.
func (s *Station) TurnAway(p *Plan, at time.Duration) {
	limit, _ := s.places(at)
	fail(p, errFull, limit.After)
}

var errFull = &llm.Error{
	Kind: llm.Overloaded, Status: http.StatusServiceUnavailable, Message: "no capacity left",
}

// admit serves waiters as long as there are places.
func (s *Station) admit(at time.Duration, limit Capacity, limited bool) {
	for s.queue.Len() > 0 && (!limited || s.busy < max(limit.Concurrency, 1)) {
		w, _ := s.queue.Remove(s.queue.Front()).(Waiter)
		delete(s.waiting, w)
		s.busy++
		w.Serve(at)
	}
}
