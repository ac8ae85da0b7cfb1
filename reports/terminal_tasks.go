package reports

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// tasks prints a table of how each strategy fared with each kind of work. Too
// narrow a width drops its last columns.
func (p *printer) tasks(d *Document) {
	rows := taskRows(d, looks(d))
	if len(rows) == 0 {
		return
	}
	all := []struct {
		name string
		cell func(r *taskRow) string
	}{
		{"success", func(r *taskRow) string { return r.Success }},
		{"p95", func(r *taskRow) string { return r.P95 }},
		{"cost of 1,000", func(r *taskRow) string { return r.PerThousand }},
		{"accuracy", func(r *taskRow) string { return r.Accuracy }},
		{"p50", func(r *taskRow) string { return r.P50 }},
		{"calls", func(r *taskRow) string { return r.Calls }},
		{"requests", func(r *taskRow) string { return r.Requests }},
	}
	out := ""
	for n := len(all); n > 0 && (out == "" || !p.fits(out)); n-- {
		t := table.NewWriter()
		t.SetStyle(plainStyle())
		head, configs := table.Row{"task", "strategy"}, []table.ColumnConfig{}
		for i, c := range all[:n] {
			head = append(head, c.name)
			configs = append(configs, table.ColumnConfig{Number: i + 3, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
		t.SetColumnConfigs(configs)
		t.AppendHeader(head)
		for i := range rows {
			r := &rows[i]
			row := table.Row{p.plain(shorten(clean(r.Task), 24)), p.plain(shorten(clean(r.Look.Full), 24))}
			for _, c := range all[:n] {
				row = append(row, p.plain(c.cell(r)))
			}
			t.AppendRow(row)
		}
		out = trimLines(t.Render())
	}
	p.out.WriteString("\n" + out + "\n")
}

// judges says how the judges did.
func (p *printer) judges(d *Document) {
	first := true
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if s.Judge == nil {
			continue
		}
		if first {
			p.out.WriteString("\n")
			first = false
		}
		p.line(fmt.Sprintf("judge of %s: %s", clean(s.Name), s.Judge.sentence()))
	}
}
