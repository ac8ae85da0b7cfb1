package stats_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// coded makes panels of what each observer assigned to each unit, "." nothing.
func coded(observers ...string) *stats.Agreement {
	var rows [][]string
	for _, o := range observers {
		rows = append(rows, strings.Fields(o))
	}
	var a stats.Agreement
	for unit := range rows[0] {
		var votes []uint64
		for _, row := range rows {
			if row[unit] != "." {
				votes = append(votes, uint64(row[unit][0]))
			}
		}
		a.Add(votes)
	}
	return &a
}

// The worked examples of K. Krippendorff, Computing Krippendorff's
// Alpha-Reliability (University of Pennsylvania, 2011), sections A to C: binary
// data of two observers, nominal data of two, and nominal data of four with
// missing values.
func TestAgreement_Alpha(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		a    *stats.Agreement
		want float64
	}{
		{"binary, two observers", coded("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), 0.095},
		{"nominal, two observers", coded("a a b b d c c c e d d a", "b a b b b c c c e d d d"), 0.692},
		{"nominal, missing values", coded(
			"1 2 3 3 2 1 4 1 2 . . .",
			"1 2 3 3 2 2 4 1 2 5 . 3",
			". 3 3 3 2 3 4 2 2 5 1 .",
			"1 2 3 3 2 4 4 1 2 5 1 .",
		), 0.743},
		{"all panels agree", coded("a b c", "a b c"), 1},
	} {
		if got := c.a.Alpha(); !near(got.Value, c.want, 5e-4) {
			t.Errorf("%s: alpha = %v, want %v", c.name, got.Value, c.want)
		}
	}
}

func TestAgreement_Alpha_missing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a   *stats.Agreement
		why string
	}{
		{panels(nil), "no panel has two votes"},
		{panels([][]int{{1}, {0, 1}}), "no panel has two votes"},
		{panels([][]int{{3}, {2}}), "every vote is the same"},
	} {
		if got := c.a.Alpha(); got.Why != c.why {
			t.Errorf("why = %q, want %q", got.Why, c.why)
		}
	}
}

// With complete panels alpha is Fleiss' kappa corrected for the sample's size:
// 1 - alpha = (1 - kappa)·(1 - 1/n) over n votes.
func TestAgreement_Alpha_isKappa(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		size, count := rapid.IntRange(2, 5).Draw(rt, "size"), rapid.IntRange(1, 20).Draw(rt, "panels")
		var a stats.Agreement
		for range count {
			a.Add(rapid.SliceOfN(rapid.Uint64Range(1, 3), size, size).Draw(rt, "votes"))
		}
		kappa, alpha := a.Kappa(), a.Alpha()
		if kappa.Known() != alpha.Known() {
			rt.Fatalf("kappa %+v, alpha %+v", kappa, alpha)
		}
		n := float64(size * count)
		if want := 1 - (1-kappa.Value)*(1-1/n); kappa.Known() && !near(alpha.Value, want, 1e-12) {
			rt.Errorf("alpha = %v, want %v", alpha.Value, want)
		}
	})
}
