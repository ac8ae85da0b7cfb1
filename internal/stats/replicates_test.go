package stats_test

import (
	"math"
	"slices"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Twenty blocks of one phase: t(19) = 2.093 and √(20/19) make 2.147 standard
// errors of 1.960, beyond which lie 1.59 % at either end.
func TestBlocks_Interval(t *testing.T) {
	t.Parallel()
	thousand := make([]float64, 999)
	for i := range thousand {
		thousand[i] = float64(i + 1)
	}
	for _, c := range []struct {
		name      string
		phases    []int
		low, high float64
	}{
		{"twenty blocks", make([]int, 20), 15, 985},
		{"many blocks", make([]int, 2000), 24, 976},
		{"two blocks", make([]int, 2), 1, 999},
		{"a phase a block", []int{0, 1, 2}, 1, 999},
	} {
		e := stats.NewBlocks(c.phases, len(thousand), draw.New(1)).Interval(500, thousand)
		if e.Low != c.low || e.High != c.high {
			t.Errorf("%s: %v to %v, want %v to %v", c.name, e.Low, e.High, c.low, c.high)
		}
	}
	if e := stats.NewBlocks(nil, 0, draw.New(1)).Interval(1, nil); e.HasInterval() {
		t.Errorf("no replicates make the interval %+v", e)
	}
}

// The p-value and the interval say the same: p <= 0.05 where the interval
// excludes zero. Beyond what replicates resolve it goes on falling.
func TestBlocks_PValue(t *testing.T) {
	t.Parallel()
	blocks := stats.NewBlocks(make([]int, 30), 999, draw.New(1))
	normal := draw.Lognormal{Median: 1, Sigma: 1}
	last := 1.0
	for shift := 0.0; shift < 8; shift += 0.25 {
		replicates := make([]float64, 999)
		for i := range replicates {
			replicates[i] = shift + math.Log(normal.Quantile((float64(i)+0.5)/999))
		}
		p, e := blocks.PValue(shift, replicates), blocks.Interval(shift, replicates)
		if significant := e.Low > 0; significant != (p <= 0.05) {
			t.Errorf("shift %v: p = %v, interval from %v", shift, p, e.Low)
		}
		if p > last || p < 0 {
			t.Errorf("shift %v: p = %v after %v", shift, p, last)
		}
		last = p
	}
	if last > 1e-7 {
		t.Errorf("eight standard errors have p = %v", last)
	}
	open := slices.Repeat([]float64{math.Inf(1)}, 999)
	if p := blocks.PValue(1, open); !(p > 0 && p < 0.005) {
		t.Errorf("replicates without an end have p = %v", p)
	}
	for _, none := range [][]float64{nil, slices.Repeat([]float64{math.NaN()}, 999)} {
		if p := blocks.PValue(1, none); p != 1 {
			t.Errorf("without replicates p = %v", p)
		}
	}
	if p := stats.NewBlocks([]int{0, 1}, 999, draw.New(1)).PValue(1, slices.Repeat([]float64{1}, 999)); p != 1 {
		t.Errorf("without degrees of freedom p = %v", p)
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
