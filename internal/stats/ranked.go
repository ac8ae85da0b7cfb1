package stats

import (
	"math"
	"slices"
)

// Ranked is a sample sorted by value in which every value knows its block, so
// that a quantile of any resample of blocks is found without sorting again. It
// is immutable and safe for concurrent use.
type Ranked struct {
	// keys are the bits of the value as a float32, whose order is that of the
	// values as they are not negative, above the number of the block.
	keys    []uint64
	inBlock []int32 // number of values per block
}

// NewRanked returns the sample of value[i] in block[i], with blocks numbered
// below blocks. Values must not be negative or NaN; +Inf stands for a failure.
// They are kept to seven digits.
func NewRanked(value []float64, block []int32, blocks int) *Ranked {
	s := &Ranked{keys: make([]uint64, len(value)), inBlock: make([]int32, blocks)}
	for i, v := range value {
		s.keys[i] = uint64(math.Float32bits(float32(v)))<<32 | uint64(uint32(block[i]))
		s.inBlock[block[i]]++
	}
	slices.Sort(s.keys)
	return s
}

// Len returns the number of values.
func (s *Ranked) Len() int { return len(s.keys) }

// Quantile prepares the p-quantile, 0 < p < 1, for many resamples.
func (s *Ranked) Quantile(p float64) Quantile {
	q := Quantile{of: s, p: p, below: make([]int32, len(s.inBlock))}
	if len(s.keys) > 0 {
		q.pivot = Rank(len(s.keys), p)
	}
	for _, k := range s.keys[:q.pivot] {
		q.below[uint32(k)]++
	}
	return q
}

// Quantile is one quantile of a [Ranked] sample, ready for resamples. It is
// immutable and safe for concurrent use.
type Quantile struct {
	of    *Ranked
	p     float64
	pivot int     // rank of the quantile in the sample itself
	below []int32 // how many of the first pivot values each block has
}

// Under returns the quantile of the resample that holds block i weights[i]
// times: its value of rank ceil(p·n), +Inf among failures, NaN if it is empty.
// Starting from the quantile of the sample itself, whose rank in the resample
// is a sum over blocks, it walks the few values to the resample's own.
func (q Quantile) Under(weights []int32) float64 {
	n, rank := 0, 0
	for i, w := range weights {
		n += int(w) * int(q.of.inBlock[i])
		rank += int(w) * int(q.below[i])
	}
	if n == 0 {
		return math.NaN()
	}
	return value(q.of.keys[q.walk(weights, rank, Rank(n, q.p))])
}

// walk returns the position of the value of rank want, given that have values
// of the resample are among the first pivot ones.
func (q Quantile) walk(weights []int32, have, want int) int {
	keys, i := q.of.keys, q.pivot
	for have < want {
		have += int(weights[uint32(keys[i])])
		i++
	}
	for {
		w := int(weights[uint32(keys[i-1])])
		if w > 0 && have-w < want {
			return i - 1
		}
		have -= w
		i--
	}
}

func value(key uint64) float64 { return float64(math.Float32frombits(uint32(key >> 32))) }

// Sums are the sums of a quantity per block.
type Sums []float64

// Under returns the quantity's sum over the resample.
func (s Sums) Under(weights []int32) float64 {
	sum := 0.0
	for i, w := range weights {
		sum += float64(w) * s[i]
	}
	return sum
}
