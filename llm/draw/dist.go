package draw

import (
	"math"
	"slices"
	"sort"
)

// Dist is a distribution, given by its quantile function: the value below which
// a share u of all draws lies, for u strictly inside (0, 1). Drawing means
// putting one uniform number through it, so a draw costs one key, and settings
// that differ in scale only move every draw by the same factor. A Dist is
// immutable and safe for concurrent use.
type Dist interface {
	Quantile(u float64) float64
}

// Constant always gives its own value.
type Constant float64

// Quantile implements [Dist].
func (c Constant) Quantile(float64) float64 { return float64(c) }

// Uniform is even between Min and Max.
type Uniform struct{ Min, Max float64 }

// Quantile implements [Dist].
func (d Uniform) Quantile(u float64) float64 { return d.Min + u*(d.Max-d.Min) }

// Exponential has the given mean: F(x) = 1 - exp(-x/Mean).
type Exponential struct{ Mean float64 }

// Quantile implements [Dist].
func (d Exponential) Quantile(u float64) float64 { return -d.Mean * math.Log1p(-u) }

// Lognormal has the given median; Sigma is the standard deviation of its
// logarithm.
type Lognormal struct{ Median, Sigma float64 }

// z95 is the 0.95 quantile of the standard normal distribution.
const z95 = 1.6448536269514722

// LognormalP95 returns the lognormal distribution with the given median and
// 0.95 quantile: Sigma = ln(p95/median) / 1.6449.
func LognormalP95(median, p95 float64) Lognormal {
	return Lognormal{Median: median, Sigma: math.Log(p95/median) / z95}
}

// Quantile implements [Dist].
func (d Lognormal) Quantile(u float64) float64 {
	return d.Median * math.Exp(d.Sigma*math.Sqrt2*math.Erfinv(2*u-1))
}

// Pareto is the power law F(x) = 1 - (Min/x)^Alpha for x >= Min. Its mean is
// infinite for Alpha <= 1.
type Pareto struct{ Min, Alpha float64 }

// Quantile implements [Dist].
func (d Pareto) Quantile(u float64) float64 { return d.Min * math.Pow(1-u, -1/d.Alpha) }

// Mixture draws from one of several distributions, chosen by weight. The one
// uniform number serves twice: it chooses the part, and its position within
// the part's share is the number the part is drawn with. Quantile is therefore
// not monotone across parts, and is no quantile of the mixture as a whole.
type Mixture struct {
	parts []Dist
	upper []float64 // cumulative share at the end of each part; the last is 1
}

// NewMixture returns the mixture of parts with the given positive weights,
// which need not add up to one.
func NewMixture(parts []Dist, weights []float64) Mixture {
	m := Mixture{parts: slices.Clone(parts), upper: make([]float64, len(parts))}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	sum := 0.0
	for i, w := range weights {
		sum += w
		m.upper[i] = sum / total
	}
	m.upper[len(parts)-1] = 1
	return m
}

// Quantile implements [Dist].
func (m Mixture) Quantile(u float64) float64 {
	i, low := 0, 0.0
	for u >= m.upper[i] && i < len(m.upper)-1 {
		low = m.upper[i]
		i++
	}
	v := (u - low) / (m.upper[i] - low)
	return m.parts[i].Quantile(min(max(v, 0x1p-53), 1-0x1p-53))
}

// Empirical draws the samples it was made of, each equally often, without
// interpolation.
type Empirical struct{ sorted []float64 }

// NewEmpirical returns the distribution of samples, of which there must be at
// least one.
func NewEmpirical(samples []float64) Empirical {
	sorted := slices.Clone(samples)
	sort.Float64s(sorted)
	return Empirical{sorted: sorted}
}

// Quantile implements [Dist].
func (d Empirical) Quantile(u float64) float64 {
	return d.sorted[min(int(u*float64(len(d.sorted))), len(d.sorted)-1)]
}

// Scaled is a distribution with every draw multiplied by Factor.
type Scaled struct {
	Dist   Dist
	Factor float64
}

// Quantile implements [Dist].
func (d Scaled) Quantile(u float64) float64 { return d.Factor * d.Dist.Quantile(u) }
