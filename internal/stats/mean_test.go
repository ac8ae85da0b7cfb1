package stats_test

import (
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

func TestMean(t *testing.T) {
	t.Parallel()
	var m stats.Mean
	if e := m.Estimate(); e.Known() {
		t.Errorf("the mean of nothing is %v", e.Value)
	}
	m.Add(3)
	if e := m.Estimate(); e.Value != 3 || e.HasInterval() {
		t.Errorf("the mean of one value is %+v", e)
	}
	for _, x := range []float64{5, 7, 9} {
		m.Add(x)
	}
	// s² = 20/3, so the half width is z·√(20/12).
	half := 1.959963984540054 * math.Sqrt(20./12)
	e := m.Estimate()
	if e.Value != 6 || math.Abs(e.High-6-half) > 1e-12 || math.Abs(6-half-e.Low) > 1e-12 || m.Count() != 4 {
		t.Errorf("%+v, want 6 ± %v", e, half)
	}
}

// Far from zero no digits are lost.
func TestMean_farFromZero(t *testing.T) {
	t.Parallel()
	var near, far stats.Mean
	for i := range 1000 {
		near.Add(float64(i % 7))
		far.Add(1e9 + float64(i%7))
	}
	a, b := near.Estimate(), far.Estimate()
	if w, v := a.High-a.Low, b.High-b.Low; math.Abs(w-v) > 1e-6*w {
		t.Errorf("widths %v and %v", w, v)
	}
}
