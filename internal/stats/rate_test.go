package stats_test

import (
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// The first two are the worked values of Newcombe, Statistics in Medicine 17
// (1998), table I, method 3.
func TestWilson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{20, 20, 0.8389, 1},
		{120000, 120000, 0.999968, 1},
	} {
		e := stats.Wilson(c.hits, c.n)
		if !near(e.Low, c.low, 5e-5) || !near(e.High, c.high, 5e-5) || !near(e.Value, float64(c.hits)/float64(c.n), 1e-12) {
			t.Errorf("Wilson(%d, %d) = %+v, want %v to %v", c.hits, c.n, e, c.low, c.high)
		}
	}
	if stats.Wilson(0, 0).Known() {
		t.Error("a rate of nothing is known")
	}
}

func TestWilson_endsAreExact(t *testing.T) {
	t.Parallel()
	for n := 1; n < 2000; n++ {
		none, all := stats.Wilson(0, n), stats.Wilson(n, n)
		if none.Low != 0 || all.High != 1 {
			t.Fatalf("of %d: %v and %v, want 0 and 1", n, none.Low, all.High)
		}
		if want := 3.8415 / (float64(n) + 3.8415); !near(none.High, want, 1e-5) || !near(all.Low, 1-want, 1e-5) {
			t.Fatalf("of %d: %v and %v, want %v from the end", n, none.High, all.Low, want)
		}
	}
}

// The level of a score interval is 95 % on average over rates.
func TestWilson_coverage(t *testing.T) {
	t.Parallel()
	held, trials := 0, 2000
	for seed := range trials {
		key := draw.New(uint64(seed))
		rate, hits := 0.8+0.19*key.Name("rate").Float64(), 0
		for i := range 300 {
			if key.Word(uint64(i)).Float64() < rate {
				hits++
			}
		}
		if e := stats.Wilson(hits, 300); e.Low <= rate && rate <= e.High {
			held++
		}
	}
	if share := float64(held) / float64(trials); share < 0.93 || share > 0.97 {
		t.Errorf("%.3f of the intervals hold the true rate", share)
	}
}
