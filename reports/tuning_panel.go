package reports

import (
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// panel prints the models, and how the errors of each two go together.
func (p *printer) panel(d *Tuning) string {
	if d.Panel == nil || len(d.Panel.Models) == 0 {
		return ""
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	head := table.Row{"", "model", "right", "silent", "weight", "usd/1k"}
	for i := range d.Panel.Models[1:] {
		head = append(head, digits(float64(i+1), 1))
	}
	t.AppendHeader(head)
	columns := []table.ColumnConfig{}
	for i := range len(head) - 2 {
		columns = append(columns, table.ColumnConfig{Number: 3 + i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	for i, m := range d.Panel.Models {
		row := table.Row{
			p.plain(digits(float64(i+1), 1)), p.plain(clean(m.Name)), p.plain(formatUnit("ratio", m.Right)), p.plain(formatUnit("ratio", m.Silent)),
			p.plain(digits(m.Weight, 3)), p.plain(formatUnit("usd", m.USDPer1000)),
		}
		for j := range i {
			row = append(row, p.plain(d.Panel.correlation(j, i)))
		}
		t.AppendRow(row)
	}
	return "Models that may vote, and the correlation of their errors (0: independent)\n" + trimLines(t.Render())
}

// correlation prints how the errors of two models go together.
func (q *TuningPanel) correlation(a, b int) string {
	for _, pair := range q.Pairs {
		if pair.A == a && pair.B == b && pair.Correlation != nil {
			return formatUnit("", stats.Exactly(*pair.Correlation))
		}
	}
	return "–"
}
