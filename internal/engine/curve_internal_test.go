package engine

import (
	"math"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// The rate a pacer reports is the slope of the integral it paces by.
func TestPacers_rateIsTheSlope(t *testing.T) {
	t.Parallel()
	load := Load{Duration: 10 * time.Second}
	all := map[string]Arrivals{
		"constant":  Constant{Rate: 30},
		"ramp up":   Ramp{From: 3, To: 60},
		"ramp down": Ramp{From: 60, To: 3},
		"sine":      Sine{Mean: 40, Amplitude: 35, Period: 3 * time.Second},
		"steps":     Steps{{Rate: 10, For: 4 * time.Second}, {For: time.Second}, {Rate: 70, For: time.Second}},
	}
	for name, arrivals := range all {
		pacer, err := arrivals.pacer(load)
		if err != nil {
			t.Fatal(err)
		}
		const step = 1e-5
		for count := 0.5; count < 500; count += 7 {
			curve := pacer.(regular).curve
			slope := 2 * step / (curve.reaches(count+step) - curve.reaches(count-step))
			at := time.Duration(curve.reaches(count) * 1e9)
			if rate := pacer.Rate(at); math.Abs(rate/slope-1) > 1e-3 {
				t.Errorf("%s: Rate(%v) = %v, the slope there is %v", name, at, rate, slope)
			}
		}
	}
}

func TestPoisson_rate(t *testing.T) {
	t.Parallel()
	s, err := NewSchedule(Load{Arrivals: Poisson{Rate: 12.5}, Requests: 1})
	if err != nil {
		t.Fatal(err)
	}
	var live vegeta.Pacer = newLivePacer(s, TimerWait, nil)
	if rate := live.Rate(time.Hour); rate != 12.5 {
		t.Errorf("Rate = %v, want 12.5", rate)
	}
}
