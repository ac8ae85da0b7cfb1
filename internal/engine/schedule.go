package engine

import (
	"errors"
	"fmt"
	"math"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Load says which requests are due when. The same Load gives the same due
// times on both clocks, to the nanosecond, on every machine.
type Load struct {
	// Arrivals is the shape over time.
	Arrivals Arrivals
	// Requests is how many there are in all; 0 means all that are due before
	// Duration. If both are given, Requests decides when the load ends.
	Requests int
	// Duration may be 0 if Requests is given or if Arrivals has a length of
	// its own ([Steps]).
	Duration time.Duration
	// Seed keys what is random about the arrivals.
	Seed uint64
	// TimeScale divides every due time, so that the same pattern passes faster;
	// 0 means 1.
	TimeScale float64
}

// ErrLoad is what every error of [NewSchedule] wraps.
var ErrLoad = errors.New("load cannot be scheduled")

// Schedule is the sequence of due times of a [Load]. It keeps nothing but its
// position, so its size does not depend on the length of the run, and it does
// not allocate. It is not safe for concurrent use.
//
// Behind it is a [vegeta.Pacer], asked in virtual time: as if every hit were
// sent at the very moment it is due. Asking the pacer on the real clock instead
// would let the jitter of sending leak into the load.
type Schedule struct {
	load     Load
	pacer    vegeta.Pacer
	requests uint64 // at most so many
	end      time.Duration
	hits     uint64
	from     time.Duration // due times count from here, in the load's time
	now      time.Duration // when the latest hit was due
}

// NewSchedule returns the schedule of l from its start. The error, if any,
// wraps [ErrLoad] and names every setting that is out of range.
func NewSchedule(l Load) (*Schedule, error) {
	err := l.check()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	pacer, err := l.Arrivals.pacer(l)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	s := &Schedule{load: l, pacer: pacer, requests: math.MaxUint64, end: l.length()}
	if l.Requests > 0 {
		s.requests, s.end = uint64(l.Requests), math.MaxInt64
		return s, s.checkReach()
	}
	return s, nil
}

// Next returns when the next request is due, counted from the start of the
// load, or false after the last one. Due times never decrease.
func (s *Schedule) Next() (due time.Duration, ok bool) {
	if s.hits >= s.requests {
		return 0, false
	}
	wait, stop := s.pacer.Pace(s.now, s.hits)
	due = s.now + max(wait, 0)
	if stop || due >= s.end {
		return 0, false
	}
	s.hits++
	s.now = due
	due -= s.from
	if k := s.load.TimeScale; k > 0 {
		due = time.Duration(float64(due) / k)
	}
	return due, true
}

// Part returns the part of s that is due from one time until before another, in
// the load's time, with due times counted from the first of them, and how many
// requests come before it. Where s itself stands does not matter.
func (s *Schedule) Part(from, to time.Duration) (part *Schedule, before int, err error) {
	part, err = NewSchedule(s.load)
	if err != nil {
		return nil, 0, err
	}
	for {
		here := *part
		if _, ok := part.Next(); !ok || part.now >= from {
			*part = here // a pacer may be asked again for the same hit
			break
		}
	}
	part.from, part.end = from, min(part.end, to)
	return part, int(part.hits), nil //nolint:gosec // counts from 0
}

// Planned returns how many requests the whole schedule has, wherever it stands
// now. Unless the load says so itself they are counted in a pass over a copy,
// which takes 10 to 130 ns per request.
func (s *Schedule) Planned() int {
	if s.load.Requests > 0 {
		return s.load.Requests
	}
	fresh, err := NewSchedule(s.load)
	if err != nil {
		return 0 // cannot be: s was made of the same load
	}
	n := 0
	for _, ok := fresh.Next(); ok; _, ok = fresh.Next() {
		n++
	}
	return n
}

// span runs through the schedule and returns how long its load lasts: until the
// last request is due, and a mean gap more.
func (s *Schedule) span() time.Duration {
	for _, ok := s.Next(); ok; _, ok = s.Next() {
	}
	rate := s.pacer.Rate(s.now)
	if rate <= 0 {
		return s.now
	}
	return s.now + time.Duration(math.Round(min(float64(time.Second)/rate, float64(time.Hour))))
}

func (l Load) check() error {
	var err error
	if l.Arrivals == nil {
		err = errors.New("arrivals are missing")
	}
	if l.Requests < 0 {
		err = errors.Join(err, fmt.Errorf("requests is %d, want 0 or more", l.Requests))
	}
	if l.Duration < 0 {
		err = errors.Join(err, fmt.Errorf("duration is %v, want 0s or more", l.Duration))
	}
	if l.Requests == 0 && l.length() == 0 {
		err = errors.Join(err, errors.New("duration and requests are both 0, want one of them"))
	}
	return err
}

func (l Load) length() time.Duration {
	if steps, ok := l.Arrivals.(Steps); ok && l.Duration == 0 {
		return steps.length()
	}
	return l.Duration
}

// checkReach reports arrivals that end before the last of Requests is due, as
// a ramp down to 0 may, or go on for more than a century.
func (s *Schedule) checkReach() error {
	var stop bool
	switch p := s.pacer.(type) {
	case regular:
		_, stop = p.Pace(0, s.requests-1)
	case *poisson:
		_, stop = until(longestGap*float64(s.requests)/p.rate, 0)
	}
	if stop {
		return fmt.Errorf("%w: requests is %d, but the arrivals end before so many are due", ErrLoad, s.requests)
	}
	return nil
}
