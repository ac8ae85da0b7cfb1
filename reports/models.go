package reports

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// WriteModels prints what each model did for each strategy: its calls, how many
// of its answers were used, its own latency and its errors by kind.
func WriteModels(w io.Writer, d *Document, t Terminal) error {
	p := &printer{Terminal: t}
	out := table.NewWriter()
	out.SetStyle(plainStyle())
	out.AppendHeader(table.Row{"strategy", "model", "calls", "used", "p50", "p95", "p99", "failed", "errors"})
	right := []table.ColumnConfig{}
	for number := 3; number <= 8; number++ {
		right = append(right, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	out.SetColumnConfigs(right)
	for i := range d.Strategies {
		name := shorten(clean(d.Strategies[i].Name), 24)
		for _, m := range d.Strategies[i].Models {
			if m.Attempts == 0 && len(m.Errors) == 0 {
				continue
			}
			out.AppendRow(p.model(name, m))
			name = ""
		}
	}
	_, err := io.WriteString(w, trimLines(out.Render())+"\n")
	return err
}

func (p *printer) model(strategy string, m Model) table.Row {
	row := table.Row{p.plain(strategy), p.plain(shorten(clean(m.Name), 30)), formatCount(m.Attempts), formatCount(m.Won)}
	for _, percent := range []float64{50, 95, 99} {
		e := map[float64]float64{50: m.LatencyMS.P50.Value, 95: m.LatencyMS.P95.Value, 99: m.LatencyMS.P99.Value}[percent]
		if e != e { // there is no value
			row = append(row, p.plain("–"))
			continue
		}
		row = append(row, p.plain(formatMS(e)))
	}
	failed := 0
	for kind, n := range m.Errors {
		if kind != neverSent {
			failed += n
		}
	}
	share := p.plain("–")
	if m.Attempts > 0 {
		share = formatShare(float64(failed) / float64(m.Attempts))
	}
	return append(row, share, p.plain(clean(errorList(m.Errors))))
}

// neverSent is the kind of the attempts that a breaker or a limit kept from being
// calls.
const neverSent = "rejected"

// errorList names the kinds of errors, the most frequent first.
func errorList(errors map[string]int) string {
	kinds := slices.SortedFunc(maps.Keys(errors), func(a, b string) int {
		return cmp.Or(cmp.Compare(errors[b], errors[a]), strings.Compare(a, b))
	})
	for i, kind := range kinds {
		kinds[i] = kind + " " + formatCount(errors[kind])
	}
	return strings.Join(kinds, ", ")
}
