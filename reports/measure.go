package reports

import (
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// find returns the strategy of that name, or nil.
func (d *Document) find(name string) *Strategy {
	i := slices.IndexFunc(d.Strategies, func(s Strategy) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Strategies[i]
}

// objectivesOf returns the objectives that judge the strategy.
func (d *Document) objectivesOf(name string) []Objective {
	var own []Objective
	for _, o := range d.Objectives {
		if o.judged() == name {
			own = append(own, o)
		}
	}
	return own
}

// judged returns the strategy that an objective judges, or "".
func (o Objective) judged() string {
	if len(o.Strategies) == 0 || o.Claim {
		return ""
	}
	return o.Strategies[0]
}

// count returns how many of the objectives have the verdict.
func count(objectives []Objective, verdict string) int {
	n := 0
	for _, o := range objectives {
		if o.Verdict == verdict {
			n++
		}
	}
	return n
}

// requests returns the smallest number of requests of any strategy.
func (d *Document) requests() int {
	n := math.MaxInt
	for _, s := range d.Strategies {
		n = min(n, s.Requests)
	}
	if len(d.Strategies) == 0 {
		return 0
	}
	return n
}

// failed returns the number of failed requests.
func (s *Strategy) failed() int { return s.Requests - s.Succeeded }

// lost says whether so many requests failed that the percentile p, in percent,
// has no value.
func (s *Strategy) lost(p float64) bool {
	return s.Requests > 0 && float64(s.Succeeded) < p/100*float64(s.Requests)
}

// costMultiplier is the cost as a multiple of the baseline's, with its sampling
// interval where there is one.
func (s *Strategy) costMultiplier() stats.Estimate {
	if s.Cost.MultiplierCI.HasInterval() {
		return s.Cost.MultiplierCI
	}
	if s.Cost.Multiplier.Value <= 0 {
		return stats.Missing("nothing was charged")
	}
	return stats.Exactly(s.Cost.Multiplier.Value)
}

// worstRecovery returns the longest recovery after any fault. The status is
// that of [Fault], the worst first: not_by_the_end, no_aftermath, recovered,
// unaffected; "" without faults.
func (s *Strategy) worstRecovery() (ms float64, status string) {
	rank := []string{"", "unaffected", "recovered", "no_aftermath", "not_by_the_end"}
	for _, f := range s.Faults {
		if slices.Index(rank, f.Recovery) > slices.Index(rank, status) {
			status = f.Recovery
		}
		if f.RecoveredAfterMS != nil {
			ms = max(ms, *f.RecoveredAfterMS)
		}
	}
	return ms, status
}

// overlap says whether the intervals of two estimates have a value in common. An
// estimate without an interval is a point; one without a value overlaps nothing.
func overlap(a, b stats.Estimate) bool {
	if !a.Known() || !b.Known() {
		return false
	}
	a, b = pointed(a), pointed(b)
	return a.Low <= b.High && b.Low <= a.High
}

func pointed(e stats.Estimate) stats.Estimate {
	if e.HasInterval() {
		return e
	}
	return stats.Between(e.Value, e.Value, e.Value)
}

// bounded is pointed with the value in place of an open end, for the range of
// an axis: what has no bound goes on to the edge.
func bounded(e stats.Estimate) stats.Estimate {
	e = pointed(e)
	if math.IsInf(e.Low, -1) {
		e.Low = e.Value
	}
	if math.IsInf(e.High, 1) {
		e.High = e.Value
	}
	return e
}

// less orders estimates by value; one without a value comes last.
func less(a, b stats.Estimate) bool {
	if !a.Known() || !b.Known() {
		return a.Known()
	}
	return a.Value < b.Value
}

// clear says whether a difference is known, its interval has two ends, and it is
// not zero: by its significance, or by its interval in a report of a program
// that had not tested it.
func (x Delta) clear() bool {
	switch {
	case x.Delta == nil || x.Low == nil || x.High == nil:
		return false
	case x.P != nil:
		return x.Significant
	default:
		return *x.Low > 0 || *x.High < 0
	}
}
