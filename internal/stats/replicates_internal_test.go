package stats

import (
	"math"
	"slices"
	"testing"
)

func TestBetween_replicates(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i) // 0 to 99: two of 101 lie at or beyond either end
	}
	with := func(v float64, n int) []float64 {
		s := slices.Clone(hundred)
		copy(s[100-n:], slices.Repeat([]float64{v}, n))
		return s
	}
	for _, c := range []struct {
		name       string
		value      float64
		replicates []float64
		low, high  float64
	}{
		{"plain", 50, hundred, 1, 98},
		{"widened to the value", 99, hundred, 1, 99},
		{"few failures", 50, with(inf, 1), 1, 98},
		{"more failures", 50, with(inf, 2), 1, inf},
		{"failures of the other", 50, with(-inf, 2), -inf, 96},
		{"few unknown", 50, with(nan, 1), 0, 98},
		{"more unknown", 50, with(nan, 2), -inf, inf},
		{"constant", 7, slices.Repeat([]float64{7}, 400), 7, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if e := between(c.value, c.replicates, tail); e.Low != c.low || e.High != c.high || e.Value != c.value {
				t.Errorf("got %v from %v to %v, want %v to %v", e.Value, e.Low, e.High, c.low, c.high)
			}
		})
	}
	if between(1, nil, tail).HasInterval() {
		t.Error("no replicates make an interval")
	}
}
