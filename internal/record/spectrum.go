package record

import (
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// A spectrum's points per factor of ten of 1/(1-p), and how many requests must
// be slower than the last.
const (
	perDecade = 24
	beyond    = 100
)

// Spectrum is the latency over the percentile.
type Spectrum struct {
	Percentile []float64  // in percent
	MS         []*float64 // nil from the success rate on
}

// Spectrum returns the latency over all requests at 24 percentiles per decade
// of 1/(1-p), and at P50 and P95. It ends where fewer than 100 requests would
// be slower, or a tenth of them if there are fewer than 1000.
func (r *Recorder) Spectrum() Spectrum { return spectrumOf(r.okMicros(), r.tally.requests) }

// FirstTokenSpectrum is [Recorder.Spectrum] of the time to the first token; nil if
// no answer had a token before it was complete.
func (r *Recorder) FirstTokenSpectrum() *Spectrum {
	streamed := false
	for i := range r.rows {
		w := &r.rows[i]
		if streamed = w.is(succeeded) && w.is(hasFirst) && w.first < w.latency; streamed {
			break
		}
	}
	if !streamed {
		return nil
	}
	s := spectrumOf(r.firstMicros(), r.tally.requests)
	return &s
}

// spectrumOf takes the sorted microseconds of those of n requests that have any.
func spectrumOf(sorted []uint32, n int) Spectrum {
	s := Spectrum{Percentile: []float64{}, MS: []*float64{}}
	if n == 0 {
		return s
	}
	for _, p := range spectrumPoints(n) {
		s.Percentile = append(s.Percentile, stats.Round(100*p))
		s.MS = append(s.MS, pointMS(sorted, n-len(sorted), p))
	}
	return s
}

// SpectrumOf is [Recorder.Spectrum] for n requests of which those in h succeeded,
// to the three digits that h has.
func SpectrumOf(h *stats.Histogram, n int) Spectrum {
	s := Spectrum{Percentile: []float64{}, MS: []*float64{}}
	if n == 0 {
		return s
	}
	for _, p := range spectrumPoints(n) {
		s.Percentile = append(s.Percentile, stats.Round(100*p))
		var ms *float64
		if rank := stats.Rank(n, p); rank <= h.Count() {
			ms = new(stats.Millis(h.AtRank(rank)))
		}
		s.MS = append(s.MS, ms)
	}
	return s
}

func spectrumPoints(n int) []float64 {
	points := []float64{0.5, 0.95}
	least := min(beyond, float64(n)/10) - 1e-6
	for k := 0; ; k++ {
		rest := math.Pow(10, -float64(k)/perDecade)
		if float64(n)*rest < least {
			break
		}
		points = append(points, 1-rest)
	}
	slices.Sort(points)
	return points
}
