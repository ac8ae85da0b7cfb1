package engine

import "math"

// curve is a rate over time, known by its integral: the expected number of
// arrivals since the start. Time is in seconds, rates are per second.
//
// Products that are added to something are converted to float64 first, which
// keeps the compiler from fusing the two operations on machines that can, so
// that due times are the same on all.
type curve interface {
	// reaches returns when the integral reaches count >= 0, or +Inf if it
	// never does.
	reaches(count float64) float64
	rate(second float64) float64
}

// line is a constant rate.
type line float64

func (l line) reaches(count float64) float64 { return count / float64(l) }
func (l line) rate(float64) float64          { return float64(l) }

// slope goes linearly from one rate to another in over seconds and stays there.
type slope struct{ from, to, over float64 }

// reaches solves from t + (to-from)/(2 over) t^2 = count in the form that
// loses no digits, whatever the sign of to-from.
func (s slope) reaches(count float64) float64 {
	total := (s.from + s.to) / 2 * s.over
	switch {
	case count == 0 && s.from+s.to > 0:
		return 0
	case count >= total:
		return s.over + (count-total)/s.to
	}
	twice := 2 * count
	square := float64(s.from*s.from) + float64(twice*(s.to-s.from)/s.over)
	return twice / (s.from + math.Sqrt(max(square, 0)))
}

func (s slope) rate(second float64) float64 {
	if second >= s.over {
		return s.to
	}
	return s.from + float64((s.to-s.from)*second/s.over)
}

// wave is a sine around a mean.
type wave struct{ mean, amplitude, period float64 }

// reaches takes out whole periods and solves for the rest,
//
//	mean t + amplitude/w (1 - cos wt) = rest,  w = 2 pi/period,
//
// by Newton's method, kept within the bracket that 0 <= 1-cos <= 2 gives.
func (w wave) reaches(count float64) float64 {
	perPeriod := w.mean * w.period
	periods := math.Floor(count / perPeriod)
	rest := max(count-float64(periods*perPeriod), 0)
	swing := w.amplitude * w.period / math.Pi // the integral's largest lead over its mean
	low, high := max(rest-swing, 0)/w.mean, rest/w.mean
	return float64(periods*w.period) + w.solve(rest, swing, low, high)
}

func (w wave) solve(rest, swing, low, high float64) float64 {
	const steps, enough = 64, 1e-10 // a tenth of a nanosecond
	t := (low + high) / 2
	for range steps {
		sin, cos := math.Sincos(math.Pi * t / w.period)
		over := float64(w.mean*t) + float64(swing*sin*sin) - rest // 1-cos 2x = 2 sin^2 x
		if over > 0 {
			high = t
		} else {
			low = t
		}
		next := t - over/(w.mean+float64(w.amplitude*2*sin*cos))
		if !(low <= next && next <= high) {
			next = (low + high) / 2
		}
		if math.Abs(next-t) < enough {
			return next
		}
		t = next
	}
	return t
}

func (w wave) rate(second float64) float64 {
	return w.mean + float64(w.amplitude*math.Sin(2*math.Pi*math.Mod(second, w.period)/w.period))
}

// stairs is a constant rate per stretch; the last stretch has no end.
type stairs []stair

// stair is a stretch: when it begins, the integral by then, and its rate.
type stair struct{ begins, count, rate float64 }

func newStairs(steps Steps) stairs {
	s := make(stairs, len(steps))
	begins, count := 0.0, 0.0
	for i, step := range steps {
		s[i] = stair{begins: begins, count: count, rate: step.Rate}
		begins += step.For.Seconds()
		count += float64(step.Rate * step.For.Seconds())
	}
	return s
}

// reaches looks for the stretch that begins at or before count; at the very
// end of a stretch, count belongs to the next one that is no pause.
func (s stairs) reaches(count float64) float64 {
	for i, stair := range s {
		last := i == len(s)-1
		if last || (stair.rate > 0 && count < s[i+1].count) {
			return stair.begins + over(count-stair.count, stair.rate)
		}
	}
	return math.Inf(1)
}

func (s stairs) rate(second float64) float64 {
	rate := 0.0
	for _, stair := range s {
		if second < stair.begins {
			break
		}
		rate = stair.rate
	}
	return rate
}

// over returns how long a rate takes to give count, +Inf for none.
func over(count, rate float64) float64 {
	if rate == 0 {
		return math.Inf(1)
	}
	return count / rate
}
