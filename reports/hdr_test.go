package reports_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// ramp is a histogram of 1 to n ms.
func ramp(n int) *stats.Histogram {
	h := stats.NewHistogram()
	for i := range n {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	return h
}

func TestWriteHgrm(t *testing.T) {
	t.Parallel()
	encoded, err := ramp(1000).Encode()
	must(t, err)
	var b bytes.Buffer
	must(t, reports.WriteHgrm(&b, &reports.Strategy{Name: "hedge", Requests: 1010, Succeeded: 1000, Histogram: encoded}))
	golden(t, "hedge.hgrm", b.Bytes())
	if err := reports.WriteHgrm(&b, &reports.Strategy{Histogram: "not one"}); err == nil {
		t.Error("a broken histogram is no error")
	}
}

// TestIntervalLog lets the library's own reader read the log.
func TestIntervalLog(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log, err := reports.NewIntervalLog(&b, time.Date(2026, 3, 4, 5, 6, 7, 891e6, time.UTC))
	must(t, err)
	must(t, log.Add("hedge", 0, time.Second, ramp(100)))
	must(t, log.Add("hedge", time.Second, time.Second, stats.NewHistogram()))
	must(t, log.Add("single", 0, time.Second, ramp(300)))
	golden(t, "run.hlog", b.Bytes())

	r := hdrhistogram.NewHistogramLogReader(&b)
	for _, want := range []struct {
		tag   string
		count int64
		max   int64
		start int64
	}{{"hedge", 100, 100_000, 0}, {"hedge", 0, 0, 1000}, {"single", 300, 300_000, 0}} {
		h, err := r.NextIntervalHistogram()
		must(t, err)
		began := h.StartTimeMs() - time.Date(2026, 3, 4, 5, 6, 7, 891e6, time.UTC).UnixMilli()
		if h.Tag() != want.tag || h.TotalCount() != want.count || h.Max()/1000 != want.max/1000 || began != want.start {
			t.Errorf("%s: %d values up to %d from %d, want %+v", h.Tag(), h.TotalCount(), h.Max(), began, want)
		}
	}
	if h, err := r.NextIntervalHistogram(); h != nil || err != nil {
		t.Errorf("after the last: %v, %v", h, err)
	}
}
