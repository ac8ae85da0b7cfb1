package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Site is a folder of pages over many saved runs.
type Site struct {
	// Title names the site.
	Title     string
	Histories []History
	// LeftOut says of each report that could not be read why.
	LeftOut []string
}

// History are the runs of one scenario on one clock, the oldest first; there is
// at least one.
type History struct {
	Scenario string
	Clock    string // virtual | real
	// Dir is the folder of its pages inside that of the site.
	Dir  string
	Runs []PastRun
}

// PastRun is a saved run.
type PastRun struct {
	// Label tells the run from the others of its history.
	Label string
	// Date is the day or the moment of the run; zero if it is not known, as for
	// simulated time.
	Date time.Time
	// Page is the name of the file in the history's folder that has its report.
	Page   string
	Report *Document
}

// The files beside the pages.
const (
	SiteIndex    = "index.html" // of the site, and of each history
	SiteFeed     = "feed.xml"
	HistoryBadge = "badge.svg"
)

// Name is the scenario's, with the clock where that is the real one.
func (h *History) Name() string {
	if h.Clock == "" || h.Clock == "virtual" {
		return h.Scenario
	}
	return h.Scenario + ", " + h.Clock + " clock"
}

// last is the latest run.
func (h *History) last() *PastRun { return &h.Runs[len(h.Runs)-1] }

// Day is the date of a run in a table.
func (r *PastRun) Day() string {
	if r.Date.IsZero() {
		return "–"
	}
	return r.Date.UTC().Format("2 Jan 2006")
}

// standing is how a run stands with its objectives, by the rule of the exit code.
type standing struct {
	Word  string
	Mark  string
	Class string // pass, fail, open or mut
	Color string // for viewers without style sheets
}

func standingOf(d *Document) standing {
	switch {
	case len(d.Objectives) == 0:
		return standing{"no objectives", "–", "mut", mutedColor}
	case count(d.Objectives, fail) > 0:
		return standing{"objectives missed", "✕", "fail", failColor}
	case count(d.Objectives, pass) < len(d.Objectives):
		return standing{"objectives undecided", "?", "open", "#7a5200"}
	default:
		return standing{"objectives met", "✓", "pass", "#0b6e4f"}
	}
}

// passed counts the objectives that are met: "5 of 6 met".
func passed(d *Document) string {
	if len(d.Objectives) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %d met", count(d.Objectives, pass), len(d.Objectives))
}

// outcome is what a change of verdict is a change of.
func outcome(d *Document) string {
	return standingOf(d).Word + "\n" + cmp.Or(d.Verdict.Recommend, d.Verdict.Headline)
}

// changed says whether the run with the given number has another verdict than the
// one before it: another standing, or another recommendation.
func (h *History) changed(i int) bool {
	return i == 0 || outcome(h.Runs[i].Report) != outcome(h.Runs[i-1].Report)
}

// apart says why the run with the given number and the one before it are of
// different things; "" if they are not.
func (h *History) apart(i int) string {
	if i == 0 {
		return ""
	}
	a, b := &h.Runs[i-1].Report.Scenario, &h.Runs[i].Report.Scenario
	switch {
	case a.Source != b.Source:
		return "scenario changed"
	case unlike(a.RatePerS, b.RatePerS), unlike(a.DurationMS, b.DurationMS):
		return "other load"
	}
	return ""
}

// unlike says whether two sizes of a load differ by more than what chance makes of
// arrivals.
func unlike(a, b float64) bool { return math.Abs(a-b) > 0.1*max(a, b) }

// strategies returns a document with each strategy that any of the runs has, as
// it was last, those of the latest run first; it serves to give them their looks.
func (h *History) strategies() *Document {
	last := h.last().Report
	d := &Document{Baseline: last.Baseline, Verdict: last.Verdict}
	for _, r := range slices.Backward(h.Runs) {
		for i := range r.Report.Strategies {
			if s := &r.Report.Strategies[i]; d.find(s.Name) == nil {
				d.Strategies = append(d.Strategies, *s)
			}
		}
	}
	return d
}
