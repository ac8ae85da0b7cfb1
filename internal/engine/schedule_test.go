package engine_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

func newSchedule(tb testing.TB, l engine.Load) *engine.Schedule {
	tb.Helper()
	s, err := engine.NewSchedule(l)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func dueTimes(tb testing.TB, l engine.Load) []time.Duration {
	tb.Helper()
	return rest(newSchedule(tb, l))
}

func rest(s *engine.Schedule) []time.Duration {
	var due []time.Duration
	for d, ok := s.Next(); ok; d, ok = s.Next() {
		due = append(due, d)
	}
	return due
}

func last[T any](s []T) T { return s[len(s)-1] }

func TestSchedule_ends(t *testing.T) {
	t.Parallel()
	steps := engine.Steps{{Rate: 10, For: time.Second}, {Rate: 0, For: time.Second}, {Rate: 4, For: time.Second}}
	tests := []struct {
		name string
		load engine.Load
		n    int
		last time.Duration
	}{
		{"before the duration", engine.Load{Arrivals: engine.Constant{Rate: 20}, Duration: time.Minute}, 1200, 59950 * time.Millisecond},
		{"a request due at the duration is out", engine.Load{Arrivals: engine.Constant{Rate: 1}, Duration: 3 * time.Second}, 3, 2 * time.Second},
		{"just after it is in", engine.Load{Arrivals: engine.Constant{Rate: 1}, Duration: 3*time.Second + 1}, 4, 3 * time.Second},
		{"after the requests", engine.Load{Arrivals: engine.Constant{Rate: 20}, Requests: 5}, 5, 200 * time.Millisecond},
		{"requests go before duration", engine.Load{Arrivals: engine.Constant{Rate: 20}, Requests: 5, Duration: time.Millisecond}, 5, 200 * time.Millisecond},
		{"fractional rate", engine.Load{Arrivals: engine.Constant{Rate: 0.25}, Duration: 9 * time.Second}, 3, 8 * time.Second},
		{"steps have a length", engine.Load{Arrivals: steps}, 14, 2750 * time.Millisecond},
		{"steps cut short", engine.Load{Arrivals: steps, Duration: 500 * time.Millisecond}, 5, 400 * time.Millisecond},
		{"the last step goes on", engine.Load{Arrivals: steps, Requests: 18}, 18, 3750 * time.Millisecond},
		{"a ramp holds its end", engine.Load{Arrivals: engine.Ramp{To: 10}, Duration: 2 * time.Second, Requests: 20}, 20, 2900 * time.Millisecond},
		{"a ramp by requests", engine.Load{Arrivals: engine.Ramp{From: 10}, Requests: 5}, 5, 552786405 * time.Nanosecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			due := dueTimes(t, tt.load)
			if len(due) != tt.n || last(due) != tt.last {
				t.Errorf("%d requests, the last due at %v, want %d and %v", len(due), last(due), tt.n, tt.last)
			}
			if n := newSchedule(t, tt.load).Planned(); n != tt.n {
				t.Errorf("Planned() = %d, want %d", n, tt.n)
			}
		})
	}
}

func TestSchedule_isTheSameEveryTime(t *testing.T) {
	t.Parallel()
	for name, arrivals := range everyArrivals() {
		load := engine.Load{Arrivals: arrivals, Duration: 10 * time.Second, Seed: 7}
		if diff := cmp.Diff(dueTimes(t, load), dueTimes(t, load)); diff != "" {
			t.Errorf("%s: two schedules of one load differ:\n%s", name, diff)
		}
	}
}

func TestSchedule_plannedDoesNotMoveIt(t *testing.T) {
	t.Parallel()
	load := engine.Load{Arrivals: engine.Poisson{Rate: 50}, Duration: 4 * time.Second, Seed: 3}
	all := dueTimes(t, load)
	s := newSchedule(t, load)
	s.Next()
	if n := s.Planned(); n != len(all) {
		t.Errorf("Planned() = %d after one request, want all %d", n, len(all))
	}
	if diff := cmp.Diff(all[1:], rest(s)); diff != "" {
		t.Errorf("the rest differs after Planned:\n%s", diff)
	}
	if _, ok := s.Next(); ok {
		t.Error("Next gives a request after the last one")
	}
}

func TestSchedule_badLoads(t *testing.T) {
	t.Parallel()
	bad := map[string]engine.Load{
		"no arrivals":       {Duration: time.Second},
		"endless":           {Arrivals: engine.Constant{Rate: 1}},
		"negative requests": {Arrivals: engine.Constant{Rate: 1}, Requests: -1, Duration: 1},
		"negative duration": {Arrivals: engine.Constant{Rate: 1}, Requests: 1, Duration: -1},
		"no rate":           {Arrivals: engine.Constant{}, Duration: 1},
		"negative rate":     {Arrivals: engine.Poisson{Rate: -1}, Duration: 1},
		"infinite rate":     {Arrivals: engine.Constant{Rate: math.Inf(1)}, Duration: 1},
		"rate not a number": {Arrivals: engine.Ramp{From: math.NaN(), To: 1}, Duration: 1},
		"flat ramp at zero": {Arrivals: engine.Ramp{}, Duration: 1},
		"big amplitude":     {Arrivals: engine.Sine{Mean: 1, Amplitude: 1.1, Period: 1}, Duration: 1},
		"no period":         {Arrivals: engine.Sine{Mean: 1}, Duration: 1},
		"no steps":          {Arrivals: engine.Steps{}, Duration: 1},
		"step of no length": {Arrivals: engine.Steps{{Rate: 1}}, Duration: 1},
		"ramp ends early":   {Arrivals: engine.Ramp{From: 10}, Duration: time.Second, Requests: 6},
		"poisson for ages":  {Arrivals: engine.Poisson{Rate: 1e-9}, Requests: 6},
		"steps end early":   {Arrivals: engine.Steps{{Rate: 5, For: time.Second}, {For: 1}}, Requests: 6},
	}
	for name, load := range bad {
		if _, err := engine.NewSchedule(load); !errors.Is(err, engine.ErrLoad) {
			t.Errorf("%s: NewSchedule gives error %v, want one that is ErrLoad", name, err)
		}
	}
}

// Not parallel: other tests' allocations would be counted.
//
//nolint:paralleltest // testing.AllocsPerRun forbids it
func TestSchedule_nextDoesNotAllocate(t *testing.T) {
	for name, arrivals := range everyArrivals() {
		s := newSchedule(t, engine.Load{Arrivals: arrivals, Requests: 1_000_000})
		if n := testing.AllocsPerRun(1000, func() { s.Next() }); n != 0 {
			t.Errorf("%s: Next allocates %v times", name, n)
		}
	}
}

// askInVirtualTime returns the first n due times of a vegeta pacer, with every
// hit sent at the very moment it asks for.
func askInVirtualTime(p vegeta.Pacer, n int) []time.Duration {
	due := make([]time.Duration, 0, n)
	now := time.Duration(0)
	for hits := range n {
		wait, stop := p.Pace(now, uint64(hits))
		if stop {
			break
		}
		now += max(wait, 0)
		due = append(due, now)
	}
	return due
}

// Vegeta's constant pacer counts in whole nanoseconds per hit. Where the
// interval is one, both agree but for its first hit, which is one interval
// late; where it is not, vegeta drifts.
func TestVegetaTrap_constantIntervalIsTruncated(t *testing.T) {
	t.Parallel()
	const n = 30_000
	ours := dueTimes(t, engine.Load{Arrivals: engine.Constant{Rate: 20}, Requests: n + 1})
	if diff := cmp.Diff(askInVirtualTime(vegeta.ConstantPacer{Freq: 20, Per: time.Second}, n), ours[1:]); diff != "" {
		t.Errorf("20/s differs from vegeta's:\n%s", diff)
	}
	ours = dueTimes(t, engine.Load{Arrivals: engine.Constant{Rate: 3000}, Requests: n + 1})
	theirs := askInVirtualTime(vegeta.ConstantPacer{Freq: 3000, Per: time.Second}, n)
	if ours[n] != 10*time.Second || theirs[n-1] != 10*time.Second-10*time.Microsecond {
		t.Errorf("request %d at 3000/s is due at %v, want 10s; vegeta's at %v", n, ours[n], theirs[n-1])
	}
}

// Above 1e9/s vegeta's constant pacer divides by zero.
func TestVegetaTrap_moreThanOnePerNanosecond(t *testing.T) {
	t.Parallel()
	due := dueTimes(t, engine.Load{Arrivals: engine.Constant{Rate: 4e9}, Duration: 10})
	if len(due) != 38 { // rounding to the nearest: 9.5 ns is due at 10 ns
		t.Errorf("%d requests in 10 ns at 4/ns, want 38", len(due))
	}
}

// Vegeta's linear pacer waits by the rate of now, not of then: on a steep ramp
// it oversleeps and sends what it missed in one instant.
func TestVegetaTrap_linearPacerBursts(t *testing.T) {
	t.Parallel()
	theirs := askInVirtualTime(vegeta.LinearPacer{StartAt: vegeta.Rate{Freq: 1, Per: time.Second}, Slope: 10}, 30)
	if theirs[1] != theirs[20] {
		t.Errorf("vegeta no longer bursts: hits 1 and 20 are due at %v and %v", theirs[1], theirs[20])
	}
	ours := dueTimes(t, engine.Load{Arrivals: engine.Ramp{From: 1, To: 101}, Duration: 10 * time.Second})
	if len(ours) != 510 || len(slices.Compact(ours)) != 510 {
		t.Errorf("%d requests at %d instants, want 510 at 510", len(ours), len(slices.Compact(ours)))
	}
}

// Vegeta's linear pacer takes a rate of 0 at the start for no limit, and
// breaks off where a falling rate reaches 0.
func TestVegetaTrap_linearPacerAtZero(t *testing.T) {
	t.Parallel()
	up := dueTimes(t, engine.Load{Arrivals: engine.Ramp{To: 100}, Duration: 10 * time.Second})
	down := dueTimes(t, engine.Load{Arrivals: engine.Ramp{From: 100}, Duration: 10 * time.Second})
	if len(up) != 500 || len(down) != 500 {
		t.Fatalf("%d requests going up and %d going down, want 500 each", len(up), len(down))
	}
	for k := 1; k < 500; k++ { // the same picture in a mirror
		if sum := up[k] + down[500-k]; (sum - 10*time.Second).Abs() > 1 {
			t.Fatalf("request %d is due at %v going up, its mirror at %v", k, up[k], down[500-k])
		}
	}
}

// Vegeta's sine pacer is good to a thousandth of a hit and refuses an amplitude
// as large as the mean.
func TestVegetaTrap_sinePacerIsApproximate(t *testing.T) {
	t.Parallel()
	rate := func(n int) vegeta.Rate { return vegeta.Rate{Freq: n, Per: time.Second} }
	theirs := askInVirtualTime(vegeta.SinePacer{Mean: rate(100), Amp: rate(50), Period: 10 * time.Second}, 2000)
	ours := dueTimes(t, engine.Load{Arrivals: engine.Sine{Mean: 100, Amplitude: 50, Period: 10 * time.Second}, Requests: 2001})
	for k := range theirs {
		if d := (ours[k+1] - theirs[k]).Abs(); d > 40*time.Microsecond { // 0.002 hits at the trough
			t.Fatalf("request %d is %v from vegeta's", k+1, d)
		}
	}
	if got := askInVirtualTime(vegeta.SinePacer{Mean: rate(1), Amp: rate(1), Period: 1}, 1); len(got) != 0 {
		t.Error("vegeta now takes an amplitude as large as the mean")
	}
	full := engine.Load{Arrivals: engine.Sine{Mean: 100, Amplitude: 100, Period: time.Second}, Duration: 3 * time.Second}
	if n := newSchedule(t, full).Planned(); n != 300 {
		t.Errorf("three full swings around 100/s are %d requests, want 300", n)
	}
}

func FuzzSchedule(f *testing.F) {
	for shape := range uint8(5) {
		f.Add(shape, 100.0, 30.0, int64(time.Second), 0, uint64(1))
		f.Add(shape, 0.0, 250.0, int64(time.Second), 17, uint64(2))
	}
	f.Fuzz(func(t *testing.T, shape uint8, a, b float64, length int64, requests int, seed uint64) {
		if max(math.Abs(a), math.Abs(b)) > 1e4 || length > int64(2*time.Second) || requests > 20_000 {
			t.Skip("too long")
		}
		span := time.Duration(length)
		arrivals := []engine.Arrivals{
			engine.Constant{Rate: a},
			engine.Poisson{Rate: a},
			engine.Ramp{From: a, To: b},
			engine.Sine{Mean: a, Amplitude: b, Period: span / 3},
			engine.Steps{{Rate: a, For: span / 2}, {Rate: b, For: span / 2}},
		}[shape%5]
		load := engine.Load{Arrivals: arrivals, Duration: span, Requests: requests, Seed: seed}
		s, err := engine.NewSchedule(load)
		if err != nil {
			if !errors.Is(err, engine.ErrLoad) {
				t.Fatalf("error %v is not ErrLoad", err)
			}
			return
		}
		due := rest(s)
		if len(due) != s.Planned() {
			t.Fatalf("%d requests, %d planned", len(due), s.Planned())
		}
		if !slices.IsSorted(due) || len(due) > 0 && due[0] < 0 {
			t.Fatal("due times are not in order from 0")
		}
		if requests == 0 && len(due) > 0 && last(due) >= span {
			t.Fatalf("the last request is due at %v, not before %v", last(due), span)
		}
	})
}

func BenchmarkSchedule(b *testing.B) {
	for name, arrivals := range everyArrivals() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			s := newSchedule(b, engine.Load{Arrivals: arrivals, Requests: 1_000_000_000})
			for b.Loop() {
				s.Next()
			}
		})
	}
}

// The parts of a schedule, each counted from its own beginning, are the whole of
// it, wherever it stands.
func TestSchedule_parts(t *testing.T) {
	t.Parallel()
	for name, arrivals := range everyArrivals() {
		for _, load := range []engine.Load{{Arrivals: arrivals, Duration: 10 * time.Second, Seed: 5}, {Arrivals: arrivals, Requests: 700, Seed: 5}} {
			whole, n := dueTimes(t, load), 0
			s := newSchedule(t, load)
			for from := time.Duration(0); from < 10*time.Second; from += 700 * time.Millisecond {
				part, before, err := s.Part(from, from+700*time.Millisecond)
				if err != nil || before != n {
					t.Fatalf("%s: the part from %v begins with request %d, want %d (%v)", name, from, before, n, err)
				}
				for _, due := range rest(part) {
					if n >= len(whole) || due+from != whole[n] || due < 0 || due >= 700*time.Millisecond {
						t.Fatalf("%s: request %d is due at %v + %v", name, n, from, due)
					}
					n++
				}
				s.Next()
			}
			if n != len(whole) {
				t.Errorf("%s: the parts have %d requests, want %d", name, n, len(whole))
			}
		}
	}
}
