package reports

import (
	"fmt"
	"io"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// IntervalLog writes an HdrHistogram interval log (format 1.3), as
// HistogramLogProcessor and the log readers of HdrHistogram's libraries read it.
// Values are microseconds, tags the names of strategies. One goroutine may use
// it at a time.
type IntervalLog struct{ w io.Writer }

// NewIntervalLog begins a log of a run that started at that time.
func NewIntervalLog(w io.Writer, started time.Time) (*IntervalLog, error) {
	began := float64(started.UnixMilli()) / 1000
	_, err := fmt.Fprintf(w, "#[Logged with tailgate: latencies of successes in microseconds, by due time, tagged by strategy]\n"+
		"#[Histogram log format version 1.3]\n"+
		"#[StartTime: %.3f (seconds since epoch), %s]\n#[BaseTime: %.3f (seconds since epoch)]\n"+
		"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
		began, started.UTC().Format(time.RFC3339), began)
	return &IntervalLog{w}, err
}

// Add writes the latencies of the requests of a strategy that were due in the
// interval of that length, from at after the run's start. The column of maxima
// is in milliseconds.
func (l *IntervalLog) Add(strategy string, at, length time.Duration, h *stats.Histogram) error {
	encoded, err := h.Encode()
	if err != nil {
		return fmt.Errorf("strategy %s: encoding an interval: %w", strategy, err)
	}
	_, err = fmt.Fprintf(l.w, "Tag=%s,%.3f,%.3f,%.3f,%s\n", strategy, at.Seconds(), length.Seconds(), stats.Millis(h.Max()), encoded)
	return err
}
