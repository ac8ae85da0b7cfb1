package stats_test

import (
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// slower makes a latency four tenths longer, within the timeout.
func slower(u float64) float64 { return min(30_000, 1.4*latency(u)) - latency(u) }

// trial is a simulated A/B test: what an observation of either arm is like, as a
// function of uniform numbers.
type trial struct {
	name    string
	most    float64
	share   float64 // 0: pairs
	control func(u float64) float64
	effect  func(u float64) float64 // added to a draw of control
}

func chance(p float64) func(float64) float64 {
	return func(u float64) float64 {
		if u < p {
			return 1
		}
		return 0
	}
}

func none(float64) float64 { return 0 }

// latency is a skewed time up to 30 s, in ms, in which one of 50 fails.
func latency(u float64) float64 {
	if u > 0.98 {
		return 30_000
	}
	return min(30_000, draw.LognormalP95(900, 2900).Quantile(u/0.98))
}

// play feeds n observations of the trial with the given seed to see, until it
// says to stop.
func (tr *trial) play(seed uint64, n int, see func(e *stats.Effect) (stop bool)) {
	e := stats.Effect{Most: tr.most, Share: tr.share, Alpha: 0.05}
	key := draw.New(seed).Name(tr.name)
	for i := range uint64(n) { //nolint:gosec // a count
		k := key.Word(i)
		a, b := tr.control(k.Name("a").Float64()), k.Name("b").Float64()
		b = tr.control(b) + tr.effect(b)
		switch {
		case tr.share == 0:
			e.Paired(a, b)
		case k.Name("arm").Float64() < tr.share:
			e.Split(true, b)
		default:
			e.Split(false, a)
		}
		if see(&e) {
			return
		}
	}
}

// truth is the mean effect, by a fine grid.
func (tr *trial) truth() float64 {
	const n = 1_000_000
	sum := 0.0
	for i := range n {
		sum += tr.effect((float64(i) + 0.5) / n)
	}
	return sum / n
}

var nulls = []trial{
	{"success, a tenth", 1, 0.1, chance(0.95), none},
	{"success, half", 1, 0.5, chance(0.95), none},
	{"accuracy, a fifth", 1, 0.2, chance(0.7), none},
	{"latency, a tenth", 30_000, 0.1, latency, none},
	{"latency, half", 30_000, 0.5, latency, none},
	{"latency, pairs", 30_000, 0, latency, none},
	{"cost, half", 0, 0.5, latency, none},
}

// Looking after every observation at tests in which nothing is better promotes a
// challenger in at most alpha/2 of 1,000 runs, and excludes the truth on either
// side in at most alpha, but for noise.
func TestEffectNullRuns(t *testing.T) {
	t.Parallel()
	const runs, n = 1000, 2000
	for _, tr := range nulls {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			promoted, wrong := 0, 0
			for seed := range uint64(runs) {
				tr.play(seed, n, func(e *stats.Effect) bool {
					side := e.Beyond(0)
					if side > 0 {
						promoted++
					}
					if side != 0 {
						wrong++
					}
					return side != 0
				})
			}
			t.Logf("%d of %d promoted, %d off on either side", promoted, runs, wrong)
			// 3 standard errors of a share of 0.05 are 0.021, of 0.025 are 0.015.
			if wrong > 71 || promoted > 40 {
				t.Errorf("%d of %d null runs promoted the challenger, %d were wrong on either side", promoted, runs, wrong)
			}
		})
	}
}

// A z-test that is looked at as often does not hold its level: the guard against
// a test above that could not fail.
func TestPeekingAtAFixedTestIsWrong(t *testing.T) {
	t.Parallel()
	const runs, n = 300, 2000
	wrong := 0
	for seed := range uint64(runs) {
		sum, square := 0.0, 0.0
		for i := range uint64(n) {
			key := draw.New(seed).Word(i)
			d := key.Name("a").Float64() - key.Name("b").Float64()
			sum, square = sum+d, square+d*d
			if i >= 100 && math.Abs(sum) > 1.96*math.Sqrt(square) {
				wrong++
				break
			}
		}
	}
	if wrong < runs/5 {
		t.Errorf("only %d of %d null runs were wrong: the simulation is too kind", wrong, runs)
	}
}

// A real effect is found, and its interval holds the truth at every moment.
func TestEffectPower(t *testing.T) {
	t.Parallel()
	const runs = 80
	for _, c := range []struct {
		trial
		n, found int // at least so many of 80 runs within n observations
	}{
		{trial{"success", 1, 0.5, chance(0.90), func(u float64) float64 { return chance(0.95)(u) - chance(0.90)(u) }}, 6000, 76},
		{trial{"a tenth", 1, 0.1, chance(0.90), func(u float64) float64 { return chance(0.97)(u) - chance(0.90)(u) }}, 8000, 76},
		{trial{"latency", 30_000, 0.5, latency, slower}, 12_000, 76},
		{trial{"pairs", 30_000, 0, latency, slower}, 12_000, 76},
		{trial{"cost", 0, 0.5, latency, slower}, 12_000, 76},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			truth := c.truth()
			found, missed, at := 0, 0, 0
			for seed := range uint64(runs) {
				decided := false
				off := false
				c.play(seed, c.n, func(e *stats.Effect) bool {
					if !decided && e.Beyond(0) == int(math.Copysign(1, truth)) {
						decided = true
						at += e.N()
					}
					off = off || e.Beyond(truth) != 0
					return false
				})
				if decided {
					found++
				}
				if off {
					missed++
				}
			}
			t.Logf("found in %d of 80, after %d on average; off in %d", found, at/max(1, found), missed)
			if found < c.found || missed > 10 {
				t.Errorf("an effect of %.4g was found in %d of 80 runs, want %d; its interval was off in %d", truth, found, c.found, missed)
			}
		})
	}
}

// Beyond says what the interval of Estimate says.
func TestEffectBeyondIsEstimate(t *testing.T) {
	t.Parallel()
	for _, tr := range nulls {
		tr.play(1, 1500, func(e *stats.Effect) bool {
			if e.N()%50 != 0 {
				return false
			}
			got := e.Estimate()
			if !got.HasInterval() {
				return false
			}
			if !(got.Low <= got.Value && got.Value <= got.High) {
				t.Fatalf("%s after %d: %v is not within %v to %v", tr.name, e.N(), got.Value, got.Low, got.High)
			}
			width := got.High - got.Low
			for limit, want := range map[float64]int{got.Low - 1e-6*width: 1, got.High + 1e-6*width: -1, got.Value: 0} {
				if most := tr.most; most > 0 && math.Abs(limit) > most {
					continue
				}
				if side := e.Beyond(limit); side != want {
					t.Fatalf("%s after %d: %v to %v, but Beyond(%v) = %d", tr.name, e.N(), got.Low, got.High, limit, side)
				}
			}
			return false
		})
	}
}

// Without an observation of both arms nothing is known.
func TestEffectNeedsBothArms(t *testing.T) {
	t.Parallel()
	e := stats.Effect{Most: 1, Share: 0.5, Alpha: 0.05}
	for range 100 {
		e.Split(false, 1)
	}
	if got := e.Estimate(); got.Known() || e.Beyond(0) != 0 || e.N() != 100 {
		t.Errorf("after 100 of one arm: %+v, beyond 0: %d", got, e.Beyond(0))
	}
	e.Split(true, 1)
	if got := e.Estimate(); !got.HasInterval() || got.Low < -1 || got.High > 1 {
		t.Errorf("after one of the other: %+v, want an interval within -1 to 1", got)
	}
}

// Values beyond the largest there can be count as that.
func TestEffectHoldsValuesToTheirBounds(t *testing.T) {
	t.Parallel()
	a, b := stats.Effect{Most: 10, Alpha: 0.05}, stats.Effect{Most: 10, Alpha: 0.05}
	for i := range 50 {
		a.Paired(float64(-i), float64(5+i))
		b.Paired(0, min(10, float64(5+i)))
	}
	if a.Estimate() != b.Estimate() {
		t.Errorf("%+v, want %+v", a.Estimate(), b.Estimate())
	}
}

// A million observations are within reach of the numbers.
func TestEffectStaysFinite(t *testing.T) {
	t.Parallel()
	tr := trial{"long", 1, 0.5, chance(0.5), none}
	var last stats.Estimate
	tr.play(3, 1_000_000, func(e *stats.Effect) bool {
		if e.N()%100_000 == 0 {
			last = e.Estimate()
		}
		return false
	})
	if half := (last.High - last.Low) / 2; !(half > 0.001 && half < 0.006) {
		t.Errorf("after a million: %+v, want about 0.004 on either side", last)
	}
}

func TestSampleRatio(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		control, challenger int
		share, want         float64
	}{
		{0, 0, 0.5, 1},
		{500, 500, 0.5, 1},
		{9000, 1000, 0.1, 1},
		{530, 470, 0.5, 0.0577795711}, // chi-square of 3.6
		{9100, 900, 0.1, 0.0008581206},
		{8000, 2000, 0.1, 0},
	} {
		if got := stats.SampleRatio(c.control, c.challenger, c.share); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("SampleRatio(%d, %d, %v) = %.10f, want %.10f", c.control, c.challenger, c.share, got, c.want)
		}
	}
	false01 := 0
	for seed := range uint64(2000) {
		n := 0
		for i := range uint64(1000) {
			if draw.New(seed).Word(i).Float64() < 0.3 {
				n++
			}
		}
		if stats.SampleRatio(1000-n, n, 0.3) < 0.01 {
			false01++
		}
	}
	if false01 < 5 || false01 > 40 {
		t.Errorf("%d of 2,000 sound splits are below 1%%, want about 20", false01)
	}
}
