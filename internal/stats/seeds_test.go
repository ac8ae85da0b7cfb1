package stats_test

import (
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Mean 3, standard deviation √2.5, t(4) = 2.776: 3 ± 1.963.
func TestAcross(t *testing.T) {
	t.Parallel()
	e := stats.Across([]float64{1, 2, 3, 4, 5})
	if !near(e.Value, 3, 1e-12) || !near(e.Low, 3-1.9633, 1e-4) || !near(e.High, 3+1.9633, 1e-4) {
		t.Errorf("got %+v", e)
	}
	if e := stats.Across([]float64{7}); e.Value != 7 || e.HasInterval() {
		t.Errorf("one value gives %+v", e)
	}
	if e := stats.Across(nil); e.Known() {
		t.Errorf("no value gives %+v", e)
	}
}

func TestAcrossEstimates(t *testing.T) {
	t.Parallel()
	of := stats.AcrossEstimates
	if e := of([]stats.Estimate{stats.Exactly(1), stats.Exactly(3)}); e.Value != 2 || !e.HasInterval() {
		t.Errorf("got %+v", e)
	}
	if e := of([]stats.Estimate{stats.Exactly(1), stats.Missing("x"), stats.Missing("y")}); e.Why != "2 of 3 runs have none: x" {
		t.Errorf("got %+v", e)
	}
	if e := of([]stats.Estimate{stats.Missing("x"), stats.Missing("x")}); e.Why != "x" {
		t.Errorf("got %+v", e)
	}
	perfect := stats.Wilson(100, 100)
	if e := of([]stats.Estimate{perfect, perfect}); e != perfect {
		t.Errorf("runs without a failure give %+v, want %+v", e, perfect)
	}
}

// The worked example of Student, Biometrika 6 (1908): the gain in sleep of ten
// patients has t = 4.0621 and p = 0.00283.
func TestAcrossPValue(t *testing.T) {
	t.Parallel()
	gain := []float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4}
	if p := stats.AcrossPValue(gain); !near(p, 0.00283, 5e-6) {
		t.Errorf("p = %v, want 0.00283", p)
	}
	for _, none := range [][]float64{nil, {3}, {0, 0, 0}, {-1, 1}} {
		if p := stats.AcrossPValue(none); p != 1 {
			t.Errorf("%v: p = %v, want 1", none, p)
		}
	}
	if p := stats.AcrossPValue([]float64{2, 2, 2}); p != 0 {
		t.Errorf("values without spread have p = %v", p)
	}
}

func TestNormalPValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, half, want float64 }{
		{1, 1, 0.05}, {-1, 1, 0.05}, {0, 0, 1}, {1, 0, 0}, {1, math.Inf(1), 1},
	} {
		if p := stats.NormalPValue(c.value, c.half); !near(p, c.want, 1e-12) {
			t.Errorf("%v ± %v: p = %v, want %v", c.value, c.half, p, c.want)
		}
	}
}
