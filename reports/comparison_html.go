package reports

import (
	_ "embed" // the template
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:embed html/comparison.tmpl
var comparisonSource string

// comparisonPage is what the template of a comparison prints.
type comparisonPage struct {
	frame
	C           *Comparison
	Lede        string
	Regressions []regression
	Heads       []string
	Rows        []comparisonRow
	Spectra     []spectra
	Unchanged   string // the strategies of which nothing has changed
	Notes       []string
}

// regression is a change for the worse, in words.
type regression struct{ Title, Text string }

// comparisonRow is a strategy in the scoreboard of a comparison.
type comparisonRow struct {
	Strategy string
	Cells    []comparisonCell
}

type comparisonCell struct {
	Value, Was   string // with intervals
	Change, Kind string // good, bad or mut
}

// spectra are a strategy's latencies in both runs.
type spectra struct {
	Strategy string
	*drawn
}

// WriteComparisonHTML writes c as one page that needs nothing else, without a
// script: what regressed, a scoreboard with the differences, and the spectra of
// both runs strategy by strategy, which take c.OldReport and c.NewReport.
func WriteComparisonHTML(w io.Writer, c *Comparison) error {
	tmpl, err := parse("comparison", comparisonSource)
	if err != nil {
		return err
	}
	p := &comparisonPage{
		frame: newFrame(c.Headline()+" – tailgate compare, "+c.New.Scenario, c.New.Version, styleSource, ""),
		C:     c, Lede: c.runs(), Notes: c.notes(), Regressions: c.regressions(), Spectra: c.spectra(),
		Unchanged: strings.Join(c.unchanged(), ", "),
	}
	p.Heads, p.Rows = c.rows()
	if err := tmpl.Execute(w, p); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func (c *Comparison) regressions() (all []regression) {
	for i := range c.Changes {
		if x := &c.Changes[i]; x.Regression {
			all = append(all, regression{x.Strategy + ": " + x.Metric + " is worse", x.sentence()})
		}
	}
	return all
}

// unchanged names the strategies of which no metric has changed.
func (c *Comparison) unchanged() (names []string) {
	for _, x := range c.Changes {
		if !slices.Contains(names, x.Strategy) {
			names = append(names, x.Strategy)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(c.Changes, func(x Change) bool {
			return x.Strategy == name && x.Verdict != Same && x.change() != "still fails"
		})
	})
}

// rows turns the changes, strategy by strategy, into a table of metrics.
func (c *Comparison) rows() (heads []string, rows []comparisonRow) {
	for i := range c.Changes {
		x := &c.Changes[i]
		if !slices.Contains(heads, x.Metric) {
			heads = append(heads, x.Metric)
		}
		if len(rows) == 0 || rows[len(rows)-1].Strategy != x.Strategy {
			rows = append(rows, comparisonRow{Strategy: x.Strategy})
		}
		cell := comparisonCell{Value: x.value(x.New), Was: x.value(x.Old), Change: x.change(), Kind: "mut"}
		switch {
		case x.Regression:
			cell.Kind = "bad"
		case x.Verdict == Better:
			cell.Kind = "good"
		}
		row := &rows[len(rows)-1]
		row.Cells = append(row.Cells, cell)
	}
	return heads, rows
}

// spectra draws each strategy that both runs have and that has changed: the old
// run as the report draws a baseline, the new one as what it recommends.
func (c *Comparison) spectra() (all []spectra) {
	if c.OldReport == nil || c.NewReport == nil {
		return nil
	}
	same := c.unchanged()
	for i := range c.OldReport.Strategies {
		was := c.OldReport.Strategies[i]
		is := c.NewReport.find(was.Name)
		if is == nil || slices.Contains(same, was.Name) {
			continue
		}
		pair := &Document{Strategies: []Strategy{was, *is}, Baseline: "old", Verdict: Verdict{Recommend: "new"}}
		pair.Strategies[0].Name, pair.Strategies[0].Kind = "old", "single" // grey, dashed
		pair.Strategies[1].Name = "new"
		figure := spectrumFigure(fmt.Sprintf("spec%d", i), pair, looks(pair))
		if figure == nil {
			continue
		}
		figure.Take = fmt.Sprintf("P95 %s → %s, P99 %s → %s",
			latencyText(was.LatencyMS.P95, &was, 95), latencyText(is.LatencyMS.P95, is, 95),
			latencyText(was.LatencyMS.P99, &was, 99), latencyText(is.LatencyMS.P99, is, 99))
		all = append(all, spectra{was.Name, finish(figure)})
	}
	return all
}
