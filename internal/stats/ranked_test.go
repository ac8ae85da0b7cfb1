package stats_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// plainQuantile builds the resample and sorts it.
func plainQuantile(values []float64, block, weights []int32, p float64) float64 {
	var resample []float64
	for i, v := range values {
		for range weights[block[i]] {
			resample = append(resample, float64(float32(v)))
		}
	}
	if len(resample) == 0 {
		return math.NaN()
	}
	slices.Sort(resample)
	return resample[stats.Rank(len(resample), p)-1]
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestQuantile_Under(t *testing.T) {
	t.Parallel()
	key := draw.New(3)
	for trial := range 300 {
		k := key.Word(uint64(trial))
		n, blocks := 1+k.Name("n").IntN(200), 1+k.Name("blocks").IntN(12)
		values, block := make([]float64, n), make([]int32, n)
		for i := range values {
			values[i] = math.Floor(20 * k.Name("value").Word(uint64(i)).Float64()) // with ties
			if k.Name("fails").Word(uint64(i)).Float64() < 0.1 {
				values[i] = math.Inf(1)
			}
			block[i] = int32(k.Name("block").Word(uint64(i)).IntN(blocks))
		}
		weights := make([]int32, blocks)
		for i := range weights {
			weights[i] = int32(k.Name("weight").Word(uint64(i)).IntN(3))
		}
		s := stats.NewRanked(values, block, blocks)
		for _, p := range []float64{0.01, 0.5, 0.9, 0.95, 0.99, 0.999} {
			got, want := s.Quantile(p).Under(weights), plainQuantile(values, block, weights, p)
			if !same(got, want) {
				t.Fatalf("trial %d: P%v is %v, want %v", trial, 100*p, got, want)
			}
		}
	}
}

func TestQuantile_Under_empty(t *testing.T) {
	t.Parallel()
	s := stats.NewRanked(nil, nil, 3)
	if v := s.Quantile(0.5).Under([]int32{1, 1, 1}); !math.IsNaN(v) {
		t.Errorf("the median of nothing is %v", v)
	}
}

func TestSums_Under(t *testing.T) {
	t.Parallel()
	if v := (stats.Sums{1, 10, 100}).Under([]int32{2, 0, 3}); v != 302 {
		t.Errorf("got %v, want 302", v)
	}
}

// Two strategies share the weather of each request, which comes in spells of a
// second, and differ in how they take it. The paired interval of the difference
// of their P95s must hold the true difference about as often as it says; were
// requests resampled one by one, it would do so far too rarely.
func TestBlocks_coverageOfDifference(t *testing.T) {
	t.Parallel()
	const seeds, n, resamples = 300, 6000, 200
	slow, fast := draw.LognormalP95(1000, 3000), draw.LognormalP95(800, 2000)
	truth := fast.Quantile(0.95) - slow.Quantile(0.95)
	block, phases := stats.Split(every(50*time.Millisecond, n), make([]int, n))
	single := make([]int32, n)
	for i := range single {
		single[i] = int32(i)
	}
	inBlocks, oneByOne := 0, 0
	for seed := range seeds {
		key := draw.New(uint64(seed))
		a, b := make([]float64, n), make([]float64, n)
		for i := range n {
			u := spell(key, i)
			a[i], b[i] = slow.Quantile(u), fast.Quantile(u)
		}
		if holds(difference(stats.NewBlocks(phases, resamples, key), a, b, block), truth) {
			inBlocks++
		}
		if seed < 50 && holds(difference(stats.NewBlocks(make([]int, n), resamples, key), a, b, single), truth) {
			oneByOne++
		}
	}
	if share := float64(inBlocks) / seeds; share < 0.925 || share > 0.985 {
		t.Errorf("%.3f of the intervals hold the true difference", share)
	}
	if share := float64(oneByOne) / 50; share > 0.8 {
		t.Errorf("%.3f of the intervals hold the true difference even without blocks", share)
	}
}

// spell is uniform, and correlated within each second of twenty requests: half
// of the variance of its normal score belongs to the second.
func spell(key draw.Key, i int) float64 {
	normal := draw.Lognormal{Median: 1, Sigma: math.Sqrt(0.5)}
	common := normal.Quantile(key.Name("spell").Word(uint64(i / 20)).Float64())
	own := normal.Quantile(key.Name("own").Word(uint64(i)).Float64())
	score := math.Log(common) + math.Log(own)
	return min(max(0.5*math.Erfc(-score/math.Sqrt2), 1e-12), 1-1e-12)
}

func holds(e stats.Estimate, truth float64) bool { return e.Low <= truth && truth <= e.High }

// difference returns the P95 of b minus that of a.
func difference(plan *stats.Blocks, a, b []float64, block []int32) stats.Estimate {
	weights := make([]int32, plan.Len())
	p95a := stats.NewRanked(a, block, plan.Len()).Quantile(0.95)
	p95b := stats.NewRanked(b, block, plan.Len()).Quantile(0.95)
	replicates := make([]float64, plan.Resamples())
	for r := range replicates {
		plan.Weights(r, weights)
		replicates[r] = p95b.Under(weights) - p95a.Under(weights)
	}
	for i := range weights {
		weights[i] = 1
	}
	return plan.Interval(p95b.Under(weights)-p95a.Under(weights), replicates)
}

// One strategy of 72,000 requests: five quantiles and three ratios under 400
// resamples, sorting included. A report of six strategies takes six times that.
func BenchmarkResample(b *testing.B) {
	const n, resamples = 72000, 400
	values := sample(draw.LognormalP95(900, 2900), draw.New(1), n)
	block, phases := stats.Split(every(50*time.Millisecond, n), make([]int, n))
	plan := stats.NewBlocks(phases, resamples, draw.New(1))
	weights := make([]int32, plan.Len())
	sums := make(stats.Sums, plan.Len())
	for b.Loop() {
		s := stats.NewRanked(values, block, plan.Len())
		var quantiles []stats.Quantile
		for _, p := range []float64{0.5, 0.9, 0.95, 0.99, 0.999} {
			quantiles = append(quantiles, s.Quantile(p))
		}
		for r := range resamples {
			plan.Weights(r, weights)
			for _, q := range quantiles {
				q.Under(weights)
			}
			for range 3 {
				sums.Under(weights)
			}
		}
	}
}
