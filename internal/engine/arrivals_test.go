package engine_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// everyArrivals has one of each shape, 100/s on average.
func everyArrivals() map[string]engine.Arrivals {
	return map[string]engine.Arrivals{
		"constant": engine.Constant{Rate: 100},
		"poisson":  engine.Poisson{Rate: 100},
		"ramp":     engine.Ramp{From: 20, To: 180},
		"sine":     engine.Sine{Mean: 100, Amplitude: 60, Period: 4 * time.Second},
		"steps": engine.Steps{
			{Rate: 50, For: 4 * time.Second}, {Rate: 0, For: time.Second}, {Rate: 160, For: 5 * time.Second},
		},
	}
}

// Request k is due when the integral of the rate, here taken numerically and
// independently of the closed forms, reaches k.
func TestArrivals_followTheIntegralOfTheirRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		arrivals engine.Arrivals
		rate     func(t float64) float64
		cuts     []float64 // where the rate jumps
	}{
		{"constant", engine.Constant{Rate: 7.3}, func(float64) float64 { return 7.3 }, nil},
		{"ramp up", engine.Ramp{From: 5, To: 65}, func(t float64) float64 { return 5 + 6*t }, nil},
		{"ramp down", engine.Ramp{From: 65, To: 5}, func(t float64) float64 { return 65 - 6*t }, nil},
		{"ramp from zero", engine.Ramp{To: 80}, func(t float64) float64 { return 8 * t }, nil},
		{"ramp to zero", engine.Ramp{From: 80}, func(t float64) float64 { return 80 - 8*t }, nil},
		{"flat ramp", engine.Ramp{From: 9, To: 9}, func(float64) float64 { return 9 }, nil},
		{"sine", engine.Sine{Mean: 40, Amplitude: 30, Period: 3 * time.Second}, sine(40, 30, 3), nil},
		{"sine down to zero", engine.Sine{Mean: 40, Amplitude: 40, Period: 4 * time.Second}, sine(40, 40, 4), nil},
		{"sine slower than the load", engine.Sine{Mean: 40, Amplitude: 39, Period: time.Minute}, sine(40, 39, 60), nil},
		{"sine faster than the requests", engine.Sine{Mean: 2, Amplitude: 1.5, Period: 90 * time.Millisecond}, sine(2, 1.5, 0.09), nil},
		{
			"steps",
			engine.Steps{{Rate: 20, For: 3 * time.Second}, {For: 2 * time.Second}, {Rate: 77, For: time.Second}},
			func(t float64) float64 {
				switch {
				case t < 3:
					return 20
				case t < 5:
					return 0
				}
				return 77
			},
			[]float64{3, 5},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			due := dueTimes(t, engine.Load{Arrivals: tt.arrivals, Duration: 10 * time.Second})
			sum, from := 0.0, 0.0
			for k, d := range due {
				sum += integral(tt.rate, from, d.Seconds(), tt.cuts)
				from = d.Seconds()
				if math.Abs(sum-float64(k)) > 1e-6 {
					t.Fatalf("request %d is due at %v, when the integral is %.9f", k, d, sum)
				}
			}
			sum += integral(tt.rate, from, 10, tt.cuts)
			if want := int(math.Ceil(sum - 1e-6)); len(due) != want {
				t.Errorf("%d requests, want %d: the integral is %.9f at the end", len(due), want, sum)
			}
		})
	}
}

func sine(mean, amplitude, period float64) func(float64) float64 {
	return func(t float64) float64 { return mean + amplitude*math.Sin(2*math.Pi*t/period) }
}

// integral is Simpson's rule, cut where f jumps.
func integral(f func(float64) float64, from, to float64, cuts []float64) float64 {
	for _, c := range cuts {
		if from < c && c < to {
			return integral(f, from, math.Nextafter(c, 0), nil) + integral(f, c, to, cuts)
		}
	}
	const n = 200
	h := (to - from) / n
	sum := f(from) + f(max(math.Nextafter(to, 0), from))
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i%2)) * f(from+float64(i)*h)
	}
	return sum * h / 3
}

// The gaps of Poisson arrivals have mean 1/rate and a standard deviation as
// large, follow the exponential distribution, do not tell of their neighbours,
// and leave counts per second that vary as much as their mean. Bounds are four
// standard errors; the seed is fixed.
func TestPoisson_isPoisson(t *testing.T) {
	t.Parallel()
	const rate, n = 100, 200_000
	due := dueTimes(t, engine.Load{Arrivals: engine.Poisson{Rate: rate}, Requests: n, Seed: 1})
	gaps := make([]float64, n)
	previous := time.Duration(0)
	for i, d := range due {
		gaps[i] = (d - previous).Seconds() * rate
		previous = d
	}
	near := func(name string, got, want, standardError float64) {
		t.Helper()
		if math.Abs(got-want) > 4*standardError {
			t.Errorf("%s = %.5f, want %v within %.5f", name, got, want, 4*standardError)
		}
	}
	mean, variance := moments(gaps)
	near("mean gap", mean, 1, 1/math.Sqrt(n))
	near("variance of gaps", variance, 1, math.Sqrt(8.0/n)) // fourth moment 9 - 1
	for lag := 1; lag <= 3; lag++ {
		near("autocorrelation", correlation(gaps[lag:], gaps[:n-lag]), 0, 1/math.Sqrt(n))
	}
	for _, x := range []float64{0.01, 0.1, 0.5, 1, 2, 5} {
		want := -math.Expm1(-x)
		near("share of gaps below", shareBelow(gaps, x), want, math.Sqrt(want*(1-want)/n))
	}
	counts := make([]float64, int(last(due).Seconds()))
	for _, d := range due {
		if second := int(d.Seconds()); second < len(counts) {
			counts[second]++
		}
	}
	mean, variance = moments(counts)
	near("dispersion of counts", variance/mean, 1, math.Sqrt(2/float64(len(counts)-1)))
	near("autocorrelation of counts", correlation(counts[1:], counts[:len(counts)-1]), 0, 1/math.Sqrt(float64(len(counts))))
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}

func correlation(x, y []float64) float64 {
	mx, vx := moments(x)
	my, vy := moments(y)
	sum := 0.0
	for i := range x {
		sum += (x[i] - mx) * (y[i] - my)
	}
	return sum / float64(len(x)-1) / math.Sqrt(vx*vy)
}

func shareBelow(x []float64, limit float64) float64 {
	n := 0
	for _, v := range x {
		if v < limit {
			n++
		}
	}
	return float64(n) / float64(len(x))
}

func TestPoisson_seedAndRate(t *testing.T) {
	t.Parallel()
	load := engine.Load{Arrivals: engine.Poisson{Rate: 10}, Requests: 1000, Seed: 1}
	slow := dueTimes(t, load)
	load.Arrivals = engine.Poisson{Rate: 20}
	fast := dueTimes(t, load)
	load.Seed = 2
	other := dueTimes(t, load)
	same := 0
	for i := range slow {
		if d := slow[i] - 2*fast[i]; d.Abs() > 2 {
			t.Fatalf("request %d is due at %v and %v: not the same pattern at twice the rate", i, slow[i], fast[i])
		}
		if fast[i] == other[i] {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 1000 requests are due at the same time under another seed", same)
	}
}
