package strategies

import (
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// At every moment no more than share × requests were spent in all, and over any
// stretch of requests no more than its own share and what can be saved up.
func TestBudgetIsNeverExceeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.SampledFrom([]float64{0, 0.01, 0.05, 0.1, 0.2, 1. / 3, 0.5, 1}).Draw(t, "share")
		b := NewBudget(share)
		most := max(1, share*recentRequests)
		requests, spent := 0, 0
		least := 0.0 // the least of spent - share × requests so far
		for range rapid.IntRange(1, 60).Draw(t, "rounds") {
			for range rapid.IntRange(0, 200).Draw(t, "requests") {
				b.earn()
				requests++
			}
			for range rapid.IntRange(0, 120).Draw(t, "wishes") {
				if b.spend() {
					spent++
				}
			}
			due := share * float64(requests)
			if float64(spent) > due+1e-6 {
				t.Fatalf("spent %d after %d requests at %v", spent, requests, share)
			}
			if burst := float64(spent) - due - least; burst > most+1e-6 {
				t.Fatalf("spent %v more than was earned meanwhile, at most %v can be saved", burst, most)
			}
			least = min(least, float64(spent)-due)
		}
	})
}

// Under pressure the whole share is spent, to the last one.
func TestBudgetIsSpentInFull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		share float64
		want  int
	}{{0, 0}, {0.05, 50}, {0.1, 100}, {0.2, 200}, {0.5, 500}, {1, 1000}} {
		b, spent := NewBudget(c.share), 0
		for range 1000 {
			b.earn()
			if b.spend() {
				spent++
			}
		}
		if spent != c.want {
			t.Errorf("share %v: spent %d of 1000 requests, want %d", c.share, spent, c.want)
		}
	}
}

// A calm saves up for 100 requests, not for more.
func TestBudgetBurst(t *testing.T) {
	t.Parallel()
	b := NewBudget(0.1)
	for range 100_000 {
		b.earn()
	}
	burst := 0
	for b.spend() {
		burst++
	}
	if burst != 10 {
		t.Errorf("after a calm %d were allowed at once, want 10", burst)
	}
}

func TestBudgetNil(t *testing.T) {
	t.Parallel()
	var b *Budget
	b.earn()
	if !b.spend() {
		t.Error("a nil budget denied")
	}
}

func TestBudgetConcurrent(t *testing.T) {
	t.Parallel()
	b := NewBudget(0.25)
	var spent atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				b.earn()
				if b.spend() {
					spent.Add(1)
				}
			}
		})
	}
	wg.Wait()
	for b.spend() {
		spent.Add(1)
	}
	if n := spent.Load(); n != 2000 {
		t.Errorf("spent %d of 8000 requests at 25 %%, want 2000", n)
	}
}
