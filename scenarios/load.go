package scenarios

import (
	"math"
	"time"
)

// The defaults of a load.
const (
	defaultRate     = 20 // per second
	defaultDuration = time.Minute
	defaultTimeout  = 30 * time.Second
)

// maxRequests bounds the length of a load.
const maxRequests = 100_000_000

func defaultLoad() Schedule {
	return Schedule{Rate: defaultRate, Duration: defaultDuration, Arrivals: Arrivals{Shape: Constant}, Timeout: defaultTimeout}
}

// readLoad reads the section "load".
func readLoad(v value) Schedule {
	l := defaultLoad()
	found := v.object(fields{
		"rate":     func(v value) { l.Rate = v.rate() },
		"duration": func(v value) { l.Duration = v.positive() },
		"requests": func(v value) { l.Requests = v.integer(1, maxRequests) },
		"arrivals": func(v value) { l.Arrivals = readArrivals(v) },
		"timeout":  func(v value) { l.Timeout = v.positive() },
	})
	if found.has("requests") {
		if found.has("duration") {
			found["requests"].fail("stands beside a duration: give one of the two")
		}
		l.Duration = 0
	}
	l.shape(v, found)
	if n := l.Rate * l.Duration.Seconds(); n > maxRequests {
		v.fail("is a load of %.0f requests: at most %d are allowed", n, maxRequests)
	}
	return l
}

// shape checks the arrivals against the rest of the load and derives what they
// imply: the mean rate of a ramp or of steps, and how long steps last.
func (l *Schedule) shape(v value, found present) {
	a := found["arrivals"]
	switch l.Arrivals.Shape {
	case Ramp:
		if found.has("rate") {
			found["rate"].fail("has no meaning beside a ramp, which has its own rates")
		}
		if found.has("requests") {
			a.fail("a ramp needs a duration, not a number of requests")
		}
		l.Rate = (l.Arrivals.From + l.Arrivals.To) / 2
	case Steps:
		for _, key := range []string{"rate", "duration", "requests"} {
			if found.has(key) {
				found[key].fail("has no meaning beside steps, which have their own rates and durations")
			}
		}
		l.Rate, l.Duration = mean(l.Arrivals.Steps)
	case Sine:
		if l.Arrivals.Amplitude > l.Rate {
			a.fail("an amplitude of %g/s is more than the mean rate, %g/s", l.Arrivals.Amplitude, l.Rate)
		}
	case Replayed:
		if found.has("rate") {
			found["rate"].fail("has no meaning beside a trace, which has its own times: tailgate run --rate makes them faster or slower")
		}
		if !found.has("duration") {
			l.Duration = 0 // as long as the trace
		}
	case Constant, Poisson:
	}
	if l.Rate == 0 && found.has("arrivals") && (l.Arrivals.Shape == Ramp || l.Arrivals.Shape == Steps) {
		v.fail("brings no requests at all")
	}
}

// mean returns the mean rate of steps and how long they last.
func mean(steps []Step) (rate float64, lasts time.Duration) {
	n := 0.0
	for _, s := range steps {
		n += s.Rate * s.For.Seconds()
		if lasts > math.MaxInt64-s.For {
			return maxRate, math.MaxInt64
		}
		lasts += s.For
	}
	if lasts == 0 {
		return 0, 0
	}
	return n / lasts.Seconds(), lasts
}

// readArrivals reads a shape: a bare word, or a shape with its parameters.
func readArrivals(v value) Arrivals {
	plain := []string{string(Constant), string(Poisson)}
	if text, ok := scalar(v.node); ok {
		switch text {
		case string(Ramp), string(Sine), string(Steps):
			v.fail("needs its parameters: write {ramp: {from: 5/s, to: 50/s}}, {sine: {amplitude: 10/s, period: 1m}} or {steps: [{rate: 5/s, for: 1m}, ...]}")
		default:
			return Arrivals{Shape: Shape(v.choice("shape of arrivals", append(plain, "ramp", "sine", "steps", "trace")...))}
		}
		return Arrivals{Shape: Constant}
	}
	a := Arrivals{Shape: Constant}
	shapes := fields{
		"ramp":  a.readRamp,
		"sine":  a.readSine,
		"steps": a.readSteps,
		"trace": a.readTraceArrivals,
	}
	if e, ok := v.one("shape of arrivals", keys(shapes)); ok {
		if read, ok := shapes[e.key]; ok {
			read(e.value)
		} else {
			e.at.fail("%s", unknown("shape of arrivals", e.key, append(plain, keys(shapes)...)))
		}
	}
	return a
}

func (a *Arrivals) readRamp(v value) {
	a.Shape = Ramp
	v.need(v.object(fields{
		"from": func(v value) { a.From = v.rateFromZero() },
		"to":   func(v value) { a.To = v.rateFromZero() },
	}), "from", "to")
}

func (a *Arrivals) readSine(v value) {
	a.Shape = Sine
	v.need(v.object(fields{
		"amplitude": func(v value) { a.Amplitude = v.rate() },
		"period":    func(v value) { a.Period = v.positive() },
	}), "amplitude", "period")
}

func (a *Arrivals) readSteps(v value) {
	a.Shape = Steps
	items := v.list("steps such as {rate: 5/s, for: 1m}")
	if v.isList() && len(items) == 0 {
		v.fail("must not be empty: write steps such as {rate: 5/s, for: 1m}")
	}
	for _, it := range items {
		var s Step
		it.need(it.object(fields{
			"rate": func(v value) { s.Rate = v.rateFromZero() },
			"for":  func(v value) { s.For = v.positive() },
		}), "rate", "for")
		a.Steps = append(a.Steps, s)
	}
}
