package engine

import (
	"errors"
	"fmt"
	"math"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Arrivals is how requests arrive over time: [Constant], [Poisson], [Ramp],
// [Sine] or [Steps]. Rates are in requests per second and need not be whole
// numbers.
//
// All but Poisson are regular: request k, counted from 0, is due when the
// integral of the rate over time reaches exactly k, rounded to the nanosecond.
// So a minute at 20/s is 1,200 requests, the first due at 0 and the last at
// 59.95 s, and nothing accumulates however long the run is.
type Arrivals interface {
	// pacer returns the arrivals of l in the form in which they are asked for,
	// or why there can be none.
	pacer(l Load) (vegeta.Pacer, error)
}

var (
	_ Arrivals = Constant{}
	_ Arrivals = Poisson{}
	_ Arrivals = Ramp{}
	_ Arrivals = Sine{}
	_ Arrivals = Steps{}
	_ Arrivals = Replayed{}
)

// Constant arrivals are evenly spaced.
type Constant struct {
	// Rate is positive.
	Rate float64
}

func (c Constant) pacer(Load) (vegeta.Pacer, error) {
	return regular{line(c.Rate)}, checkRate("rate", c.Rate, false)
}

// Poisson arrivals are independent of each other: the gaps between them are
// exponential with mean 1/Rate, drawn from (seed, index), the first counted
// from the start. One seed gives the same pattern at every rate, only faster.
type Poisson struct {
	// Rate is positive.
	Rate float64
}

func (p Poisson) pacer(l Load) (vegeta.Pacer, error) {
	key := draw.New(l.Seed).Name("arrivals")
	return &poisson{rate: p.Rate, key: key}, checkRate("rate", p.Rate, false)
}

// Ramp arrivals change their rate linearly from From to To over the load's
// Duration and keep To afterwards. Without a Duration the ramp is as long as
// the load's Requests take to be due. Either rate may be 0, not both.
type Ramp struct{ From, To float64 }

func (r Ramp) pacer(l Load) (vegeta.Pacer, error) {
	err := errors.Join(checkRate("from", r.From, true), checkRate("to", r.To, true))
	if err == nil && r.From+r.To == 0 {
		err = errors.New("from and to are both 0, want at least one positive rate")
	}
	over := l.Duration.Seconds()
	if over == 0 {
		over = 2 * float64(l.Requests) / (r.From + r.To)
	}
	return regular{slope{from: r.From, to: r.To, over: over}}, err
}

// Sine arrivals swing around Mean by Amplitude once per Period, starting at
// Mean and rising: Mean + Amplitude sin(2 pi t/Period).
type Sine struct {
	// Mean is positive; Amplitude is between 0 and Mean.
	Mean, Amplitude float64
	// Period is positive.
	Period time.Duration
}

func (s Sine) pacer(Load) (vegeta.Pacer, error) {
	err := errors.Join(checkRate("mean", s.Mean, false), checkRate("amplitude", s.Amplitude, true))
	if err == nil && s.Amplitude > s.Mean {
		err = fmt.Errorf("amplitude is %v, want at most the mean, %v", s.Amplitude, s.Mean)
	}
	if s.Period <= 0 {
		err = errors.Join(err, fmt.Errorf("period is %v, want more than 0s", s.Period))
	}
	return regular{wave{mean: s.Mean, amplitude: s.Amplitude, period: s.Period.Seconds()}}, err
}

// Steps are arrivals that are even within each step. The last step lasts as
// long as it is needed, whatever its For; a load without Duration and Requests
// ends with it.
type Steps []Step

// Step is one stretch of [Steps].
type Step struct {
	// Rate may be 0, for a pause.
	Rate float64
	// For is positive.
	For time.Duration
}

func (s Steps) pacer(Load) (vegeta.Pacer, error) {
	var err error
	if len(s) == 0 {
		err = errors.New("there are no steps, want at least one")
	}
	for i, step := range s {
		err = errors.Join(err, checkRate(fmt.Sprintf("rate of step %d", i), step.Rate, true))
		if step.For <= 0 {
			err = errors.Join(err, fmt.Errorf("length of step %d is %v, want more than 0s", i, step.For))
		}
	}
	return regular{newStairs(s)}, err
}

func (s Steps) length() time.Duration {
	var sum time.Duration
	for _, step := range s {
		sum += step.For
	}
	return sum
}

func checkRate(name string, rate float64, mayBeZero bool) error {
	switch {
	case math.IsNaN(rate), math.IsInf(rate, 0), rate < 0:
		return fmt.Errorf("%s is %v, want a finite number of requests per second", name, rate)
	case rate == 0 && !mayBeZero:
		return fmt.Errorf("%s is 0, want more than 0 requests per second", name)
	}
	return nil
}

// regular arrivals follow a curve. It is a value without state.
type regular struct{ curve curve }

// Pace implements [vegeta.Pacer]: the wait is negative when the hit is overdue.
func (r regular) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	return until(r.curve.reaches(float64(hits)), elapsed)
}

// Rate implements [vegeta.Pacer].
func (r regular) Rate(elapsed time.Duration) float64 { return r.curve.rate(elapsed.Seconds()) }

// longestGap bounds what [draw.Exponential] can give, in mean gaps: the draw is
// at most 1 - 2^-53, and -ln 2^-53 = 36.7.
const longestGap = 37

// poisson arrivals add up exponential gaps, in units of the mean gap. Hits must
// be asked for in order; asking again for the latest is fine.
type poisson struct {
	rate  float64
	key   draw.Key
	drawn uint64
	sum   float64
}

// Pace implements [vegeta.Pacer]: the wait is negative when the hit is overdue.
func (p *poisson) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	for ; p.drawn <= hits; p.drawn++ {
		p.sum += draw.Exponential{Mean: 1}.Quantile(p.key.Word(p.drawn).Float64())
	}
	return until(p.sum/p.rate, elapsed)
}

// Rate implements [vegeta.Pacer].
func (p *poisson) Rate(time.Duration) float64 { return p.rate }

// until returns the wait from elapsed to the given second, or stop if that is
// out of reach of a duration.
func until(second float64, elapsed time.Duration) (wait time.Duration, stop bool) {
	ns := math.Round(second * 1e9)
	if !(ns < math.MaxInt64/2) {
		return 0, true
	}
	return time.Duration(ns) - elapsed, false
}
