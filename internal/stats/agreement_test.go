package stats_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// panels makes votes of counts: row {2, 1} is two votes for 0 and one for 1.
func panels(counts [][]int) *stats.Agreement {
	var a stats.Agreement
	for _, row := range counts {
		var votes []uint64
		for vote, n := range row {
			for range n {
				votes = append(votes, uint64(vote))
			}
		}
		a.Add(votes)
	}
	return &a
}

// The example of Fleiss, Psychological Bulletin 76 (1971), in the shortened
// form often printed: ten subjects, fourteen raters, kappa 0.210.
func TestAgreement_Kappa(t *testing.T) {
	t.Parallel()
	a := panels([][]int{
		{0, 0, 0, 0, 14},
		{0, 2, 6, 4, 2},
		{0, 0, 3, 5, 6},
		{0, 3, 9, 2, 0},
		{2, 2, 8, 1, 1},
		{7, 7, 0, 0, 0},
		{3, 2, 6, 3, 0},
		{2, 5, 3, 2, 2},
		{6, 5, 2, 1, 0},
		{0, 2, 2, 3, 7},
	})
	if k := a.Kappa(); !near(k.Value, 0.210, 5e-4) {
		t.Errorf("kappa = %v, want 0.210", k.Value)
	}
	if p := a.Pairwise(); !near(p.Value, 0.378, 5e-4) || !p.HasInterval() {
		t.Errorf("pairwise agreement = %+v, want 0.378", p)
	}
}

func TestAgreement_missing(t *testing.T) {
	t.Parallel()
	many := make([][]int, 0, 2)
	for _, c := range []struct {
		name string
		a    *stats.Agreement
		why  string
	}{
		{"none", panels(many), "no panel has two votes"},
		{"one vote", panels([][]int{{1}}), "no panel has two votes"},
		{"a vote missing", panels([][]int{{2, 1}, {2}, {1, 2}}), "1 of 3 panels have votes missing"},
		{"all the same", panels([][]int{{3}, {3}}), "every vote is the same"},
	} {
		if k := c.a.Kappa(); k.Why != c.why {
			t.Errorf("%s: why = %q, want %q", c.name, k.Why, c.why)
		}
	}
}

func TestAgreement_crowded(t *testing.T) {
	t.Parallel()
	var a stats.Agreement
	for i := range uint64(40_000) {
		a.Add([]uint64{2 * i, 2*i + 1})
	}
	if k := a.Kappa(); k.Why != "more than 65536 different votes" {
		t.Errorf("kappa = %+v", k)
	}
	if p := a.Pairwise(); p.Value != 0 || a.Panels() != 40_000 {
		t.Errorf("pairwise = %+v of %d panels", p, a.Panels())
	}
}
