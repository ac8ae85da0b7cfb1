package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tailgate-bench/tailgate/internal/stats"
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
	p.line(p.paint(bold, clean(c.headline())))
	p.line(clean(c.runs()))
	p.out.WriteString("\n" + p.changes(c) + "\n\n")
	for _, note := range c.notes() {
		p.line(clean(note))
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (c *Comparison) headline() string {
	switch {
	case c.Regressions > 0:
		return plural(c.Regressions, "regression") + "."
	case len(c.Changes) == 0:
		return "Nothing to compare: the runs have no strategy in common."
	default:
		return "No regression."
	}
}

func (c *Comparison) runs() string {
	name := func(r ComparedRun) string {
		return fmt.Sprintf("%s (%s, seed %d, %s clock, tailgate %s)", r.Path, r.Scenario, r.Seed, r.Clock, r.Version)
	}
	return "old: " + name(c.Old) + ", new: " + name(c.New)
}

// notes say how the comparison was made.
func (c *Comparison) notes() []string {
	how := "not paired: " + c.How
	if c.Paired {
		how = "paired: " + c.How
	}
	notes := []string{how}
	if c.Comparisons > 0 {
		notes = append(notes, fmt.Sprintf("~ may be chance; %s tested together at the 5%% level (Holm)", plural(c.Comparisons, "difference")))
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

func (p *printer) changes(c *Comparison) string {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.AppendHeader(table.Row{"", "strategy", "metric", "old", "new", "change", "p"})
	right := []table.ColumnConfig{}
	for number := 4; number <= 7; number++ {
		right = append(right, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	last := ""
	for i := range c.Changes {
		x := &c.Changes[i]
		name := ""
		if x.Strategy != last {
			name, last = shorten(clean(x.Strategy), 24), x.Strategy
		}
		t.AppendRow(table.Row{
			p.plain(p.changeMark(x)), p.plain(name), x.Metric,
			p.plain(x.value(x.Old)), p.plain(x.value(x.New)), p.plain(x.change()), x.p(),
		})
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

// value prints an estimate with half the width of its interval, in percent of
// the value, or in points for a share.
func (x *Change) value(e stats.Estimate) string {
	if !e.Known() {
		if strings.HasSuffix(e.Why, "failed") {
			return fails
		}
		return "–"
	}
	half := (e.High - e.Low) / 2
	closed := e.HasInterval() && !math.IsInf(half, 0) && e.Value != 0
	switch text := x.format(e.Value); {
	case !closed:
		return text
	case x.Unit == "ratio":
		return text + " ± " + digits(100*half, 2)
	default:
		return text + " ± " + digits(100*half/math.Abs(e.Value), 1) + "%"
	}
}

func (x *Change) format(v float64) string {
	switch x.Unit {
	case "ms":
		return formatMS(v)
	case "ratio":
		return formatShare(v)
	case "usd":
		return formatUSD(1000*v) + "/k"
	default:
		return digits(v, 3)
	}
}

// change prints the difference, or ~ if it may be chance.
func (x *Change) change() string {
	switch {
	case x.Verdict == Same:
		return "="
	case x.Verdict == Unclear:
		return "~"
	case x.Delta.Delta == nil && x.Regression:
		return "lost"
	case x.Delta.Delta == nil:
		return "–"
	}
	text := formatPoints(*x.Delta.Delta)
	if x.Unit != "ratio" {
		text = relative(*x.Delta.Delta, x.Old.Value)
	}
	if x.Verdict == NotTested {
		text += " ?"
	}
	return text
}

// relative prints a relative change with a decimal where it is small.
func relative(delta, old float64) string {
	if old == 0 {
		return "–"
	}
	percent := 100 * delta / old
	if math.Abs(percent) < 10 {
		return signed(fmt.Sprintf("%.1f", percent)) + "%"
	}
	return signed(fmt.Sprintf("%.0f", percent)) + "%"
}

func (x *Change) p() string {
	switch {
	case x.Delta.P == nil:
		return ""
	case *x.Delta.P < 0.001:
		return "<0.001"
	default:
		return fmt.Sprintf("%.3f", *x.Delta.P)
	}
}

// WriteComparisonMarkdown writes c as GitHub Flavored Markdown.
func WriteComparisonMarkdown(w io.Writer, c *Comparison) error {
	p := &printer{}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", markdownText(c.headline()), markdownText(c.runs()))
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
