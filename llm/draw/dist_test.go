package draw_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// dists with their distribution functions, means and standard deviations from
// the textbook.
var dists = []struct {
	name            string
	dist            draw.Dist
	cdf             func(x float64) float64
	mean, deviation float64
}{
	{"uniform", draw.Uniform{Min: 2, Max: 6}, func(x float64) float64 { return (x - 2) / 4 }, 4, 4 / math.Sqrt(12)},
	{"exponential", draw.Exponential{Mean: 3}, func(x float64) float64 { return 1 - math.Exp(-x/3) }, 3, 3},
	{
		"lognormal",
		draw.Lognormal{Median: 2, Sigma: 0.5},
		func(x float64) float64 { return 0.5 * math.Erfc(-math.Log(x/2)/(0.5*math.Sqrt2)) },
		2 * math.Exp(0.125), 2 * math.Exp(0.125) * math.Sqrt(math.Expm1(0.25)),
	},
	{"pareto", draw.Pareto{Min: 1, Alpha: 5}, func(x float64) float64 { return 1 - math.Pow(x, -5) }, 1.25, math.Sqrt(5. / 48)},
	{"scaled", draw.Scaled{Dist: draw.Exponential{Mean: 3}, Factor: 2}, func(x float64) float64 { return 1 - math.Exp(-x/6) }, 6, 6},
}

// A quantile function is the inverse of the distribution function.
func TestQuantileInvertsCDF(t *testing.T) {
	t.Parallel()
	for _, d := range dists {
		for _, u := range []float64{1e-6, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1 - 1e-6} {
			if got := d.cdf(d.dist.Quantile(u)); math.Abs(got-u) > 1e-12 {
				t.Errorf("%s: F(Q(%v)) = %v", d.name, u, got)
			}
		}
	}
}

// Draws have the mean of the closed form.
func TestDistMeans(t *testing.T) {
	t.Parallel()
	for _, d := range dists {
		sum := 0.0
		for i := range uint64(draws) {
			sum += d.dist.Quantile(draw.New(12).Word(i).Float64())
		}
		if got, bound := sum/draws, sigmas*d.deviation/math.Sqrt(draws); math.Abs(got-d.mean) > bound {
			t.Errorf("%s: mean %.5f, want %.5f ± %.5f", d.name, got, d.mean, bound)
		}
	}
}

func TestLognormalP95(t *testing.T) {
	t.Parallel()
	d := draw.LognormalP95(0.94, 2.9)
	if m, p := d.Quantile(0.5), d.Quantile(0.95); math.Abs(m-0.94) > 1e-12 || math.Abs(p-2.9) > 1e-9 {
		t.Errorf("median and P95 are %v and %v, want 0.94 and 2.9", m, p)
	}
}

func TestConstant(t *testing.T) {
	t.Parallel()
	if got := draw.Constant(7).Quantile(0.99); got != 7 {
		t.Errorf("got %v, want 7", got)
	}
}

// The parts of a mixture get their shares, and within a part the draws have the
// part's own distribution.
func TestMixture(t *testing.T) {
	t.Parallel()
	m := draw.NewMixture([]draw.Dist{draw.Uniform{Max: 1}, draw.Constant(5), draw.Uniform{Min: 10, Max: 12}}, []float64{6, 1, 3})
	var n [3]int
	var sum [3]float64
	for i := range uint64(draws) {
		x := m.Quantile(draw.New(4).Word(i).Float64())
		part := 0
		switch {
		case x == 5:
			part = 1
		case x >= 10:
			part = 2
		}
		n[part]++
		sum[part] += x
	}
	for i, want := range []struct{ share, mean, deviation float64 }{{0.6, 0.5, 1 / math.Sqrt(12)}, {0.1, 5, 0}, {0.3, 11, 2 / math.Sqrt(12)}} {
		if got := float64(n[i]) / draws; math.Abs(got-want.share) > sigmas*math.Sqrt(want.share*(1-want.share)/draws) {
			t.Errorf("part %d has a share of %.4f, want %.1f", i, got, want.share)
		}
		if got := sum[i] / float64(n[i]); math.Abs(got-want.mean) > sigmas*want.deviation/math.Sqrt(float64(n[i])) {
			t.Errorf("part %d has mean %.4f, want %.1f", i, got, want.mean)
		}
	}
}

// Whatever the weights, a mixture asks its parts only for quantiles strictly
// inside (0, 1).
func TestMixtureStaysInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Float64Range(1e-12, 1e12), 1, 6).Draw(t, "weights")
		parts := make([]draw.Dist, len(weights))
		for i := range parts {
			parts[i] = inside{t}
		}
		u := rapid.OneOf(
			rapid.Float64Range(0x1p-53, 1-0x1p-53), rapid.SampledFrom([]float64{0x1p-53, 0.5, 1 - 0x1p-53}),
		).Draw(t, "u")
		draw.NewMixture(parts, weights).Quantile(u)
		draw.NewMixture([]draw.Dist{inside{t}, inside{t}}, []float64{1, 1}).Quantile(0.5) // on the boundary
	})
}

type inside struct{ t *rapid.T }

func (d inside) Quantile(u float64) float64 {
	if !(u > 0 && u < 1) {
		d.t.Fatalf("asked for the quantile of %v", u)
	}
	return u
}

// Each sample comes equally often, however they were ordered, and the caller's
// slice stays as it is.
func TestEmpirical(t *testing.T) {
	t.Parallel()
	samples := []float64{9, 1, 4, 4}
	d := draw.NewEmpirical(samples)
	var got []float64
	for i := range 8 {
		got = append(got, d.Quantile((float64(i)+0.5)/8))
	}
	if !slices.Equal(got, []float64{1, 1, 4, 4, 4, 4, 9, 9}) || !slices.Equal(samples, []float64{9, 1, 4, 4}) {
		t.Errorf("drew %v of %v", got, samples)
	}
	if d.Quantile(1-0x1p-53) != 9 || d.Quantile(0x1p-53) != 1 {
		t.Error("the extremes are not drawn")
	}
}
