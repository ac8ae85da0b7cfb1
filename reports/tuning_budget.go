package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// budget prints for each strategy in what share of runs it recovers, by budget and
// load.
func (p *printer) budget(d *Tuning) string {
	if d.Budget == nil {
		return ""
	}
	var blocks []string
	for i := range d.Budget.Strategies {
		s := &d.Budget.Strategies[i]
		title := fmt.Sprintf("%s: runs that recover, by budget and load", clean(s.Strategy))
		if text := s.perSeed(); text != "" {
			title += "; largest budget on fresh seeds: " + text
		}
		blocks = append(blocks, title+"\n"+p.boundary(d.Budget, s))
	}
	return strings.Join(blocks, "\n\n")
}

// perSeed prints the least, the middle and the largest of the boundaries.
func (s *TuningBudgetSubject) perSeed() string {
	if len(s.PerSeed) == 0 {
		return ""
	}
	shares := map[string]float64{"": -1}
	for _, c := range s.Cells {
		if shares[c.Budget] = 1e9; c.Share != nil {
			shares[c.Budget] = *c.Share
		}
	}
	var all []string
	for _, b := range s.PerSeed {
		if b == nil {
			all = append(all, "")
			continue
		}
		all = append(all, *b)
	}
	slices.SortStableFunc(all, func(a, b string) int {
		switch {
		case shares[a] < shares[b]:
			return -1
		case shares[a] > shares[b]:
			return 1
		}
		return 0
	})
	for i, b := range all {
		if b == "" {
			all[i] = "no budget"
		}
	}
	first, last := all[0], all[len(all)-1]
	if first == last {
		return first
	}
	return fmt.Sprintf("%s to %s, median %s", first, last, all[(len(all)-1)/2])
}

// boundary prints budgets by levels of load.
func (p *printer) boundary(b *TuningBudget, s *TuningBudgetSubject) string {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	head := table.Row{"", "budget"}
	for _, l := range b.Levels {
		head = append(head, fmt.Sprintf("load × %g", l))
	}
	t.AppendHeader(append(head, "back after", "calls before", "after"))
	var right []table.ColumnConfig
	for i := range len(b.Levels) + 4 {
		right = append(right, table.ColumnConfig{Number: 2 + i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	for _, row := range s.rows() {
		mark := " "
		if s.Recommended != nil && row == *s.Recommended {
			mark = p.paint(green, "✓")
		}
		line := table.Row{p.plain(mark), p.plain(row)}
		for level := range b.Levels {
			line = append(line, p.plain(s.cell(row, level).outcome()))
		}
		here := s.cell(row, b.LevelHere)
		if here == nil {
			here = &TuningBudgetCell{}
		}
		line = append(line, p.plain(formatUnit("ms", here.TookMS)), p.plain(formatUnit("", here.Before)), p.plain(formatUnit("", here.After)))
		t.AppendRow(line)
	}
	return trimLines(t.Render())
}

// rows are the budgets of a strategy, the smallest first.
func (s *TuningBudgetSubject) rows() []string {
	var cells []TuningBudgetCell
	for _, c := range s.Cells {
		if !slices.ContainsFunc(cells, func(o TuningBudgetCell) bool { return o.Budget == c.Budget }) {
			cells = append(cells, c)
		}
	}
	slices.SortStableFunc(cells, func(a, b TuningBudgetCell) int {
		switch {
		case b.Share == nil || a.Share != nil && *a.Share < *b.Share:
			return -1
		case a.Share == nil || *a.Share > *b.Share:
			return 1
		}
		return 0
	})
	all := make([]string, len(cells))
	for i, c := range cells {
		all[i] = c.Budget
	}
	return all
}

// cell returns a budget at a level, nil if it was not run.
func (s *TuningBudgetSubject) cell(budget string, level int) *TuningBudgetCell {
	for i := range s.Cells {
		if s.Cells[i].Budget == budget && s.Cells[i].Level == level {
			return &s.Cells[i]
		}
	}
	return nil
}

// outcome prints in what share of runs the system recovered.
func (c *TuningBudgetCell) outcome() string {
	switch {
	case c == nil:
		return ""
	case c.Sound.Value == 0:
		return "down before"
	}
	return formatShare(c.Recovered.Value)
}
