package reports

import (
	_ "embed" // the templates and the style sheet
	"fmt"
	"html/template"
	"io"
	"slices"
)

//go:embed html/history.tmpl
var historySource string

//go:embed html/site.css
var siteStyle string

// siteFrame is what the pages of a site have in common. They have no script.
func siteFrame(title, version string) frame {
	return newFrame(title, version, styleSource+siteStyle, "")
}

// historyPage is what the template of a history prints.
type historyPage struct {
	frame
	H        *History
	Last     *PastRun
	Standing standing
	Facts    []fact
	Trends   []strategyTrends
	How      string
	Rows     []runRow
	Values   []valueRow
}

// strategyTrends are the trends of one strategy.
type strategyTrends struct {
	Look   look
	Trends []*trend
}

// runRow is a run in the table of runs.
type runRow struct {
	Run       *PastRun
	Day       string
	Standing  standing
	Passed    string
	Requests  string
	Notes     []string
	Headline  string
	Strategy  string // whose P95 it is
	P95, Cost string
}

// valueRow is what one strategy did in one run.
type valueRow struct {
	Run   *PastRun
	Look  look
	Cells []string
}

// WriteHistory writes the page of a history: how its scenario stands, how each
// strategy did from run to run, and all the runs. It needs nothing else and has
// no script.
func WriteHistory(w io.Writer, h *History) error {
	tmpl, err := parse("history", historySource)
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	last := h.last()
	p := &historyPage{
		frame: siteFrame(h.Name(), last.Report.Tool.Version), H: h, Last: last,
		Standing: standingOf(last.Report), Facts: verdictFacts(last.Report), Rows: h.rows(), How: h.how(),
	}
	for i := range p.Facts {
		p.Facts[i].Small = glue(p.Facts[i].Small)
	}
	union := h.strategies()
	for _, l := range recommendedFirst(looks(union)) {
		row := strategyTrends{Look: l}
		for _, m := range trendMetrics() {
			row.Trends = append(row.Trends, trendOf(h, l, m))
		}
		p.Trends = append(p.Trends, row)
		p.Values = append(p.Values, values(l, row.Trends)...)
	}
	return printPage(w, tmpl, p)
}

// printPage executes a template; no name turns the text around it.
func printPage(w io.Writer, tmpl *template.Template, page any) error {
	if err := tmpl.Execute(unturnedWriter{w}, page); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// unturnedWriter replaces the characters that turn text around; the template
// writes each value as a whole.
type unturnedWriter struct{ w io.Writer }

func (u unturnedWriter) Write(p []byte) (int, error) {
	if _, err := unturned.WriteString(u.w, string(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// how says how to read the trends.
func (h *History) how() string {
	order := "by their labels"
	if !h.Runs[0].Date.IsZero() {
		order = "by date"
	}
	text := "Each mark is a run, the runs in order " + order + "; the bar is its 95% interval. Each chart has a scale of its own. " +
		"A change is coloured where the two intervals have no value in common; tailgate compare tests it request by request."
	if len(h.Runs) > mostTrend {
		text += fmt.Sprintf(" The latest %d of %d runs are drawn.", mostTrend, len(h.Runs))
	}
	for i := range h.Runs {
		if h.apart(i) != "" {
			return text + " At a dotted line the scenario file or the load was changed: the runs on its two sides are of different things."
		}
	}
	return text
}

// rows lists the runs, the latest first.
func (h *History) rows() (rows []runRow) {
	for i := range h.Runs {
		r := &h.Runs[i]
		d := r.Report
		row := runRow{
			Run: r, Day: r.Day(), Standing: standingOf(d), Passed: passed(d), Headline: d.Verdict.Headline,
			Requests: formatCount(d.requests()),
		}
		if s := d.find(d.Verdict.Recommend); s != nil {
			row.Strategy = s.Name
			row.P95 = latencyText(s.LatencyMS.P95, s, 95)
			if c := s.costMultiplier(); c.Known() {
				row.Cost = formatTimes(c.Value)
			}
		}
		row.Notes = h.notes(i)
		rows = append(rows, row)
	}
	slices.Reverse(rows)
	return rows
}

// notes are what sets a run apart from the one before.
func (h *History) notes(i int) (notes []string) {
	d := h.Runs[i].Report
	if d.Interrupted {
		notes = append(notes, "stopped early")
	}
	if i == 0 {
		return notes
	}
	before := h.Runs[i-1].Report
	if h.changed(i) {
		notes = append(notes, "verdict changed")
	}
	if why := h.apart(i); why != "" {
		notes = append(notes, why)
	}
	if d.Tool.Version != before.Tool.Version {
		notes = append(notes, "tailgate changed")
	}
	if d.Seed != before.Seed {
		notes = append(notes, "other seed")
	}
	return notes
}

// values are the numbers behind the trends of a strategy, the latest first.
func values(l look, trends []*trend) (rows []valueRow) {
	for i := range trends[0].points {
		row := valueRow{Run: trends[0].points[i].run, Look: l}
		for _, t := range trends {
			row.Cells = append(row.Cells, t.points[i].full)
		}
		rows = append(rows, row)
	}
	slices.Reverse(rows)
	return rows
}
