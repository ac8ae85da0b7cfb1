package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// WriteComparisonJSON writes c as indented JSON with a fixed order of keys.
func WriteComparisonJSON(w io.Writer, c *Comparison) error {
	compact, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode comparison: %w", err)
	}
	_, err = w.Write(append(indent(compact), '\n'))
	return err
}

// WriteComparison prints a table of the changes per strategy, each value with
// half the width of its interval, and what regressed. A difference that may be
// chance prints as ~.
func WriteComparison(w io.Writer, c *Comparison, t Terminal) error {
	if t.Width <= 0 {
		t.Width = defaultWidth
	}
	p := &printer{Terminal: t}
	p.line(p.paint(bold, clean(c.Headline())))
	p.line(clean(c.runs()))
	p.out.WriteString("\n" + p.changes(c) + "\n\n")
	for _, note := range c.notes() {
		p.line(clean(note))
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// Headline says in one sentence what came of it.
func (c *Comparison) Headline() string {
	text := "No regression"
	switch {
	case len(c.Changes) == 0:
		return "Nothing to compare: the runs have no strategy in common."
	case c.Regressions > 0:
		text = plural(c.Regressions, "regression")
	}
	if c.Old.Scenario != c.New.Scenario {
		text += ", but the scenarios differ: " + c.Old.Scenario + " and " + c.New.Scenario
	}
	return text + "."
}

func (c *Comparison) runs() string {
	name := func(r ComparedRun) string {
		return fmt.Sprintf("%s (%s, seed %d, %s clock, tailgate %s)", r.Path, r.Scenario, r.Seed, r.Clock, r.Version)
	}
	return "old: " + name(c.Old) + ", new: " + name(c.New)
}

func (c *Comparison) how() string {
	if c.Paired {
		return "paired: " + c.How
	}
	return "not paired: " + c.How
}

// notes say how the comparison was made, and what its words mean.
func (c *Comparison) notes() []string {
	notes := []string{c.how()}
	if c.Comparisons > 0 {
		notes = append(notes, fmt.Sprintf("~ may be chance; %s tested together at the 5%% level (Holm)", plural(c.Comparisons, "difference")))
	}
	if slices.ContainsFunc(c.Changes, func(x Change) bool { return strings.HasSuffix(x.change(), "?") }) {
		notes = append(notes, "? has not been tested: the reports hold no interval of it")
	}
	if slices.ContainsFunc(c.Changes, func(x Change) bool { return x.failed() == failsNow || x.failed() == failsNoMore }) {
		notes = append(notes, "a percentile is lost where so many requests fail that it lies among the failures, slower than any number, "+
			"and gained where it no longer does")
	}
	for _, only := range []struct {
		run   string
		names []string
	}{{"old", c.OnlyOld}, {"new", c.OnlyNew}} {
		if len(only.names) > 0 {
			notes = append(notes, "only in the "+only.run+" run: "+strings.Join(only.names, ", "))
		}
	}
	return notes
}

// changes prints the table. Too narrow a width drops the column of p-values,
// then the intervals, then long names.
func (p *printer) changes(c *Comparison) string {
	out := p.changeTable(c, true, true, 24)
	if !p.fits(out) {
		out = p.changeTable(c, false, true, 24)
	}
	if !p.fits(out) {
		out = p.changeTable(c, false, false, 24)
	}
	if !p.fits(out) {
		out = p.changeTable(c, false, false, 12)
	}
	return out
}

func (p *printer) changeTable(c *Comparison, tested, intervals bool, name int) string {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	right := []table.ColumnConfig{}
	for number := 4; number <= 7; number++ {
		right = append(right, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	last := ""
	columns := 6
	if tested {
		columns++
	}
	t.AppendHeader(table.Row{"", "strategy", "metric", "old", "new", "change", "p"}[:columns])
	for i := range c.Changes {
		x := &c.Changes[i]
		own := ""
		if x.Strategy != last {
			own, last = shorten(clean(x.Strategy), name), x.Strategy
		}
		value := x.value
		if !intervals {
			value = x.point
		}
		row := table.Row{p.plain(p.changeMark(x)), p.plain(own), x.Metric, p.plain(value(x.Old)), p.plain(value(x.New)), p.plain(x.change()), x.p()}
		t.AppendRow(row[:columns])
	}
	return trimLines(t.Render())
}

func (p *printer) changeMark(x *Change) string {
	switch {
	case x.Regression:
		return p.paint(red, "✕")
	case x.Verdict == Better:
		return p.paint(green, "✓")
	default:
		return " "
	}
}

// WriteComparisonMarkdown writes c as GitHub Flavored Markdown.
func WriteComparisonMarkdown(w io.Writer, c *Comparison) error {
	p := &printer{}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", markdownText(c.Headline()), markdownText(c.runs()))
	b.WriteString("| | strategy | metric | old | new | change | p |\n|---|---|---|---:|---:|---:|---:|\n")
	for i := range c.Changes {
		x := &c.Changes[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", p.changeMark(x), markdownText(shorten(clean(x.Strategy), 60)), x.Metric,
			x.value(x.Old), x.value(x.New), strings.Replace(x.change(), "~", `\~`, 1), markdownText(x.p()))
	}
	b.WriteString("\n")
	for _, note := range c.notes() {
		fmt.Fprintf(&b, "- %s\n", markdownText(note))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
