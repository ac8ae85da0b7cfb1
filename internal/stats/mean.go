package stats

import "math"

// Mean accumulates numbers for their mean. The zero Mean is empty. One goroutine
// may use it at a time.
type Mean struct {
	n             int
	mean, squares float64 // squares of the distances from the mean, summed
}

// Add adds a number, by Welford's method (1962), which does not lose digits.
func (m *Mean) Add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / float64(m.n)
	m.squares += d * (x - m.mean)
}

// Count returns how many numbers there are.
func (m *Mean) Count() int { return m.n }

// Estimate returns the mean with the interval of the normal approximation,
// mean ± z·s/√n, which presumes that the numbers are independent. There is none
// for fewer than two numbers.
func (m *Mean) Estimate() Estimate {
	switch m.n {
	case 0:
		return Missing("there are no values")
	case 1:
		return Exactly(m.mean)
	}
	half := z * math.Sqrt(m.squares/float64(m.n-1)/float64(m.n))
	return Between(m.mean, m.mean-half, m.mean+half)
}
