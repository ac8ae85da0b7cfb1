package compare

import (
	"math"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// unpaired compares what the two reports say. The interval of the difference is
// made of the two intervals (the method of variance estimates recovery, Zou and
// Donner, Statistics in Medicine 27, 2008): with old e1 in [l1, u1] and new e2
// in [l2, u2],
//
//	low  = e2 - e1 - √((e2-l2)² + (u1-e1)²)
//	high = e2 - e1 + √((u2-e2)² + (e1-l1)²)
//
// and the p-value that of a normal value whose 95 % interval has the half width
// of the side toward zero. Without both intervals there is no test.
func unpaired(before, after *reports.Strategy, m metric) tested {
	t := tested{before: m.of(before), after: m.of(after)}
	switch {
	case !t.before.Known():
		t.delta.Why = "old: " + t.before.Why
		return t
	case !t.after.Known():
		t.delta.Why = "new: " + t.after.Why
		return t
	}
	d := t.after.Value - t.before.Value
	t.delta.Delta = number(d)
	if !t.before.HasInterval() || !t.after.HasInterval() {
		t.delta.Why = "the reports hold no interval; with the same seed and both runs' requests there would be one"
		return t
	}
	down := math.Hypot(t.after.Value-t.after.Low, t.before.High-t.before.Value)
	up := math.Hypot(t.after.High-t.after.Value, t.before.Value-t.before.Low)
	t.delta.Low, t.delta.High = number(d-down), number(d+up)
	toward := down
	if d < 0 {
		toward = up
	}
	t.delta.P = number(stats.NormalPValue(d, toward))
	return t
}
