package strategies

import (
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// BreakerState is the state of a circuit breaker.
type BreakerState uint8

// The states of a breaker.
const (
	Closed   BreakerState = iota // calls pass
	Open                         // calls are refused
	HalfOpen                     // a few calls pass as probes
)

var breakerNames = [...]string{"closed", "open", "half_open"}

// String returns the state's name.
func (s BreakerState) String() string { return breakerNames[s] }

// BreakerConfig sets when a breaker opens and closes.
type BreakerConfig struct {
	// Failures is how many failures in a row open the breaker; 0 means 5, or
	// no such rule if FailureRate is set.
	Failures int
	// FailureRate is the share of failures within the window, in (0, 1], that
	// opens the breaker; 0 means no such rule. It needs a window: the last
	// WindowCalls calls or the calls that ended within WindowTime.
	FailureRate float64
	WindowCalls int
	WindowTime  time.Duration
	// Minimum is how many calls the window must hold before the rate counts;
	// 0 means 10, or WindowCalls if that is fewer.
	Minimum int
	// SlowCall makes a success that took at least so long count as a failure;
	// 0 means none is too slow.
	SlowCall time.Duration
	// Open is how long the breaker stays open; 0 means 60 s. A failure's
	// Retry-After makes it longer.
	Open time.Duration
	// Probes is how many calls may probe at the same time; 0 means 1.
	Probes int
	// Successes is how many probes must succeed to close it; 0 means 1.
	Successes int
}

// ErrOpen is the failure of a call that an open breaker refused.
var ErrOpen = &llm.Error{Kind: llm.Rejected, Message: "the circuit breaker is open"}

// Breaker is a circuit breaker before one target [Nygard, "Release It!", 2007]:
//
//	closed ──rule trips──▶ open ──call at or after open_until──▶ half-open ──successes──▶ closed
//	                        ▲──────────────── failure ───────────────┘
//
// Only failures that speak against the provider count ([llm.Kind.ProviderFault]);
// a call that was cancelled counts as nothing, one that ran into a deadline as a
// failure. A call that began in an earlier state changes nothing when it ends:
// not a success that was under way when the breaker opened, not a failure from
// before it closed. A probe that never returns cannot wedge the breaker: once
// it has run for Open, another is admitted.
//
// A Breaker keeps its state between requests and is safe for concurrent use.
type Breaker struct {
	target Target
	cfg    BreakerConfig

	mu         sync.Mutex
	state      BreakerState // guarded by mu, as is all below
	generation int          // counts transitions
	inRow      int          // failures in a row, while closed
	window     callWindow   // while closed
	openUntil  time.Time    // while open
	probes     []time.Time  // when each running probe began, while half-open
	proven     int          // successful probes, while half-open
}

var _ Strategy = (*Breaker)(nil)

// NewBreaker returns a closed breaker before target.
func NewBreaker(target Target, cfg BreakerConfig) *Breaker {
	if cfg.FailureRate == 0 {
		cfg.Failures = orDefault(cfg.Failures, 5)
	}
	cfg.Minimum = orDefault(cfg.Minimum, min(10, orDefault(cfg.WindowCalls, 10)))
	cfg.Open = orDefault(cfg.Open, time.Minute)
	cfg.Probes = orDefault(cfg.Probes, 1)
	cfg.Successes = orDefault(cfg.Successes, 1)
	return &Breaker{target: target, cfg: cfg, window: newCallWindow(cfg)}
}

// Run implements [Strategy].
func (b *Breaker) Run(x *Exchange) (llm.Answer, error) {
	if left, limited := x.Left(); limited && left <= 0 {
		return llm.Answer{}, ErrDeadline // too late to learn anything about the provider
	}
	pass, admitted, change := b.admit(x.Now())
	b.note(x, change)
	if !admitted {
		x.Note(Note{Kind: CallRejected, Target: b.target.name})
		return llm.Answer{}, ErrOpen
	}
	x.Commit(x.Start(b.target, Start{}))
	ev := x.Next()
	b.note(x, b.settle(pass, x.Now(), ev))
	return ev.result()
}

// pass is the right to make one call.
type pass struct {
	generation int
	began      time.Time
}

// change is a transition with the counts that caused it.
type change struct {
	from, to  BreakerState
	count, of int
}

// note reports a transition; a change from a state to itself is none.
func (b *Breaker) note(x *Exchange, c change) {
	if c.from != c.to {
		x.Note(Note{Kind: BreakerChanged, Target: b.target.name, From: c.from, To: c.to, Count: c.count, Of: c.of})
	}
}

// admit decides whether a call may pass at now.
func (b *Breaker) admit(now time.Time) (p pass, ok bool, c change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == Open && !now.Before(b.openUntil) {
		c = b.become(HalfOpen, 0, 0)
	}
	if b.state == Open || b.state == HalfOpen && !b.probe(now) {
		return pass{}, false, c
	}
	return pass{generation: b.generation, began: now}, true, c
}

// probe takes a place for a probe, if one is free; a probe that has run for as
// long as the breaker stays open has lost its place. The caller holds mu.
func (b *Breaker) probe(now time.Time) bool {
	alive := b.probes[:0]
	for _, began := range b.probes {
		if now.Sub(began) < b.cfg.Open {
			alive = append(alive, began)
		}
	}
	b.probes = alive
	if len(alive) >= b.cfg.Probes {
		return false
	}
	b.probes = append(b.probes, now)
	return true
}

// settle takes in the end of an admitted call.
func (b *Breaker) settle(p pass, now time.Time, ev Event) change {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.generation != b.generation {
		return change{}
	}
	bad, good := b.judge(ev, now.Sub(p.began))
	if b.state == HalfOpen {
		b.leave(p.began)
		return b.proved(now, ev, bad, good)
	}
	if !bad && !good {
		return change{}
	}
	return b.counted(now, ev, bad)
}

// judge says whether an end speaks against the provider, for it, or neither.
func (b *Breaker) judge(ev Event, took time.Duration) (bad, good bool) {
	if ev.Kind == Succeeded {
		slow := b.cfg.SlowCall > 0 && took >= b.cfg.SlowCall
		return slow, !slow
	}
	return ev.Err.Kind.ProviderFault(), false
}

// leave frees the place of a probe. The caller holds mu.
func (b *Breaker) leave(began time.Time) {
	for i, t := range b.probes {
		if t.Equal(began) {
			b.probes = append(b.probes[:i], b.probes[i+1:]...)
			return
		}
	}
}

// proved takes in the end of a probe. The caller holds mu.
func (b *Breaker) proved(now time.Time, ev Event, bad, good bool) change {
	switch {
	case bad:
		return b.open(now, ev, 1, 1)
	case good:
		if b.proven++; b.proven >= b.cfg.Successes {
			return b.become(Closed, b.proven, b.proven)
		}
	}
	return change{}
}

// counted takes in the end of a call while closed. The caller holds mu.
func (b *Breaker) counted(now time.Time, ev Event, bad bool) change {
	b.inRow++
	if !bad {
		b.inRow = 0
	}
	if b.cfg.Failures > 0 && b.inRow >= b.cfg.Failures {
		return b.open(now, ev, b.inRow, b.inRow)
	}
	if b.cfg.FailureRate > 0 {
		b.window.add(now, bad)
		failed, all := b.window.counts(now)
		if all >= b.cfg.Minimum && float64(failed) >= b.cfg.FailureRate*float64(all)-1e-9 {
			return b.open(now, ev, failed, all)
		}
	}
	return change{}
}

// open opens the breaker until now + Open, or until the provider wants to be
// asked again if that is later. The caller holds mu.
func (b *Breaker) open(now time.Time, ev Event, count, of int) change {
	wait := b.cfg.Open
	if ev.Err != nil && ev.Err.RetryAfter.Given {
		wait = max(wait, ev.Err.RetryAfter.After)
	}
	b.openUntil = now.Add(wait)
	return b.become(Open, count, of)
}

// become changes the state and forgets what the old one knew. The caller holds
// mu.
func (b *Breaker) become(s BreakerState, count, of int) change {
	c := change{from: b.state, to: s, count: count, of: of}
	b.state = s
	b.generation++
	b.inRow, b.proven, b.probes = 0, 0, b.probes[:0]
	b.window.clear()
	return c
}
