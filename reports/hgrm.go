package reports

import (
	"fmt"
	"io"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// WriteHgrm writes the latencies of a strategy's successes, in milliseconds, in
// the text format that HdrHistogram's plotters read (.hgrm). A comment says how
// many requests failed and so are not among them.
func WriteHgrm(w io.Writer, s *Strategy) error {
	h, err := stats.DecodeHistogram(s.Histogram)
	if err != nil {
		return fmt.Errorf("strategy %s: %w", s.Name, err)
	}
	if err := h.WritePercentiles(w); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "#[Strategy = %s, failed = %d of %d requests, not counted here]\n", clean(s.Name), s.Requests-s.Succeeded, s.Requests)
	return err
}
