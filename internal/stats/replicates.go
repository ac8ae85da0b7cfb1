package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// between returns value with the interval between two quantiles of its replicates,
// one per resample, widened to hold value; without replicates there is none. It
// cuts off the share outside at each end: of n replicates and the value itself,
// which are n+1 alike draws, the k-th from an end has k/(n+1) beyond.
//
// A replicate may be infinite: a percentile that is a failure is +Inf, and
// the interval is then open. One that has no value, such as the difference of
// two failures, is NaN and counts as a possible extreme at both ends. Value
// must be finite.
func between(value float64, replicates []float64, outside float64) Estimate {
	if len(replicates) == 0 {
		return Exactly(value)
	}
	sorted := slices.Clone(replicates)
	slices.Sort(sorted) // NaNs come first
	unknown := countNaN(sorted)
	n := len(sorted)
	cut := max(0, int(outside*float64(n+1))-1)
	low, high := math.Inf(-1), math.Inf(1)
	if cut >= unknown {
		low = sorted[cut]
		// With the NaNs on top, the last known value has rank n-unknown.
		high = sorted[n-1-cut+unknown]
	}
	return Between(value, min(low, value), max(high, value))
}

// Interval returns value with the interval between the 2.5 % and the 97.5 %
// quantile of its replicates under b's resamples, which may be infinite or NaN
// where a percentile is a failure. It is made wider for the number of blocks, as a
// t interval is wider than a normal one. Resampling m blocks of a phase understates variance by the factor
// 1-1/m, which is (N-S)/N over N blocks of S phases, and N-S degrees of freedom
// estimate it; so the tails cut off are those of the normal distribution beyond
// t(N-S)·√(N/(N-S)) (Hesterberg, What Teachers Should Know About the Bootstrap,
// American Statistician 69, 2015: the expanded percentile interval).
func (b *Blocks) Interval(value float64, replicates []float64) Estimate {
	spread, freedom := b.spread()
	if freedom < 1 {
		return between(value, replicates, 0)
	}
	t := distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(1 - tail)
	return between(value, replicates, distuv.UnitNormal.CDF(-t*spread))
}

// spread returns by how much resampling understates a standard error, and the
// degrees of freedom with which it estimates it.
func (b *Blocks) spread() (factor, freedom float64) {
	n := float64(b.count)
	freedom = n - float64(len(b.strata))
	return math.Sqrt(n / max(1, freedom)), freedom
}

// PValue returns how surprising a difference of value would be, given its
// replicates under b's resamples, if there were none: the level at which
// [Blocks.Interval] begins to hold zero.
//
// Beyond what the replicates resolve, where none lies on the other side of
// zero, the tail is taken to be that of Student's t: the value in units of the
// replicates' standard deviation. A replicate without a value lies on both
// sides of zero. Without degrees of freedom the p-value is 1.
func (b *Blocks) PValue(value float64, replicates []float64) float64 {
	spread, freedom := b.spread()
	if freedom < 1 || len(replicates) == 0 {
		return 1
	}
	t := distuv.StudentsT{Sigma: 1, Nu: freedom}
	counted := PValue(replicates)
	p := 2 * t.CDF(distuv.UnitNormal.Quantile(counted/2)/spread)
	if counted > 2/float64(len(replicates)+1) {
		return p
	}
	return min(p, 2*t.CDF(-math.Abs(value)/(deviation(replicates)*spread)))
}

// deviation returns the standard deviation of finite values; of others, NaN or
// +Inf, whose p-value is not below any other.
func deviation(values []float64) float64 {
	mean, squares := 0.0, 0.0
	for i, v := range values { // Welford's way
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return math.Inf(1)
		}
		d := v - mean
		mean += d / float64(i+1)
		squares += d * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)-1))
}

// PValue returns how surprising the replicates of a difference would be if
// there were none: twice the smaller share of them on either side of zero,
// counting a replicate without a value on both, and never 0.
func PValue(replicates []float64) float64 {
	above, below := 1, 1
	for _, v := range replicates {
		if !(v > 0) {
			below++
		}
		if !(v < 0) {
			above++
		}
	}
	return min(1, 2*float64(min(above, below))/float64(len(replicates)+1))
}

func countNaN(sorted []float64) (n int) {
	for n < len(sorted) && math.IsNaN(sorted[n]) {
		n++
	}
	return n
}

// NormalPValue returns the two-sided p-value of a normally distributed
// difference of value whose 95 % interval extends by half toward zero. It is 1
// if both are 0.
func NormalPValue(value, half float64) float64 {
	if value == 0 {
		return 1
	}
	return 2 * distuv.UnitNormal.CDF(-z*math.Abs(value)/half)
}
