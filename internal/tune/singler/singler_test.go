package singler_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/internal/tune/singler"
)

// brute tries every delay and every time.
func brute(samples []singler.Sample, p, budget float64) (best time.Duration) {
	need := math.Ceil(p*float64(len(samples)) - 1e-9)
	value := func(d time.Duration, q float64) time.Duration {
		for t := time.Duration(0); ; t += time.Microsecond {
			done := 0.0
			for _, s := range samples {
				switch {
				case s.Alone <= t:
					done++
				case s.Backup != singler.Never && d+s.Backup <= t:
					done += q
				}
			}
			if done >= need-1e-9 {
				return t
			}
			if t > 100*time.Microsecond {
				return singler.Never
			}
		}
	}
	best = value(0, 0)
	for d := time.Duration(0); d <= 40*time.Microsecond; d += time.Microsecond {
		always := 0.0
		for _, s := range samples {
			if s.Busy > d {
				always += s.Extra / float64(len(samples))
			}
		}
		if always > 0 {
			best = min(best, value(d, min(1, budget/always)))
		}
	}
	return best
}

func sample(t *rapid.T) singler.Sample {
	us := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 30).Draw(t, name)) * time.Microsecond
	}
	s := singler.Sample{Busy: us("busy"), Backup: us("backup"), Extra: float64(rapid.IntRange(1, 3).Draw(t, "extra"))}
	if rapid.IntRange(0, 9).Draw(t, "backup fails") == 0 {
		s.Backup = singler.Never
	}
	s.Alone = s.Busy
	if rapid.IntRange(0, 5).Draw(t, "primary fails") == 0 {
		s.Alone = singler.Never
		if s.Backup != singler.Never {
			s.Alone = s.Busy + s.Backup
		}
	}
	return s
}

// The optimum is that of trying everything: correlated samples, failures, prices
// and all. No policy is better, and it takes no more than the budget.
func TestOptimum_brute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Custom(sample), 1, 40).Draw(t, "samples")
		p := rapid.Float64Range(0.1, 0.99).Draw(t, "p")
		budget := rapid.Float64Range(0.01, 2).Draw(t, "budget")
		s := singler.New(samples)
		got := s.Optimum(p, budget)
		if want := brute(samples, p, budget); got.Value != want {
			t.Fatalf("%+v, brute force finds %v", got, want)
		}
		if got.Extra > budget+1e-9 {
			t.Fatalf("%+v takes more than %v", got, budget)
		}
		if again := s.Policy(p, got.Delay, got.Probability); again.Value != got.Value {
			t.Fatalf("%+v gives %v when asked", got, again.Value)
		}
		if pure := s.Pure(p, budget); pure.Extra > budget+1e-9 && pure.Delay < 30*time.Microsecond || pure.Extra <= budget && pure.Value < got.Value {
			t.Fatalf("pure %+v beside %+v", pure, got)
		}
	})
}

// With a budget of at most 1-k a pure delay does not improve the k-th
// percentile; a coin does.
func TestPure_smallBudget(t *testing.T) {
	t.Parallel()
	var samples []singler.Sample
	for i := range 1000 {
		ms := time.Duration(i) * time.Millisecond
		samples = append(samples, singler.Sample{Alone: ms, Busy: ms, Backup: 10 * time.Millisecond, Extra: 1})
	}
	s := singler.New(samples)
	if pure, alone := s.Pure(0.95, 0.05), s.Alone(0.95); pure.Value != alone || pure.Delay < alone {
		t.Errorf("a pure delay gives %+v, without it is %v", pure, alone)
	}
	if best := s.Optimum(0.95, 0.05); best.Value >= s.Alone(0.95) || best.Probability >= 1 {
		t.Errorf("the optimum is %+v, without hedge it is %v", best, s.Alone(0.95))
	}
}

func BenchmarkOptimum(b *testing.B) {
	samples := exponential(200_000)
	for b.Loop() {
		singler.New(samples).Optimum(0.95, 0.05)
	}
}

func BenchmarkOptimumMedian(b *testing.B) {
	samples := exponential(200_000)
	for b.Loop() {
		singler.New(samples).Optimum(0.5, 0.05)
	}
}
