package fault

import (
	"math"
	"math/bits"
	"net/http"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// RateLimit turns attempts away with status 429 when a token bucket is empty,
// one bucket for requests and one for tokens, as providers publish their limits
// (requests and tokens per minute). The response carries the exact time until
// the buckets would let the same attempt pass. An admitted attempt is charged
// one request, and its prompt and whole answer in tokens; one that is turned
// away is charged nothing. Either response tells the state of the buckets. An attempt larger than a full bucket passes when the
// bucket is full.
//
// The zero state is full buckets. Use one RateLimit, or the one that Fresh
// returns, per model and run; it is safe for concurrent use, and takes an
// earlier instant than the latest it has seen for that one.
type RateLimit struct {
	// Requests and Tokens are the numbers allowed per Period; 0 means no limit.
	Requests, Tokens int
	// Period is the time in which an empty bucket fills with Requests or
	// Tokens; 0 means a minute.
	Period time.Duration
	// Burst is the size of the buckets in periods' worth: 1, which 0 means,
	// lets a whole period's requests through at once, 0.1 a tenth of them. A
	// bucket holds at least one request or token.
	Burst float64
	// After is the time until the 429 comes; 0 means [DefaultAfter].
	After time.Duration

	mu       sync.Mutex
	requests bucket   // guarded by mu
	tokens   bucket   // guarded by mu
	started  bool     // guarded by mu
	failures failures // guarded by mu
}

var _ Fresher = (*RateLimit)(nil)

// Fresh implements [Fresher].
func (f *RateLimit) Fresh() Fault {
	return &RateLimit{Requests: f.Requests, Tokens: f.Tokens, Period: f.Period, Burst: f.Burst, After: f.After}
}

// Apply implements [Fault].
func (f *RateLimit) Apply(p *Plan, in Instant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.start(in.At)
	f.requests.advance(in.At)
	f.tokens.advance(in.At)
	size := int64(p.Input) + int64(p.Tokens)
	if wait := max(f.requests.wait(1), f.tokens.wait(size)); wait > 0 {
		fail(p, f.failures.limited(wait), f.After)
	} else {
		f.requests.take(1)
		f.tokens.take(size)
	}
	p.Limits.Requests.meet(f.requests.state())
	p.Limits.Tokens.meet(f.tokens.state())
}

// start fills the buckets before their first use. The caller holds mu.
func (f *RateLimit) start(at time.Duration) {
	if f.started {
		return
	}
	period := f.Period
	if period <= 0 {
		period = time.Minute
	}
	f.requests = newBucket(f.Requests, period, f.Burst, at)
	f.tokens = newBucket(f.Tokens, period, f.Burst, at)
	f.started = true
}

// failures makes errors. They live as long as someone holds them, so each needs
// memory of its own, which is taken in blocks to spare the collector.
type failures struct{ room []llm.Error }

// limited returns a new error of an attempt over its limit, with the given hint.
func (f *failures) limited(wait time.Duration) *llm.Error {
	if len(f.room) == cap(f.room) {
		f.room = make([]llm.Error, 0, 128)
	}
	f.room = append(f.room, llm.Error{
		Kind: llm.RateLimited, Status: http.StatusTooManyRequests,
		Message: "rate limit reached", RetryAfter: llm.HintAfter(wait),
	})
	return &f.room[len(f.room)-1]
}

// bucket is a token bucket in exact integer arithmetic. Its level at time t
// after level L at time 0 is min(size, L + t*rate/period) in real numbers; of
// that it keeps the whole part in level and the rest in rest/period. The zero
// bucket has no limit.
type bucket struct {
	rate   uint64 // per period; 0: no limit
	period uint64 // ns
	size   int64
	level  int64
	rest   uint64 // below period
	at     time.Duration
}

func newBucket(rate int, period time.Duration, burst float64, at time.Duration) bucket {
	if rate <= 0 {
		return bucket{}
	}
	if burst <= 0 {
		burst = 1
	}
	size := int64(max(1, math.Floor(burst*float64(rate))))
	return bucket{rate: uint64(rate), period: uint64(period), size: size, level: size, at: at}
}

// state returns the limit as it is; none for the zero bucket.
func (b *bucket) state() Limit {
	return Limit{Max: int(b.size), Remaining: int(b.level), Reset: b.wait(b.size)}
}

// advance refills the bucket up to the given time.
func (b *bucket) advance(at time.Duration) {
	if b.rate == 0 || at <= b.at {
		return
	}
	high, low := bits.Mul64(uint64(at-b.at), b.rate)
	low, carry := bits.Add64(low, b.rest, 0)
	b.at = at
	if high += carry; high >= b.period { // more than any bucket holds
		b.level, b.rest = b.size, 0
		return
	}
	whole, rest := bits.Div64(high, low, b.period)
	if whole >= uint64(b.size-b.level) {
		b.level, b.rest = b.size, 0
		return
	}
	b.level, b.rest = b.level+int64(whole), rest
}

// wait returns the time until n can be taken: the smallest t for which
// level + rest/period + t*rate/period >= n.
func (b *bucket) wait(n int64) time.Duration {
	n = min(n, b.size)
	if b.rate == 0 || n <= b.level {
		return 0
	}
	high, low := bits.Mul64(uint64(n-b.level), b.period)
	low, borrow := bits.Sub64(low, b.rest, 0)
	high -= borrow
	if high >= b.rate {
		return math.MaxInt64
	}
	t, over := bits.Div64(high, low, b.rate)
	if over > 0 {
		t++
	}
	return time.Duration(min(t, math.MaxInt64))
}

// take takes n from the bucket, which must not be less than full for a larger n.
func (b *bucket) take(n int64) {
	if b.rate == 0 {
		return
	}
	b.level -= min(n, b.size)
}
