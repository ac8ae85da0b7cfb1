package stats_test

import (
	"math"
	"slices"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

func TestFromReplicates(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i) // 0 to 99: the interval cuts two at either end
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
		{"plain", 50, hundred, 2, 97},
		{"widened to the value", 98, hundred, 2, 98},
		{"few failures", 50, with(inf, 2), 2, 97},
		{"more failures", 50, with(inf, 3), 2, inf},
		{"failures of the other", 50, with(-inf, 3), -inf, 94},
		{"few unknown", 50, with(nan, 2), 0, 97},
		{"more unknown", 50, with(nan, 3), -inf, inf},
		{"constant", 7, slices.Repeat([]float64{7}, 400), 7, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if e := stats.FromReplicates(c.value, c.replicates); e.Low != c.low || e.High != c.high || e.Value != c.value {
				t.Errorf("got %v from %v to %v, want %v to %v", e.Value, e.Low, e.High, c.low, c.high)
			}
		})
	}
	if stats.FromReplicates(1, nil).HasInterval() {
		t.Error("no replicates make an interval")
	}
}

func TestPValue(t *testing.T) {
	t.Parallel()
	ninetyNine := slices.Repeat([]float64{1}, 99)
	for _, c := range []struct {
		name   string
		change func([]float64)
		want   float64
	}{
		{"all on one side", func([]float64) {}, 0.02},
		{"one on the other", func(s []float64) { s[0] = -1 }, 0.04},
		{"one without a value", func(s []float64) { s[0] = math.NaN() }, 0.04},
		{"no difference", func(s []float64) { clear(s) }, 1},
	} {
		s := slices.Clone(ninetyNine)
		c.change(s)
		if got := stats.PValue(s); !near(got, c.want, 1e-12) {
			t.Errorf("%s: p = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHolm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.5, 0.6}, []float64{1, 1}},
		{[]float64{0.02}, []float64{0.02}},
		{nil, []float64{}},
	} {
		got := stats.Holm(c.p)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return near(a, b, 1e-12) }) {
			t.Errorf("Holm(%v) = %v, want %v", c.p, got, c.want)
		}
	}
}
