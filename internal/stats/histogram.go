package stats

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range a [Histogram] tells apart, in microseconds.
const (
	lowestMicros  = 1
	highestMicros = int64(time.Hour / time.Microsecond)
	digits        = 3
)

// Histogram counts durations in buckets of three significant digits from 1 µs
// to 1 h (an HdrHistogram). Durations outside are counted at the nearer end,
// never dropped. Sum and maximum are kept exactly. One goroutine may use it at
// a time; it takes about 190 kB.
type Histogram struct {
	hdr *hdrhistogram.Histogram
	sum time.Duration
	max time.Duration
}

// NewHistogram returns an empty histogram.
func NewHistogram() *Histogram {
	return &Histogram{hdr: hdrhistogram.New(lowestMicros, highestMicros, digits)}
}

// Record counts d, to the nearest microsecond.
func (h *Histogram) Record(d time.Duration) {
	micros := int64((d + time.Microsecond/2) / time.Microsecond)
	if err := h.hdr.RecordValue(min(max(micros, lowestMicros), highestMicros)); err != nil {
		panic(fmt.Sprintf("stats: a clamped value does not fit its histogram: %v", err))
	}
	h.sum += d
	h.max = max(h.max, d)
}

// Count returns how many durations were recorded.
func (h *Histogram) Count() int { return int(h.hdr.TotalCount()) }

// Max returns the largest duration recorded, exactly; 0 if there is none. Of a
// decoded histogram it is the top of its bucket.
func (h *Histogram) Max() time.Duration { return h.max }

// Mean returns the mean duration, exactly; 0 if there is none. Of a decoded
// histogram it is accurate to a bucket.
func (h *Histogram) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return h.sum / time.Duration(h.Count())
}

// AtRank returns the duration of the given rank from 1 to Count, to three
// significant digits and never above Max.
func (h *Histogram) AtRank(rank int) time.Duration {
	// The library wants a percentage and rounds it to the nearest rank.
	percent := 100 * float64(rank) / float64(h.Count())
	return min(time.Duration(h.hdr.ValueAtPercentile(percent))*time.Microsecond, h.max)
}

// Percentile returns the p-quantile, 0 < p < 1, in milliseconds, with the
// interval [Percentile] would give.
func (h *Histogram) Percentile(p float64) Estimate {
	return percentile(h.Count(), 0, p, func(rank int) float64 { return Millis(h.AtRank(rank)) })
}

// Millis returns d in milliseconds.
func Millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Merge adds what other holds.
func (h *Histogram) Merge(other *Histogram) {
	h.hdr.Merge(other.hdr)
	h.sum += other.sum
	h.max = max(h.max, other.max)
}

// Encode returns the histogram of microseconds in HdrHistogram's V2 compressed
// format as base64, "HISTF…", which the HdrHistogram tools of any language
// read. Only the buckets are kept.
func (h *Histogram) Encode() (string, error) {
	encoded, err := h.hdr.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return string(encoded), err
}

// WritePercentiles prints the distribution in milliseconds in HdrHistogram's text
// format, with five lines from each percentile halfway to 100 %.
func (h *Histogram) WritePercentiles(w io.Writer) error {
	_, err := h.hdr.PercentilesPrint(w, 5, 1000)
	return err
}

// DecodeHistogram reads what Encode writes. A histogram of another geometry is
// read into this one's.
func DecodeHistogram(encoded string) (*Histogram, error) {
	decoded, err := hdrhistogram.Decode([]byte(encoded))
	if err != nil {
		return nil, fmt.Errorf("decoding a histogram: %w", err)
	}
	h := NewHistogram()
	if dropped := h.hdr.Merge(decoded); dropped > 0 {
		return nil, fmt.Errorf("decoding a histogram: %d values are beyond %v", dropped, time.Hour)
	}
	if h.Count() > 0 {
		h.max = time.Duration(h.hdr.Max()) * time.Microsecond
		h.sum = time.Duration(math.Round(h.hdr.Mean()*float64(h.Count()))) * time.Microsecond
	}
	return h, nil
}
