package svg

import (
	"cmp"
	"math"
	"slices"
)

// Scale maps values to positions, linearly or by their logarithm. Low maps to
// From and High to To; From may be the larger one, as for heights.
type Scale struct {
	Low, High, From, To float64
	// Log makes the scale logarithmic; Low must then be positive.
	Log bool
}

// At returns the position of v, held within the scale.
func (s Scale) At(v float64) float64 {
	low, high, at := s.Low, s.High, min(max(v, s.Low), s.High)
	if s.Log {
		low, high, at = math.Log(low), math.Log(high), math.Log(at)
	}
	if high <= low {
		return (s.From + s.To) / 2
	}
	return s.From + (s.To-s.From)*(at-low)/(high-low)
}

// Ticks returns round values inside the scale with at least gap between their
// positions: 1, 2, 5 and their tens, more on a short logarithmic scale. A scale
// without two finite ends has none.
func (s Scale) Ticks(gap float64) []float64 {
	if span := s.High - s.Low; math.IsNaN(span) || math.IsInf(span, 0) {
		return nil
	}
	for _, steps := range [][]float64{
		{1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9},
		{1, 1.5, 2, 3, 4, 5, 7},
		{1, 2, 3, 5, 7},
		{1, 2, 5},
		{1, 3},
		{1},
	} {
		if ticks := s.candidates(steps); s.spaced(ticks, gap) {
			return ticks
		}
	}
	return s.thin(s.candidates([]float64{1}), gap)
}

// candidates returns the values of the steps times a power of ten in range.
func (s Scale) candidates(steps []float64) []float64 {
	var ticks []float64
	if !s.Log {
		return s.linear(steps)
	}
	for e := math.Floor(math.Log10(s.Low)); e <= math.Ceil(math.Log10(s.High)); e++ {
		for _, step := range steps {
			if v := decimal(step, e); v >= s.Low && v <= s.High {
				ticks = append(ticks, v)
			}
		}
	}
	return ticks
}

// linear returns the multiples of one round step: the fewer the steps, the
// wider it is.
func (s Scale) linear(steps []float64) []float64 {
	if s.High <= s.Low {
		return []float64{s.Low}
	}
	unit := math.Floor(math.Log10((s.High - s.Low) / 2))
	step := decimal(map[int]float64{15: 0.2, 7: 0.5, 5: 1, 3: 2, 2: 5, 1: 10}[len(steps)], unit)
	var ticks []float64
	for i := math.Ceil(s.Low / step); i*step <= s.High; i++ {
		ticks = append(ticks, i*step)
	}
	return ticks
}

// decimal returns v times ten to the power e, exactly where that is possible.
func decimal(v, e float64) float64 {
	if e < 0 {
		return v / math.Pow(10, -e)
	}
	return v * math.Pow(10, e)
}

func (s Scale) spaced(ticks []float64, gap float64) bool {
	for i := 1; i < len(ticks); i++ {
		if math.Abs(s.At(ticks[i])-s.At(ticks[i-1])) < gap {
			return false
		}
	}
	return len(ticks) > 0
}

func (s Scale) thin(ticks []float64, gap float64) []float64 {
	var kept []float64
	for _, t := range ticks {
		if len(kept) == 0 || math.Abs(s.At(t)-s.At(kept[len(kept)-1])) >= gap {
			kept = append(kept, t)
		}
	}
	return kept
}

// Spread moves positions apart until neighbours are at least gap from each
// other, with the least sum of squared moves, then into low to high if there is
// room. The result has the order of the input.
func Spread(at []float64, gap, low, high float64) []float64 {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	out := make([]float64, len(at))
	for i, y := range pool(at, order, gap) {
		out[order[i]] = y + gap*float64(i)
	}
	edge := low
	for _, i := range order {
		out[i] = max(out[i], edge)
		edge = out[i] + gap
	}
	edge = high
	for _, i := range slices.Backward(order) {
		out[i] = min(out[i], edge)
		edge = out[i] - gap
	}
	return out
}

// pool fits the nearest rising sequence to the positions less their gaps, by
// pooling adjacent violators (isotonic regression).
func pool(at []float64, order []int, gap float64) []float64 {
	type block struct {
		sum float64
		n   int
	}
	mean := func(b block) float64 { return b.sum / float64(b.n) }
	var blocks []block
	for i, j := range order {
		blocks = append(blocks, block{at[j] - gap*float64(i), 1})
		for n := len(blocks); n > 1 && mean(blocks[n-2]) > mean(blocks[n-1]); n = len(blocks) {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].n += blocks[n-1].n
			blocks = blocks[:n-1]
		}
	}
	fitted := make([]float64, 0, len(order))
	for _, b := range blocks {
		for range b.n {
			fitted = append(fitted, mean(b))
		}
	}
	return fitted
}
