package stats

import (
	"math"
	"testing"
)

// The values are those of the reference implementation, ConfSeq, for a one-sided
// boundary at 5 %, tuned to a variance of 100, with scale 2.
func TestMixtureReference(t *testing.T) {
	t.Parallel()
	m := newMixture(2, 100, 2*0.05)
	if got := m.log(10, 100); math.Abs(got+0.2490165) > 1e-7 {
		t.Errorf("log m(10, 100) = %.8f, want -0.2490165", got)
	}
	if got := m.boundary(100, math.Log(20)); math.Abs(got-33.02017) > 1e-5 {
		t.Errorf("boundary(100) = %.6f, want 33.02017", got)
	}
}

// The mixture rises with the sum, and stays below the bound that spares its
// evaluation.
func TestMixtureIsBelowItsBound(t *testing.T) {
	t.Parallel()
	for _, m := range []mixture{newMixture(2, 100, 0.05), newMixture(10, 2500, 0.05), newMixture(100, 10, 0.01)} {
		for v := 1e-3; v < 1e7; v *= 3 {
			before := math.Inf(-1)
			for s := 0.0; s < 8*math.Sqrt(v)+100; s += math.Sqrt(v)/3 + 1 {
				got := m.log(s, v)
				if got < before || got > s*s/(2*v)+1e-6 || math.IsNaN(got) {
					t.Fatalf("scale %v: log m(%v, %v) = %v after %v, bound %v", m.scale, s, v, got, before, s*s/(2*v))
				}
				before = got
			}
		}
	}
}
