package stats

import (
	"math"
	"slices"
)

// FromReplicates returns value with the interval between the 2.5 % and the
// 97.5 % quantile of its replicates, one per resample, widened to hold value.
//
// A replicate may be infinite: a percentile that is a failure is +Inf, and
// the interval is then open. One that has no value, such as the difference of
// two failures, is NaN and counts as a possible extreme at both ends. Value
// must be finite; without replicates there is no interval.
func FromReplicates(value float64, replicates []float64) Estimate {
	if len(replicates) == 0 {
		return Exactly(value)
	}
	sorted := slices.Clone(replicates)
	slices.Sort(sorted) // NaNs come first
	unknown := countNaN(sorted)
	n := len(sorted)
	cut := int(tail * float64(n))
	low, high := math.Inf(-1), math.Inf(1)
	if cut >= unknown {
		low = sorted[cut]
		// With the NaNs on top, the last known value has rank n-unknown.
		high = sorted[n-1-cut+unknown]
	}
	return Between(value, min(low, value), max(high, value))
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
