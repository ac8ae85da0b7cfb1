package reports

import (
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// breaker prints the regret of the settings that are shown, scenario by scenario.
func (p *printer) breaker(d *Tuning) string {
	b := d.Breaker
	if b == nil || len(b.Cells) == 0 {
		return ""
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	head := table.Row{"scenario", "target"}
	columns := d.breakerColumns()
	for _, i := range columns {
		head = append(head, d.Settings[i].Name)
	}
	head = append(head, "wasted", "rejected", "overhang", "best here")
	t.AppendHeader(head)
	var right []table.ColumnConfig
	for i := range len(columns) + 3 {
		right = append(right, table.ColumnConfig{Number: 3 + i, Align: text.AlignRight, AlignHeader: text.AlignRight, WidthMax: 18, WidthMaxEnforcer: text.WrapSoft})
	}
	t.SetColumnConfigs(right)
	for c, sc := range b.Scenarios {
		row := table.Row{p.plain(clean(sc.Name)), p.plain(clean(sc.Target))}
		for _, i := range columns {
			e := b.figure(i, c, "regret")
			row = append(row, p.plain(formatUnit("", e)))
		}
		own := *d.Recommended
		row = append(row, p.plain(formatUnit("ratio", b.figure(own, c, "wasted"))), p.plain(formatUnit("ratio", b.figure(own, c, "rejected"))),
			p.plain(formatUnit("ms", b.figure(own, c, "overhang"))), p.plain(clean(d.Settings[sc.Best].Name)))
		t.AppendRow(row)
	}
	return fmt.Sprintf("Regret per 100 requests, by scenario (a failed request counts as %g wasted calls), and what the recommended setting does there\n", b.FailureWorth) +
		trimLines(t.Render())
}

// breakerColumns are the recommended setting and the current one.
func (d *Tuning) breakerColumns() []int {
	columns := []int{*d.Recommended}
	if d.Current != nil && !slices.Contains(columns, *d.Current) {
		columns = append(columns, *d.Current)
	}
	return columns
}

// figure returns a figure of a setting in a scenario, on fresh seeds if it has any.
func (b *TuningBreaker) figure(setting, scenario int, name string) stats.Estimate {
	for _, c := range b.Cells {
		if c.Setting != setting || c.Scenario != scenario {
			continue
		}
		if c.Realised != nil {
			return c.Realised[name]
		}
		return c.Predicted[name]
	}
	return stats.Missing("was not run")
}
