package fault_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// down says whether an attempt at the named model fails at the given time.
func down(f fault.Fault, run draw.Key, model string, at time.Duration) bool {
	p := plan()
	k := draw.New(9).Word(uint64(at))
	f.Apply(&p, fault.Instant{At: at, Since: at, Strength: 1, Draw: k.Name(model), Shared: k, Run: run})
	return p.End != fault.EndComplete
}

// spells returns when a model is down, looking every step until the end.
func spells(f fault.Fault, run draw.Key, model string, step, end time.Duration) (all []bool) {
	for at := time.Duration(0); at < end; at += step {
		all = append(all, down(f, run, model, at))
	}
	return all
}

func TestIncidents_fixed(t *testing.T) {
	t.Parallel()
	f := &fault.Incidents{Gap: draw.Constant(30 * time.Minute), Duration: draw.Constant(10 * time.Minute), Speed: 2}
	got := spells(f, 0, "m", 5*time.Minute, 45*time.Minute)
	if diff := cmp.Diff([]bool{false, false, false, true, false, false, false, true, false}, got); diff != "" {
		t.Errorf("down every 5 minutes (-want +got):\n%s", diff)
	}
}

// TestIncidents_correlated: the seed decides, not the model, and not what was
// asked before.
func TestIncidents_correlated(t *testing.T) {
	t.Parallel()
	const step, end = 7 * time.Minute, 400 * time.Hour
	fresh := func() fault.Fault { return (&fault.Incidents{Speed: 10}).Fresh() }
	one := draw.New(1)
	a := spells(fresh(), one, "a", step, end)
	if diff := cmp.Diff(a, spells(fresh(), one, "b", step, end)); diff != "" {
		t.Errorf("models differ:\n%s", diff)
	}
	if cmp.Equal(a, spells(fresh(), draw.New(2), "a", step, end)) {
		t.Error("seeds do not differ")
	}
	f := fresh()
	backwards := make([]bool, len(a))
	for i := range slices.Backward(a) {
		backwards[i] = down(f, one, "a", time.Duration(i)*step)
	}
	if diff := cmp.Diff(a, backwards); diff != "" {
		t.Errorf("asked from the end:\n%s", diff)
	}
	if !slices.Contains(a, true) || !slices.Contains(a, false) {
		t.Error("never down, or always")
	}
}

// TestIncidents_likeRealOnes: durations and gaps have the published medians and
// means, scaled, and the model is down for the share that follows from them.
func TestIncidents_likeRealOnes(t *testing.T) {
	t.Parallel()
	const speed, step = 100, 5 * time.Second
	end := 900 * time.Hour
	f := &fault.Incidents{Speed: speed}
	var up, broken []float64 // in hours as drawn
	was, since := false, time.Duration(0)
	downs := 0
	for at := time.Duration(0); at < end; at += step {
		is := down(f, draw.New(5), "m", at)
		if is {
			downs++
		}
		if is == was {
			continue
		}
		lasted := (at - since).Hours() * speed
		if was {
			broken = append(broken, lasted)
		} else {
			up = append(up, lasted)
		}
		was, since = is, at
	}
	slices.Sort(up)
	slices.Sort(broken)
	for what, c := range map[string]struct{ got, want, tolerance float64 }{
		"median duration": {broken[len(broken)/2], 1.25, 0.15},
		"P95 duration":    {broken[len(broken)*95/100], 371.0 / 60, 1},
		"median gap":      {up[len(up)/2], 50.4, 8},
		"share down":      {float64(downs) * float64(step) / float64(end), 0.0141, 0.002},
	} {
		if math.Abs(c.got-c.want) > c.tolerance {
			t.Errorf("%s is %.4f, want about %.4f (n = %d)", what, c.got, c.want, len(broken))
		}
	}
}

// Incidents that begin and end by degrees hit fewer attempts there.
func TestIncidents_Ramp(t *testing.T) {
	t.Parallel()
	f := &fault.Incidents{Gap: draw.Constant(time.Hour), Duration: draw.Constant(time.Hour), Ramp: 0.5}
	hits := func(from time.Duration) float64 {
		n := 0
		for i := range time.Duration(4000) {
			if down(f, 0, "m", from+i) {
				n++
			}
		}
		return float64(n) / 4000
	}
	for after, want := range map[time.Duration]float64{0: 0, 6 * time.Minute: 0.2, 15 * time.Minute: 0.5, 30 * time.Minute: 1, 45 * time.Minute: 0.5} {
		near(t, "down", hits(time.Hour+after), want, 4000)
	}
}

// The times count from the window's beginning.
func TestIncidents_inAWindow(t *testing.T) {
	t.Parallel()
	hour := draw.Constant(time.Hour)
	w := fault.Window{From: 5 * time.Hour, Fault: &fault.Incidents{Gap: hour, Duration: hour}}
	for at, want := range map[time.Duration]bool{time.Hour + 1: false, 5 * time.Hour: false, 6 * time.Hour: true, 7 * time.Hour: false} {
		if got := down(&w, 0, "m", at); got != want {
			t.Errorf("at %v down is %v", at, got)
		}
	}
}
