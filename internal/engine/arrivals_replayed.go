package engine

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/tailgate-bench/tailgate/internal/trace"
)

// Replayed arrivals are due when those of a trace were. After the last it begins
// again, a mean gap later.
type Replayed struct {
	// Due never decreases and has at least one element.
	Due []time.Duration
	// Speed divides every due time; it is positive.
	Speed float64
}

func (r Replayed) pacer(Load) (vegeta.Pacer, error) {
	switch {
	case len(r.Due) == 0:
		return nil, errors.New("there are no due times, want at least one")
	case !slices.IsSorted(r.Due):
		return nil, errors.New("due times decrease, want them in order")
	case !(r.Speed > 0 && r.Speed <= math.MaxFloat64):
		return nil, fmt.Errorf("speed is %v, want more than 0", r.Speed)
	}
	rate, last := trace.Rate(r.Due), r.Due[len(r.Due)-1]
	return replayed{due: r.Due, turn: last.Seconds() + 1/rate, speed: r.Speed, rate: rate * r.Speed}, nil
}

// replayed paces by due times. It is a value without state.
type replayed struct {
	due   []time.Duration
	turn  float64 // seconds from one beginning to the next, at full length
	speed float64
	rate  float64
}

// Pace implements [vegeta.Pacer]: the wait is negative when the hit is overdue.
func (r replayed) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	n := uint64(len(r.due))
	at := r.due[hits%n]
	if turns := hits / n; turns > 0 || r.speed != 1 {
		return until((float64(turns)*r.turn+at.Seconds())/r.speed, elapsed)
	}
	return at - elapsed, false // to the nanosecond
}

// Rate implements [vegeta.Pacer].
func (r replayed) Rate(time.Duration) float64 { return r.rate }
