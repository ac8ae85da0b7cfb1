package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
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

// value prints an estimate with half the width of its interval, in percent of
// the value, or in points for a share.
func (x *Change) value(e stats.Estimate) string {
	if !e.Known() {
		return x.point(e)
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

// point prints an estimate without its interval.
func (x *Change) point(e stats.Estimate) string {
	switch {
	case e.Known():
		return x.format(e.Value)
	case amongFailures(e):
		return fails
	default:
		return "–"
	}
}

// amongFailures says whether a percentile has no value because so many requests
// failed.
func amongFailures(e stats.Estimate) bool { return !e.Known() && strings.HasSuffix(e.Why, "failed") }

// The ways in which a percentile can come to lie among the failures.
const (
	failsNeither = iota
	failsNow     // it had a value
	failsNoMore  // it has one now
	failsStill
)

func (x *Change) failed() int {
	switch was, is := amongFailures(x.Old), amongFailures(x.New); {
	case was && is:
		return failsStill
	case is && x.Old.Known():
		return failsNow
	case was && x.New.Known():
		return failsNoMore
	default:
		return failsNeither
	}
}

// change prints the difference, or ~ if it may be chance.
func (x *Change) change() string {
	doubt := ""
	if x.Verdict == NotTested {
		doubt = " ?"
	}
	switch way := x.failed(); {
	case way == failsNow:
		return "lost" + doubt
	case way == failsNoMore:
		return "gained" + doubt
	case way == failsStill:
		return "still fails"
	case x.Verdict == Same:
		return "="
	case x.Verdict == Unclear:
		return "~"
	case x.Delta.Delta == nil:
		return "–"
	case x.Unit == "ratio":
		return formatPoints(*x.Delta.Delta) + doubt
	default:
		return relative(*x.Delta.Delta, x.Old.Value) + doubt
	}
}

// sentence says in words what became of the metric, and whether that may be
// chance.
func (x *Change) sentence() string {
	out := x.value(x.Old) + " → " + x.value(x.New)
	switch change := x.change(); {
	case x.Verdict == Same:
		return out + ", the same"
	case x.Verdict == Unclear:
		out += ", which may be chance"
	case change != "–":
		out += ", " + change
	}
	switch p := x.p(); {
	case strings.HasPrefix(p, "<"):
		out += ", p < " + p[1:]
	case p != "":
		out += ", p = " + p
	}
	return out
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
