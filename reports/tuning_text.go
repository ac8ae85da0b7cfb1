package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// WriteTuning prints what to do, the settings side by side, what the goal costs,
// how flat it is around the choice, and the YAML to paste.
func WriteTuning(w io.Writer, d *Tuning, t Terminal) error {
	if t.Width <= 0 {
		t.Width = defaultWidth
	}
	p := &printer{Terminal: t}
	p.line(p.paint(bold, clean(d.Headline)))
	p.line(clean(d.Detail))
	for _, block := range []string{p.settings(d), p.breaker(d), p.budget(d), p.panel(d)} {
		if block != "" {
			p.out.WriteString("\n" + block + "\n")
		}
	}
	for _, lines := range [][]string{d.constraints(), d.tradeOff(), d.flatness()} {
		if len(lines) > 0 {
			p.out.WriteString("\n")
		}
		for _, l := range lines {
			p.line(clean(l))
		}
	}
	if d.YAML != "" {
		p.out.WriteString("\n")
		p.line("To paste under strategies:")
		p.out.WriteString("\n")
		for l := range strings.SplitSeq(strings.TrimRight(d.YAML, "\n"), "\n") {
			p.out.WriteString(strings.TrimRight("  "+clean(l), " ") + "\n")
		}
	}
	for i, l := range d.Warnings {
		if i == 0 {
			p.out.WriteString("\n")
		}
		p.line("warning: " + clean(l))
	}
	for i, l := range t.Files {
		if i == 0 {
			p.out.WriteString("\n")
		}
		p.line("wrote " + clean(l))
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// settings prints the settings that were measured on fresh seeds, or the best of
// the choice where there are none; nothing if there is no choice.
func (p *printer) settings(d *Tuning) string {
	rows := d.shown()
	if len(rows) == 0 {
		return ""
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	head := table.Row{"", "setting", "predicted", "realised", "±"}
	metrics := slices.DeleteFunc(slices.Clone(d.Metrics), func(m TuningMetric) bool { return m.Name == d.Goal.Metric })
	subject, _, _ := strings.Cut(d.Goal.Metric, ".")
	subject += "."
	for _, m := range metrics {
		head = append(head, strings.TrimPrefix(m.Name, subject))
	}
	t.AppendHeader(append(head, ""))
	var right []table.ColumnConfig
	for i := range 3 + len(metrics) {
		right = append(right, table.ColumnConfig{Number: 3 + i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	for _, i := range rows {
		s := &d.Settings[i]
		mark := " "
		if d.Recommended != nil && i == *d.Recommended {
			mark = p.paint(green, "✓")
		}
		goal := known(s.Realised, d.Goal.Metric)
		row := table.Row{
			p.plain(mark), p.plain(clean(s.Name)), p.plain(formatUnit(d.Goal.Unit, s.Predicted[d.Goal.Metric])),
			p.plain(formatUnit(d.Goal.Unit, goal)), p.plain(half(d.Goal.Unit, goal)),
		}
		for _, m := range metrics {
			row = append(row, p.plain(formatUnit(m.Unit, s.at(m.Name))))
		}
		t.AppendRow(append(row, d.role(i)))
	}
	return trimLines(t.Render())
}

// shown returns the numbers of the settings that the table has: those measured on
// fresh seeds, the recommended first and then by the goal.
func (d *Tuning) shown() []int {
	var rows []int
	for i := range d.Settings {
		if d.Settings[i].Realised != nil || d.Recommended != nil && i == *d.Recommended {
			rows = append(rows, i)
		}
	}
	rank := func(i int) (int, float64) {
		e := d.Settings[i].Realised[d.Goal.Metric]
		switch {
		case d.Recommended != nil && i == *d.Recommended:
			return 0, 0
		case !e.Known():
			return 2, 0
		case d.Goal.Maximize:
			return 1, -e.Value
		}
		return 1, e.Value
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		classA, a1 := rank(a)
		classB, b1 := rank(b)
		switch {
		case classA != classB:
			return classA - classB
		case a1 < b1:
			return -1
		case a1 > b1:
			return 1
		}
		return 0
	})
	return rows
}

// role says what a setting is to the result.
func (d *Tuning) role(i int) string {
	var roles []string
	if d.Recommended != nil && i == *d.Recommended {
		roles = append(roles, "recommended")
	}
	if d.Current != nil && i == *d.Current {
		roles = append(roles, "current")
	}
	if slices.Contains(d.Tied, i) {
		roles = append(roles, "tied")
	}
	if s := d.Settings[i].State; s == TuneInfeasible {
		roles = append(roles, "misses a constraint")
	}
	return strings.Join(roles, ", ")
}

// constraints says of the recommended setting what it keeps.
func (d *Tuning) constraints() []string {
	best := d.recommended()
	if best == nil {
		return nil
	}
	var all []string
	for _, c := range best.Constraints {
		mark := map[string]string{"pass": "✓ pass     ", "fail": "✕ fail     "}[c.Verdict]
		if mark == "" {
			mark = "? undecided"
		}
		all = append(all, mark+"  "+c.Text)
	}
	return all
}

// mostPoints is how many points of a trade-off are printed.
const mostPoints = 8

// tradeOff says what the goal costs.
func (d *Tuning) tradeOff() []string {
	if len(d.TradeOff) < 2 {
		return nil
	}
	all := []string{"What it costs: " + d.goal() + " by extra requests"}
	n := len(d.TradeOff)
	for i := range min(n, mostPoints) {
		p := d.TradeOff[i*(n-1)/(min(n, mostPoints)-1)]
		all = append(all, fmt.Sprintf("  %7s  %8s  %s", formatShare(p.Extra), formatUnit(d.Goal.Unit, stats.Exactly(p.Value)), valuesText(p.Values)))
	}
	return all
}

func valuesText(values []TuningValue) string {
	if len(values) == 0 {
		return "as it is"
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.Key + "=" + v.Value
	}
	return strings.Join(all, " ")
}

// flatness says how far each knob may be moved.
func (d *Tuning) flatness() []string {
	var all []string
	for _, s := range d.Sensitivity {
		all = append(all, fmt.Sprintf("%s stays within 2%% of the best for %s from %s to %s", d.goal(), s.Key, s.From, s.To))
	}
	return all
}
