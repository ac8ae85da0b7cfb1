package reports

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// csvColumns are the columns of [WriteCSV] after the name, in their order. A
// column of an estimate is followed by its _low and _high.
var csvColumns = []struct {
	name  string
	value func(*Strategy) stats.Estimate
}{
	{"success", func(s *Strategy) stats.Estimate { return s.Success }},
	{"p50_ms", func(s *Strategy) stats.Estimate { return s.LatencyMS.P50 }},
	{"p90_ms", func(s *Strategy) stats.Estimate { return s.LatencyMS.P90 }},
	{"p95_ms", func(s *Strategy) stats.Estimate { return s.LatencyMS.P95 }},
	{"p99_ms", func(s *Strategy) stats.Estimate { return s.LatencyMS.P99 }},
	{"p99_9_ms", func(s *Strategy) stats.Estimate { return s.LatencyMS.P999 }},
	{"cost_multiplier", func(s *Strategy) stats.Estimate { return s.costMultiplier() }},
	{"accuracy", func(s *Strategy) stats.Estimate { return s.Accuracy }},
}

// WriteCSV writes a header and one row per strategy (RFC 4180 with plain line
// feeds). Numbers are in full precision; a value that does not exist is empty.
func WriteCSV(w io.Writer, d *Document) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader()); err != nil {
		return err
	}
	for i := range d.Strategies {
		if err := out.Write(csvRow(&d.Strategies[i])); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvHeader() []string {
	row := []string{"strategy", "kind", "requests", "succeeded", "calls_per_request", "cost_usd"}
	for _, c := range csvColumns {
		row = append(row, c.name, c.name+"_low", c.name+"_high")
	}
	return row
}

func csvRow(s *Strategy) []string {
	row := []string{
		s.Name, s.Kind, strconv.Itoa(s.Requests), strconv.Itoa(s.Succeeded),
		csvNumber(s.Attempts.PerRequest), csvNumber(s.Cost.USD.Value),
	}
	for _, c := range csvColumns {
		e := c.value(s)
		cells := [3]string{}
		if e.Known() {
			cells[0] = csvNumber(e.Value)
		}
		if e.HasInterval() {
			cells[1], cells[2] = csvNumber(e.Low), csvNumber(e.High)
		}
		row = append(row, cells[:]...)
	}
	return row
}

func csvNumber(v float64) string { return strconv.FormatFloat(stats.Round(v), 'g', -1, 64) }
