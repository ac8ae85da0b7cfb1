// Package singler computes when to hedge from what two models did for the same
// requests.
//
// A SingleR policy asks the backup after a delay d with a probability q, unless
// the primary has ended by then [Kaler, He, Elnikety, Optimal Reissue Policies
// for Reducing Tail Latency, SPAA 2017]. Among all policies within a budget of
// extra requests, the one with the smallest k-th percentile is found exactly for
// the given samples: the smallest t such that for some d
//
//	P(A ≤ t) + q·P(A > t, d+Y ≤ t) ≥ k,   q = min(1, B/P(X > d)),
//
// where A is how long a request takes without a hedge, X how long the primary is
// busy, Y how long the backup takes and B the budget. Samples are taken request
// by request, so slowness that both models share counts: nothing presumes that
// they are independent, or alike.
//
// A primary that fails moves a hedge on to the backup at once, without asking
// the budget. So A is X+Y where the primary fails after X, and X itself where it
// answers.
package singler

import (
	"math"
	"sort"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Never is the time of what does not happen.
const Never = time.Duration(math.MaxInt64)

// Sample is what one request met. Times are kept to a microsecond, up to an
// hour; beyond is [Never].
type Sample struct {
	// Alone is when the request has its answer without a hedge.
	Alone time.Duration
	// Busy is when the primary has answered or failed: a hedge comes only before.
	Busy time.Duration
	// Backup is how long the backup takes for its answer, from being asked.
	Backup time.Duration
	// Extra is what asking the backup takes out of the budget: 1 where the budget
	// is a share of requests.
	Extra float64
}

// Policy is a SingleR policy.
type Policy struct {
	Delay       time.Duration
	Probability float64
	// Value is the percentile that it gives, or Never.
	Value time.Duration
	// Extra is how much of the budget it takes per request.
	Extra float64
}

// Samples are samples ready for questions. They are immutable and safe for
// concurrent use.
type Samples struct {
	alone  []uint32 // µs, sorted
	backup []uint32 // of the same request as alone
	busy   []uint32 // µs, sorted
	// extra[i] is the mean over all requests of the Extra of those from busy[i] on.
	extra []float64
}

// never is Never in microseconds.
const never = math.MaxUint32

// New sorts samples, which it does not keep, in O(n log n).
func New(samples []Sample) *Samples {
	n := len(samples)
	s := &Samples{alone: make([]uint32, n), backup: make([]uint32, n), busy: make([]uint32, n), extra: make([]float64, n+1)}
	times := make([]uint32, n)
	for i := range samples {
		times[i] = micros(samples[i].Alone)
	}
	for i, k := range ranked(times) {
		s.alone[i], s.backup[i] = uint32(k>>32), micros(samples[uint32(k)].Backup)
	}
	for i := range samples {
		times[i] = micros(samples[i].Busy)
	}
	keys := ranked(times)
	for i := n - 1; i >= 0; i-- {
		s.busy[i] = uint32(keys[i] >> 32)
		s.extra[i] = s.extra[i+1] + samples[uint32(keys[i])].Extra
	}
	for i := range s.extra {
		s.extra[i] /= float64(max(1, n))
	}
	return s
}

func micros(d time.Duration) uint32 {
	if us := (max(d, 0) + time.Microsecond/2 - 1) / time.Microsecond; d < Never && us < never {
		return uint32(us) //nolint:gosec // checked
	}
	return never
}

func duration(us uint32) time.Duration {
	if us == never {
		return Never
	}
	return time.Duration(us) * time.Microsecond
}

// Len returns the number of samples.
func (s *Samples) Len() int { return len(s.alone) }

// Alone returns the p-quantile, 0 < p < 1, without hedges.
func (s *Samples) Alone(p float64) time.Duration { return duration(s.alone[s.rank(p)-1]) }

// rank is how many requests must be done: ceil(p·n), but for rounding.
func (s *Samples) rank(p float64) int {
	x := p * float64(len(s.alone))
	return max(1, int(math.Ceil(x-1e-9*max(1, x))))
}

// Optimum returns the policy of the smallest p-quantile among those that take at
// most budget. Without one that improves anything it is the policy that never
// hedges: its probability is 0.
//
// Delays worth looking at are 0 and the times at which primaries end. Some are
// tried in an order of chance, one binary search each, against the best quantile
// so far; only a delay that improves it costs a pass over the slowest requests,
// and in such an order the expected number of improvements by m of them is the
// m-th harmonic number. Then one sweep over all delays finds the few that are
// better still, about n/m. So it takes O(n log n) on average.
func (s *Samples) Optimum(p, budget float64) Policy {
	if len(s.alone) == 0 || budget <= 0 {
		return Policy{Value: s.Alone(p)}
	}
	h := &hunt{Samples: s, budget: budget, need: float64(s.rank(p))}
	h.set(s.alone[s.rank(p)-1])
	n := len(s.busy)
	h.try(0, s.ended(0))
	key := draw.New(uint64(n)).Name("singler") //nolint:gosec // not negative
	for i := range max(min(n, fewest), n/share) {
		d := s.busy[key.Word(uint64(i)).IntN(n)] //nolint:gosec // counts from 0
		h.try(d, s.ended(d))
	}
	h.sweep()
	policy := Policy{Delay: duration(h.delay), Probability: h.q, Value: duration(h.t)}
	policy.Extra = h.q * s.extra[s.ended(h.delay)]
	return policy
}

// How many delays are tried in an order of chance: one in share, but not fewer
// than fewest.
const (
	share  = 32
	fewest = 64
)

// Pure returns the policy that always hedges, as early as the budget allows.
func (s *Samples) Pure(p, budget float64) Policy {
	d := uint32(0)
	if s.extra[s.ended(0)] > budget {
		i := sort.Search(len(s.busy), func(i int) bool { return s.extra[s.ended(s.busy[i])] <= budget })
		d = s.busy[min(i, len(s.busy)-1)]
	}
	return s.Policy(p, duration(d), 1)
}

// Policy returns a policy with the p-quantile that it gives.
func (s *Samples) Policy(p float64, delay time.Duration, probability float64) Policy {
	d := micros(delay)
	return Policy{
		Delay: delay, Probability: probability, Extra: probability * s.extra[s.ended(d)],
		Value: duration(s.quantile(d, probability, float64(s.rank(p)), s.alone[s.rank(p)-1])),
	}
}

// Within returns the policy with the given delay that takes no more than the
// budget.
func (s *Samples) Within(p, budget float64, delay time.Duration) Policy {
	return s.Policy(p, delay, s.chance(s.ended(micros(delay)), budget))
}

// Busy returns the share of primaries that are still busy after d.
func (s *Samples) Busy(d time.Duration) float64 {
	return 1 - float64(s.ended(micros(d)))/float64(max(1, len(s.busy)))
}

// Outlasting returns the delay after which the given share of primaries is still
// busy, at most.
func (s *Samples) Outlasting(share float64) time.Duration {
	n := len(s.busy)
	i := n - int(share*float64(n)+1e-9)
	return duration(s.busy[min(max(i-1, 0), n-1)])
}

// chance returns the probability with which the budget lets a hedge come when so
// many primaries have ended.
func (s *Samples) chance(ended int, budget float64) float64 {
	if s.extra[ended] <= 0 {
		return 0
	}
	return min(1, budget/s.extra[ended])
}

// ended returns how many primaries have ended by d.
func (s *Samples) ended(d uint32) int {
	return sort.Search(len(s.busy), func(i int) bool { return s.busy[i] > d })
}

// within returns how many requests are done by t without hedges.
func (s *Samples) within(t uint32) int {
	return sort.Search(len(s.alone), func(i int) bool { return s.alone[i] > t })
}

// enough says whether done requests and the share q of rescued ones make need.
func enough(done int, q float64, rescued int, need float64) bool {
	return float64(done)+q*float64(rescued) >= need*(1-1e-12)
}

// quantile returns the smallest time by which need requests are done with hedges
// after d with probability q; most is one by which they are.
func (s *Samples) quantile(d uint32, q, need float64, most uint32) uint32 {
	low, high := uint32(0), most
	for low < high {
		t := low + (high-low)/2
		done := s.within(t)
		if enough(done, q, s.rescued(done, t, d), need) {
			high = t
		} else {
			low = t + 1
		}
	}
	return low
}

// rescued counts the requests that are not done by t alone but with a hedge
// after d.
func (s *Samples) rescued(done int, t, d uint32) (n int) {
	if t < d {
		return 0
	}
	left := t - d
	for _, y := range s.backup[done:] {
		if y <= left {
			n++
		}
	}
	return n
}
