package stats

import "math"

// z is the 0.975 quantile of the standard normal distribution.
const z = 1.959963984540054

// Wilson returns the rate hits/n with its score interval (Wilson 1927), which
// holds its level near 0 and 1 too: of 0 hits in n it says "less than
// 3.84/(n+3.84)". For n = 0 there is no value.
func Wilson(hits, n int) Estimate {
	if n <= 0 {
		return Missing("nothing was observed")
	}
	return wilson(float64(hits)/float64(n), float64(n))
}

// wilson is the score interval of the share p of n.
func wilson(p, n float64) Estimate {
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high := max(0, centre-half), min(1, centre+half)
	if p == 0 {
		low = 0
	}
	if p == 1 {
		high = 1
	}
	return Between(p, low, high)
}
