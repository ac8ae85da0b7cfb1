package record

import (
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Latency holds the percentiles of a latency in milliseconds.
type Latency struct {
	P50, P90, P95, P99, P999 stats.Estimate
	// Mean and Max are of successes; Max is nil if there is none.
	Mean stats.Estimate
	Max  *float64
}

// Latency returns the latency over all requests, from due time; a failure is
// slower than any success.
func (r *Recorder) Latency() Latency {
	ok := r.okMicros()
	return latencyOf(ok, r.tally.requests-len(ok))
}

// LatencyOK returns the latency over the requests that were answered.
func (r *Recorder) LatencyOK() Latency { return latencyOf(r.okMicros(), 0) }

// FirstToken returns the time from due until the first token, over all
// requests; a failure is slower than any success even if it had spoken.
func (r *Recorder) FirstToken() Latency {
	first := r.firstMicros()
	return latencyOf(first, r.tally.requests-len(first))
}

// firstMicros returns the times to the first token of successes in microseconds,
// sorted.
func (r *Recorder) firstMicros() []uint32 {
	var first []uint32
	for i := range r.rows {
		if w := &r.rows[i]; w.is(succeeded) && w.is(hasFirst) {
			first = append(first, w.first)
		}
	}
	slices.Sort(first)
	return first
}

// okMicros returns the latencies of successes in microseconds, sorted.
func (r *Recorder) okMicros() []uint32 {
	if r.sorted == nil {
		r.sorted = appendOK(make([]uint32, 0, r.tally.succeeded), r.rows)
		slices.Sort(r.sorted)
	}
	return r.sorted
}

func appendOK(micros []uint32, rows []row) []uint32 {
	for i := range rows {
		if rows[i].is(succeeded) {
			micros = append(micros, rows[i].latency)
		}
	}
	return micros
}

// latencyOf describes sorted microseconds and failures beyond them.
func latencyOf(ok []uint32, failed int) Latency {
	return describe(func(p float64) stats.Estimate {
		return stats.Percentile(ok, failed, p).Over(1e3)
	}, len(ok), func() (mean, largest float64) {
		sum := 0.0
		for _, v := range ok {
			sum += float64(v)
		}
		return sum / float64(len(ok)) / 1e3, float64(ok[len(ok)-1]) / 1e3
	})
}

// histogramLatency describes what a histogram holds.
func histogramLatency(h *stats.Histogram) Latency {
	return describe(h.Percentile, h.Count(), func() (mean, largest float64) {
		return stats.Millis(h.Mean()), stats.Millis(h.Max())
	})
}

func describe(percentile func(float64) stats.Estimate, n int, moments func() (mean, largest float64)) Latency {
	l := Latency{
		P50: percentile(0.5), P90: percentile(0.9), P95: percentile(0.95),
		P99: percentile(0.99), P999: percentile(0.999), Mean: stats.Missing("no request succeeded"),
	}
	if n > 0 {
		mean, largest := moments()
		l.Mean, l.Max = stats.Exactly(mean), &largest
	}
	return l
}

// Histogram returns the latencies of successes in microseconds as an encoded
// HdrHistogram; see [stats.Histogram.Encode].
func (r *Recorder) Histogram() (string, error) {
	h := stats.NewHistogram()
	for _, micros := range r.okMicros() {
		h.Record(duration(micros))
	}
	return h.Encode()
}
