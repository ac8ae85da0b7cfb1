package engine

import (
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Wait blocks for d or until done is closed, whichever comes first. It may
// return early; whoever waits looks at the clock and waits again.
type Wait func(d time.Duration, done <-chan struct{})

// TimerWait waits with a timer of the runtime, which on Linux is late by half a
// millisecond on average and by up to one and a bit, since the runtime polls in
// whole milliseconds. Inside a bubble of testing/synctest it is exact.
func TimerWait(d time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}

// PreciseWait returns a wait for one attack: with a timer until two milliseconds
// before the end and for the rest with the kernel's own, late by about a tenth
// of a millisecond on an idle machine, without spinning. It serves one goroutine
// until free is called. Inside a bubble of testing/synctest it would never
// return, since time does not pass there during a system call.
func PreciseWait() (wait Wait, free func()) {
	const fine = 2 * time.Millisecond
	a := newAlarm()
	return func(d time.Duration, done <-chan struct{}) {
		if d > fine {
			TimerWait(d-fine, done)
			return
		}
		a.sleep(d)
	}, a.close
}

const (
	// catchUp is how many times faster than scheduled overdue requests go out.
	catchUp = 4
	// jitter is the delay that is made up for without that limit. It is above
	// what a timer is late by on a busy machine: were it below, catching up
	// would wait more than it gains.
	jitter = 10 * time.Millisecond
)

// livePacer paces a vegeta attack by a schedule. All waiting happens inside
// Pace, and precisely; vegeta's own sleep never has anything to do.
//
// A request that is overdue goes out as soon as it can and keeps its due time.
// But a generator that was stopped for a second must not fire a second's worth
// of requests in one instant, which no user would have done: it replays what it
// missed at four times the schedule's own pace. In any time t it sends no more
// than the schedule has in some stretch of length 4 (t + 10 ms).
type livePacer struct {
	schedule *Schedule
	wait     Wait
	done     <-chan struct{}

	began time.Time     // when vegeta's clock read 0; set by the first Pace
	due   time.Duration // of the latest request
	sent  time.Duration // when the latest request went out, or could have but for jitter

	mu      sync.Mutex
	pending map[uint64]time.Duration // guarded by mu; due times of hits not yet sent
}

var _ vegeta.Pacer = (*livePacer)(nil)

func newLivePacer(s *Schedule, wait Wait, done <-chan struct{}) *livePacer {
	return &livePacer{schedule: s, wait: wait, done: done, pending: make(map[uint64]time.Duration)}
}

// Pace implements [vegeta.Pacer]: it returns when the next request is to be
// sent, or with stop when there is none or done is closed. Vegeta calls it once
// per hit, from one goroutine.
func (p *livePacer) Pace(elapsed time.Duration, hits uint64) (wait time.Duration, stop bool) {
	if hits == 0 {
		p.began = time.Now().Add(-elapsed)
	}
	due, ok := p.schedule.Next()
	if !ok {
		return 0, true
	}
	earliest := max(due, p.sent+(due-p.due)/catchUp)
	now, ok := p.waitUntil(earliest)
	if !ok {
		return 0, true
	}
	p.due, p.sent = due, max(earliest, now-jitter)
	p.mu.Lock()
	p.pending[hits] = due
	p.mu.Unlock()
	return 0, false
}

// Rate implements [vegeta.Pacer].
func (p *livePacer) Rate(elapsed time.Duration) float64 { return p.schedule.pacer.Rate(elapsed) }

// waitUntil waits until t and returns the time it is then, or false if done
// was closed.
func (p *livePacer) waitUntil(t time.Duration) (now time.Duration, ok bool) {
	for {
		select {
		case <-p.done:
			return 0, false
		default:
		}
		now = time.Since(p.began)
		if now >= t {
			return now, true
		}
		p.wait(t-now, p.done)
	}
}

// take returns when the hit was due, once per hit.
func (p *livePacer) take(hit uint64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	due := p.pending[hit]
	delete(p.pending, hit)
	return due
}
