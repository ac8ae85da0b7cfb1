package strategies

import (
	"math/bits"
	"sync"
	"time"
)

// The bounds of an [AdaptiveDelay]'s memory.
const (
	adaptiveWindow  = 1000 // latencies remembered
	adaptiveMinimum = 32   // fewer than this many say nothing
	adaptiveRefresh = 16   // latencies between two estimates
)

// AdaptiveDelay is a hedge delay that follows a percentile of the primary's own
// recent latency.
//
// A primary that lost to a hedge was cancelled, so its latency is known only to
// be at least the time it had run. Leaving such requests out, or counting only
// winners, makes the estimate too short (a delay meant for the slowest 5 %
// hedges about 10 %). They are kept as censored samples and the percentile is
// read off the Kaplan–Meier estimate of the latency's distribution over the
// last 1,000 requests [Kaplan, Meier, JASA 1958]. A failed primary is censored
// at its failure.
//
// Cap bounds the delay. A sick primary drags its own percentile up and would
// switch hedging off exactly when it is needed. Until 32 latencies are known
// the delay is Cap. An AdaptiveDelay is safe for concurrent use.
type AdaptiveDelay struct {
	survive float64 // share of requests slower than the delay
	limit   time.Duration

	mu     sync.Mutex
	ring   [adaptiveWindow]sample // guarded by mu
	seen   int                    // guarded by mu; samples so far
	exact  [buckets]uint16        // guarded by mu; of the ring, ended by themselves
	cut    [buckets]uint16        // guarded by mu; of the ring, censored
	answer time.Duration          // guarded by mu; the current delay
}

type sample struct {
	bucket   uint16
	censored bool
}

// NewAdaptiveDelay returns a delay that follows the given percentile (0 to 100,
// such as 95) and never exceeds limit.
func NewAdaptiveDelay(percentile float64, limit time.Duration) *AdaptiveDelay {
	return &AdaptiveDelay{survive: 1 - percentile/100, limit: limit, answer: limit}
}

// current returns the delay to use now.
func (a *AdaptiveDelay) current() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.answer
}

// observe takes in how long a primary ran; exact says that it ended by itself.
func (a *AdaptiveDelay) observe(d time.Duration, exact bool) {
	s := sample{bucket: bucketOf(d), censored: !exact}
	a.mu.Lock()
	defer a.mu.Unlock()
	slot := &a.ring[a.seen%adaptiveWindow]
	if a.seen >= adaptiveWindow {
		a.count(*slot, -1)
	}
	*slot = s
	a.count(s, 1)
	a.seen++
	if a.seen >= adaptiveMinimum && a.seen%adaptiveRefresh == 0 {
		a.answer = min(a.estimate(), a.limit)
	}
}

// count adds n to the count of s. The caller holds mu.
func (a *AdaptiveDelay) count(s sample, n int) {
	of := &a.exact
	if s.censored {
		of = &a.cut
	}
	of[s.bucket] += uint16(n) //nolint:gosec // wraps around to subtract
}

// estimate returns the first latency that at most the wanted share outlives:
// S(t) = ∏ (1 - d_i/n_i) over the buckets up to t, with d_i the latencies that
// ended in bucket i and n_i those that had lasted until it. Where censoring
// hides that point it returns the limit. The caller holds mu.
func (a *AdaptiveDelay) estimate() time.Duration {
	atRisk, alive := float64(min(a.seen, adaptiveWindow)), 1.0
	for i := range a.exact {
		if n := a.exact[i]; n > 0 {
			alive *= 1 - float64(n)/atRisk
			if alive <= a.survive+1e-12 {
				return bucketTop(i)
			}
		}
		atRisk -= float64(a.exact[i]) + float64(a.cut[i])
	}
	return a.limit
}

// Latencies are counted in buckets of microseconds whose width is at most 1/64
// of their value, up to about an hour: 64 buckets for each power of two.
const (
	bucketBits = 6
	buckets    = (33 - bucketBits) << bucketBits
)

func bucketOf(d time.Duration) uint16 {
	us := uint64(max(d.Microseconds(), 0))
	if us < 1<<bucketBits {
		return uint16(us)
	}
	shift := bits.Len64(us) - 1 - bucketBits
	i := (uint64(shift)+1)<<bucketBits | (us>>shift)&(1<<bucketBits-1)
	return uint16(min(i, buckets-1))
}

// bucketTop returns the first latency beyond the bucket.
func bucketTop(i int) time.Duration {
	i++
	if i < 1<<bucketBits {
		return time.Duration(i) * time.Microsecond
	}
	shift := i>>bucketBits - 1
	us := (1<<bucketBits | i&(1<<bucketBits-1)) << shift
	return time.Duration(us) * time.Microsecond
}
