package stats

import "math"

// Effect is the mean difference, challenger minus control, of an A/B test, with
// an interval that may be looked at after every observation: the probability
// that it misses the truth at any time at all is at most Alpha. Stopping when
// one likes what one sees is allowed. A value belongs to one goroutine.
//
// Observations must come in an order that does not depend on their values, such
// as that of arrival; that of completion would show the fast ones first.
//
// Method: Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric,
// nonasymptotic confidence sequences", Annals of Statistics 49 (2021). For
// observations within [0, Most] it is their empirical Bernstein bound (theorem
// 4) with the gamma-exponential mixture, which assumes nothing else about how
// values are distributed or whether they stay the same over time. In a split the
// estimate of each step is inverse-probability weighted around predictions from
// the past, as in their bound for average treatment effects, so that the only
// randomness needed is that of the assignment, independent from key to key.
//
// Where there is no bound on the values, the interval is that of Waudby-Smith,
// Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and
// asymptotic confidence sequences" (2021): it holds its level as the sample
// grows, and is not given before 100 observations of each arm.
type Effect struct {
	// Most is the largest possible value; 0 means that there is none, and values
	// may be of either sign.
	Most float64
	// Share is the probability with which an observation falls to the challenger
	// in a split.
	Share float64
	// Alpha is the error probability over all times, both sides together.
	Alpha float64

	n        int
	counts   [2]int
	sums     [2]float64 // of values, by arm
	sum      float64    // of the estimates of each step
	variance float64    // of their squared prediction errors
	mix      mixture
}

// arm indexes control and challenger.
func arm(challenger bool) int {
	if challenger {
		return 1
	}
	return 0
}

// Split adds an observation of one arm.
func (e *Effect) Split(challenger bool, value float64) {
	x := e.unit(value)
	mean := [2]float64{e.expected(0), e.expected(1)}
	miss := (x - mean[1]) / e.Share
	if !challenger {
		miss = (mean[0] - x) / (1 - e.Share)
	}
	e.step(mean[1]-mean[0], miss)
	e.observe(arm(challenger), x)
}

// Paired adds an observation of both arms.
func (e *Effect) Paired(control, challenger float64) {
	a, b := e.unit(control), e.unit(challenger)
	expected := 0.0
	if e.n > 0 {
		expected = e.sum / float64(e.n)
	}
	e.step(expected, b-a-expected)
	e.observe(0, a)
	e.observe(1, b)
}

// step adds an estimate that was off its prediction by miss.
func (e *Effect) step(predicted, miss float64) {
	e.n++
	e.sum += predicted + miss
	e.variance += miss * miss
}

func (e *Effect) observe(arm int, x float64) {
	e.counts[arm]++
	e.sums[arm] += x
}

// expected predicts the next value of an arm by its mean so far. The challenger
// is taken to be like the control until something is known of it.
func (e *Effect) expected(arm int) float64 {
	if arm == 1 {
		return (e.expected(0) + e.sums[1]) / float64(1+e.counts[1])
	}
	if e.counts[0] == 0 {
		return 0
	}
	return e.sums[0] / float64(e.counts[0])
}

// unit returns a value as a share of the most there can be.
func (e *Effect) unit(value float64) float64 {
	if e.Most == 0 {
		return value
	}
	return min(max(value/e.Most, 0), 1)
}

// size is the unit in which sums are kept.
func (e *Effect) size() float64 {
	if e.Most == 0 {
		return 1
	}
	return e.Most
}

// N returns the number of observations.
func (e *Effect) N() int { return e.n }

// Estimate returns the effect so far with its interval at this time.
func (e *Effect) Estimate() Estimate {
	if e.n == 0 || e.counts[0] == 0 || e.counts[1] == 0 {
		return Missing("an arm has no observation")
	}
	n := float64(e.n)
	half := e.radius() / n
	value, low, high := e.sum/n, e.sum/n-half, e.sum/n+half
	if e.Most > 0 {
		value, low, high = max(-1, min(value, 1)), max(low, -1), min(high, 1)
	}
	size := e.size()
	return Between(value*size, low*size, high*size)
}

// Beyond says on which side of the limit the whole interval lies at this time:
// 1 above it, -1 below it, 0 if it holds the limit. It costs far less than
// Estimate.
func (e *Effect) Beyond(limit float64) int {
	if e.counts[0] == 0 || e.counts[1] == 0 {
		return 0
	}
	s := e.sum - float64(e.n)*limit/e.size()
	if s == 0 || !e.exceeds(math.Abs(s)) {
		return 0
	}
	if s < 0 {
		return -1
	}
	return 1
}

// exceeds says whether a distance of the sum from its mean is out of bounds.
func (e *Effect) exceeds(s float64) bool {
	if e.Most == 0 {
		return s >= e.radius()
	}
	limit := e.limit()
	if s*s < 2*e.variance*limit {
		return false // log m(s, v) is at most s²/2v, and this is cheaper
	}
	return e.mixture().log(s, e.variance) >= limit
}

// radius is how far the sum may be from its mean.
func (e *Effect) radius() float64 {
	if e.Most == 0 {
		return e.asymptotic()
	}
	return e.mixture().boundary(e.variance, e.limit())
}

// limit is what the logarithm of the mixture must reach on either side.
func (e *Effect) limit() float64 { return math.Log(2 / e.Alpha) }

// mixture returns the mixture for the largest possible prediction error: 1 by
// the smaller of the two probabilities, or 2 for pairs.
func (e *Effect) mixture() mixture {
	if e.mix.scale == 0 {
		scale := 2.0
		if e.Share > 0 {
			scale = 1 / min(e.Share, 1-e.Share)
		}
		const tuned = 25 // in squares of the scale: some thousand observations
		e.mix = newMixture(scale, tuned*scale*scale, e.Alpha)
	}
	return e.mix
}

// enough is how many observations of each arm the central limit needs here.
const enough = 100

// asymptotic is the radius where values have no bound, tightest at about 1,000
// observations.
func (e *Effect) asymptotic() float64 {
	if min(e.counts[0], e.counts[1]) < enough {
		return math.Inf(1)
	}
	const tuned = 1000
	l := -2 * math.Log(e.Alpha)
	n, square := float64(e.n), (l+math.Log1p(l))/tuned
	deviation := math.Sqrt(e.variance / n)
	grown := n*square + 1
	return deviation * math.Sqrt(2*grown/square*math.Log(math.Sqrt(grown)/e.Alpha))
}

// SampleRatio returns how surprising it is that so many of control+challenger
// units fell to the challenger, whose probability is share: the p-value of
// Pearson's chi-square test with one degree of freedom. A small one means that
// assignment or recording is broken, and that no comparison can be trusted
// [Fabijan et al. 2019]. Without units it is 1.
func SampleRatio(control, challenger int, share float64) float64 {
	n := float64(control + challenger)
	if n == 0 {
		return 1
	}
	off := float64(challenger) - n*share
	return math.Erfc(math.Sqrt(off * off / (n * share * (1 - share)) / 2))
}
