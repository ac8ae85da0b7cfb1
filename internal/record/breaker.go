package record

import (
	"cmp"
	"slices"
	"time"
)

// mostTransitions is how many changes of one breaker are kept.
const mostTransitions = 500

const closed = "closed"

// breaker follows one circuit breaker.
type breaker struct {
	target string
	opens  int
	kept   []Transition
	// Leaving closed at t and returning at u leaves it open for u-t, so the sum
	// of the times of returning minus those of leaving is the time spent open,
	// in whatever order the changes become known.
	notClosed time.Duration
	away      int // left closed and not come back: 1 or 0
}

// breaker returns the breaker of target, a new one if need be.
func (r *Recorder) breaker(target string) *breaker {
	for i := range r.breakers {
		if r.breakers[i].target == target {
			return &r.breakers[i]
		}
	}
	r.breakers = append(r.breakers, breaker{target: target})
	return &r.breakers[len(r.breakers)-1]
}

func (b *breaker) add(t *Transition) {
	if t.To == "open" {
		b.opens++
	}
	if t.From == closed {
		b.notClosed -= t.At
		b.away++
	}
	if t.To == closed {
		b.notClosed += t.At
		b.away--
	}
	if len(b.kept) < mostTransitions {
		b.kept = append(b.kept, *t)
	}
}

// Breaker is the history of one circuit breaker.
type Breaker struct {
	Target string
	// OpenFraction is the share of the time until the last request ended in
	// which it was not closed.
	OpenFraction float64
	Opens        int
	// Transitions are its changes by time, at most the first 500 to become
	// known.
	Transitions []Transition
}

// Breakers returns the histories of the breakers that changed, by target.
func (r *Recorder) Breakers() []Breaker {
	all := make([]Breaker, len(r.breakers))
	for i := range r.breakers {
		b := &r.breakers[i]
		kept := slices.Clone(b.kept)
		slices.SortStableFunc(kept, func(a, b Transition) int { return cmp.Compare(a.At, b.At) })
		open := b.notClosed + time.Duration(b.away)*r.end
		all[i] = Breaker{
			Target: b.target, Opens: b.opens, Transitions: kept,
			OpenFraction: min(max(0, float64(open)/float64(max(1, r.end))), 1),
		}
	}
	slices.SortFunc(all, func(a, b Breaker) int { return cmp.Compare(a.Target, b.Target) })
	return all
}
