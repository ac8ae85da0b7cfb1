package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// mixture is the gamma-exponential mixture of Howard, Ramdas, McAuliffe and
// Sekhon (Annals of Statistics 49, 2021). For a process S that is
// sub-exponential with variance process V and scale c, m(S, V) is at most a
// martingale that starts at 1, so that by Ville's inequality
//
//	P(log m(S, V) >= log(1/α) at any time) <= α.
//
// It is tightest where V is near the value it was tuned for, and holds for
// every V.
type mixture struct {
	scale float64 // c
	rho   float64 // of the mixing distribution
	lead  float64 // what does not depend on S and V
}

// newMixture tunes a mixture for variances around v at level alpha.
func newMixture(scale, v, alpha float64) mixture {
	l := 2 * math.Log(1/alpha)
	m := mixture{scale: scale, rho: v / (l + math.Log1p(l))}
	k := m.rho / (scale * scale)
	m.lead = k*math.Log(k) - logGamma(k) - math.Log(mathext.GammaIncReg(k, k))
	return m
}

// log returns log m(s, v) for s >= 0.
func (m mixture) log(s, v float64) float64 {
	square := m.scale * m.scale
	x, k := (m.scale*s+v)/square, (v+m.rho)/square
	y := x + m.rho/square
	return m.lead + logGamma(k) + math.Log(mathext.GammaIncReg(k, y)) - k*math.Log(y) + x
}

// boundary returns the s at which log m(s, v) reaches the limit, by bisection;
// it is rising in s.
func (m mixture) boundary(v, limit float64) float64 {
	low, high := 0.0, m.scale+math.Sqrt(v)
	for m.log(high, v) < limit {
		low, high = high, 2*high
	}
	const steps = 40 // relative error below 1e-11
	for range steps {
		if mid := (low + high) / 2; m.log(mid, v) < limit {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

func logGamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}
