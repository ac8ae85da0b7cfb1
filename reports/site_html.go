package reports

import (
	_ "embed" // the template
	"fmt"
	"html/template"
	"io"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

//go:embed html/site.tmpl
var siteSource string

// sitePage is what the template of a site's index prints.
type sitePage struct {
	frame
	Site *Site
	Lede string
	Rows []siteRow
}

// siteRow is a scenario in the index of a site.
type siteRow struct {
	H                      *History
	Last                   *PastRun
	Standing               standing
	P95, Interval, Success string
	Cost                   string
	Past                   template.HTML
	Passed                 string
	Since                  string // the run in which the verdict came up
}

// WriteSite writes the index of a site: the latest verdict of each scenario, and
// those before it as a strip. It needs nothing else and has no script.
func WriteSite(w io.Writer, s *Site) error {
	tmpl, err := parse("site", siteSource)
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	p := &sitePage{Site: s, Lede: s.lede()}
	for i := range s.Histories {
		p.Rows = append(p.Rows, rowOf(&s.Histories[i]))
	}
	p.frame = siteFrame(s.Title, s.version())
	return printPage(w, tmpl, p)
}

// lede counts what there is, and what is amiss.
func (s *Site) lede() string {
	runs, missed := 0, 0
	for i := range s.Histories {
		h := &s.Histories[i]
		runs += len(h.Runs)
		if standingOf(h.last().Report).Class == "fail" {
			missed++
		}
	}
	text := fmt.Sprintf("%s, %s.", plural(len(s.Histories), "scenario"), plural(runs, "run"))
	switch missed {
	case 0:
		return text + " No scenario misses an objective in its latest run."
	case 1:
		return text + " One scenario misses objectives in its latest run."
	}
	return text + fmt.Sprintf(" %d scenarios miss objectives in their latest runs.", missed)
}

// version is that of the tool in the last history.
func (s *Site) version() string {
	if len(s.Histories) == 0 {
		return ""
	}
	return s.Histories[len(s.Histories)-1].last().Report.Tool.Version
}

func rowOf(h *History) siteRow {
	last := h.last()
	d := last.Report
	row := siteRow{H: h, Last: last, Standing: standingOf(d), Passed: passed(d), Past: h.strip(), P95: "–", Success: "–", Cost: "–"}
	since := len(h.Runs) - 1
	for since > 0 && !h.changed(since) {
		since--
	}
	if since > 0 {
		row.Since = h.Runs[since].Label
	}
	s := d.find(d.Verdict.Recommend)
	if s == nil {
		return row
	}
	row.P95, row.Interval = latencyText(s.LatencyMS.P95, s, 95), formatInterval(s.LatencyMS.P95, formatMS)
	row.Success = shareText(s.Success)
	if c := s.costMultiplier(); c.Known() {
		row.Cost = formatTimes(c.Value)
	}
	return row
}

// mostPast is how many runs a strip shows.
const mostPast = 20

// The strip of past runs: a box for each, whose height says how it stood, so that
// no colour is needed.
const (
	pastStep   = 9
	pastHeight = 18
)

// strip draws how the runs stood with their objectives, the latest at the right.
func (h *History) strip() template.HTML {
	runs := h.Runs[max(0, len(h.Runs)-mostPast):]
	var b svg.Builder
	b.Begin("svg", "class", "past", "width", pastStep*len(runs), "height", pastHeight, "role", "img")
	b.Text("title", h.past(runs))
	for i := range runs {
		s := standingOf(runs[i].Report)
		height := map[string]int{"pass": pastHeight, "open": 12, "fail": 6, "mut": 2}[s.Class]
		b.Begin("rect", "class", "st-"+s.Class, "x", pastStep*i, "y", pastHeight-height, "width", pastStep-2, "height", height, "fill", s.Color)
		b.Text("title", runs[i].Label+": "+runs[i].Report.Verdict.Headline+" "+capital(s.Word))
		b.End()
	}
	return b.HTML()
}

// past says the strip in words.
func (h *History) past(runs []PastRun) string {
	met := 0
	for i := range runs {
		if standingOf(runs[i].Report).Class == "pass" {
			met++
		}
	}
	return fmt.Sprintf("Objectives met in %d of the latest %s", met, plural(len(runs), "run"))
}
