package stats_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// binomialBelow returns P(B < k), B binomial (n, p), summed in big floats.
func binomialBelow(n, k int, p float64) float64 {
	sum := new(big.Float).SetPrec(200)
	for i := range k {
		term := new(big.Float).SetPrec(200).SetInt(new(big.Int).Binomial(int64(n), int64(i)))
		for range i {
			term.Mul(term, big.NewFloat(p))
		}
		for range n - i {
			term.Mul(term, big.NewFloat(1-p))
		}
		sum.Add(sum, term)
	}
	f, _ := sum.Float64()
	return f
}

func TestRanks_exact(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{0.05, 0.5, 0.9, 0.95} {
		for n := 1; n <= 120; n += 7 {
			low, high, ok := stats.Ranks(n, p)
			if want := n >= stats.Needed(p); ok != want {
				t.Errorf("Ranks(%d, %v): ok = %v, want %v", n, p, ok, want)
			}
			if !ok {
				continue
			}
			if below := binomialBelow(n, low, p); below > 0.025 {
				t.Errorf("Ranks(%d, %v): P(B < %d) = %v", n, p, low, below)
			}
			if below := binomialBelow(n, low+1, p); below <= 0.025 {
				t.Errorf("Ranks(%d, %v): low %d could be larger", n, p, low)
			}
			if above := 1 - binomialBelow(n, high, p); above > 0.025 {
				t.Errorf("Ranks(%d, %v): P(B >= %d) = %v", n, p, high, above)
			}
			if above := 1 - binomialBelow(n, high-1, p); above <= 0.025 {
				t.Errorf("Ranks(%d, %v): high %d could be smaller", n, p, high)
			}
		}
	}
}

func TestNeeded(t *testing.T) {
	t.Parallel()
	for p, want := range map[float64]int{0.5: 6, 0.9: 36, 0.95: 72, 0.99: 368, 0.999: 3688} {
		if got := stats.Needed(p); got != want {
			t.Errorf("Needed(%v) = %d, want %d", p, got, want)
		}
		for n, want := range map[int]bool{want - 1: false, want: true} {
			if _, _, ok := stats.Ranks(n, p); ok != want {
				t.Errorf("Ranks(%d, %v): ok = %v, want %v", n, p, ok, want)
			}
		}
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    int
		p    float64
		want int
	}{{1, 0.5, 1}, {2, 0.5, 1}, {3, 0.5, 2}, {100, 0.07, 7}, {100, 0.95, 95}, {1000, 0.999, 999}, {101, 0.99, 100}, {10, 0.01, 1}} {
		if got := stats.Rank(c.n, c.p); got != c.want {
			t.Errorf("Rank(%d, %v) = %d, want %d", c.n, c.p, got, c.want)
		}
	}
}

// upTo returns 1, 2, ..., n.
func upTo(n int) []int64 {
	s := make([]int64, n)
	for i := range s {
		s[i] = int64(i + 1)
	}
	return s
}

func TestPercentile_failures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		ok, failed int
		p          float64
		value      float64
		high       float64
		why        string
	}{
		{"no failure", 1000, 0, 0.95, 950, 964, ""},
		{"upper rank is the last success", 964, 36, 0.95, 950, 964, ""},
		{"upper rank is a failure", 963, 37, 0.95, 950, math.Inf(1), ""},
		{"rank is the last success", 950, 50, 0.95, 950, math.Inf(1), ""},
		{"rank is a failure", 949, 51, 0.95, 0, 0, "5.1 % of requests failed"},
		{"nearly all failed", 3, 9997, 0.5, 0, 0, "99.970 % of requests failed"},
		{"all failed", 0, 50, 0.5, 0, 0, "100 % of requests failed"},
		{"too few", 200, 0, 0.99, 0, 0, "needs 368 requests, has 200"},
		{"too few matters more than failures", 10, 190, 0.99, 0, 0, "needs 368 requests, has 200"},
		{"none", 0, 0, 0.5, 0, 0, "needs 6 requests, has 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := stats.Percentile(upTo(c.ok), c.failed, c.p)
			if e.Why != c.why {
				t.Fatalf("why = %q, want %q", e.Why, c.why)
			}
			if c.why == "" && (e.Value != c.value || e.High != c.high || !(e.Low < e.Value)) {
				t.Errorf("got %v from %v to %v, want %v to %v", e.Value, e.Low, e.High, c.value, c.high)
			}
		})
	}
}

func TestPoint(t *testing.T) {
	t.Parallel()
	if _, known := stats.Point([]int64(nil), 0, 0.5); known {
		t.Error("the empty sample has a median")
	}
	if _, known := stats.Point(upTo(1), 1, 0.95); known {
		t.Error("the P95 of a success and a failure is known")
	}
	if v, known := stats.Point(upTo(1), 1, 0.5); !known || v != 1 {
		t.Errorf("the median of a success and a failure is %d, %v", v, known)
	}
}

func sample(d draw.Dist, key draw.Key, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = d.Quantile(key.Word(uint64(i)).Float64())
	}
	return s
}

// Over many samples the interval must hold the true percentile at least as
// often as it says, up to chance: of 1000, 950 less 3.5 standard deviations.
func TestPercentile_coverage(t *testing.T) {
	t.Parallel()
	const seeds, n, least = 1000, 500, 926
	for name, d := range map[string]draw.Dist{
		"lognormal":   draw.LognormalP95(940, 2900),
		"exponential": draw.Exponential{Mean: 700},
		"pareto":      draw.Pareto{Min: 100, Alpha: 1.1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			percentiles := []float64{0.5, 0.95, 0.99}
			held := make([]int, len(percentiles))
			for seed := range seeds {
				s := sample(d, draw.New(uint64(seed)).Name(name), n)
				slices.Sort(s)
				for i, p := range percentiles {
					if e := stats.Percentile(s, 0, p); e.Low <= d.Quantile(p) && d.Quantile(p) <= e.High {
						held[i]++
					}
				}
			}
			for i, p := range percentiles {
				if held[i] < least || held[i] > 995 {
					t.Errorf("P%v: %d of %d intervals hold the true value", 100*p, held[i], seeds)
				}
			}
		})
	}
}

func BenchmarkPercentile(b *testing.B) {
	s := upTo(1_000_000)
	for b.Loop() {
		stats.Percentile(s, 0, 0.99)
	}
}

// The exact level for 1,000 values is 95.37 % at the median; a P99 of 500
// values has but few ranks to choose from.
func TestCoverage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n       int
		p, want float64
	}{{1000, 0.5, 0.9537}, {2000, 0.95, 0.9600}, {500, 0.99, 0.9802}, {367, 0.99, 0}} {
		if got := stats.Coverage(c.n, c.p); !near(got, c.want, 5e-5) {
			t.Errorf("the interval of P%v of %d values holds it with %v, want %v", 100*c.p, c.n, got, c.want)
		}
	}
}
