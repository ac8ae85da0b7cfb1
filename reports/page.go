package reports

import (
	"cmp"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// page is what the template prints. Everything is made before: the template
// only places it.
type page struct {
	frame
	D         *Document
	Up        string // the page above; "" if there is none
	Brand     string // what the page is
	Kick      string // what the headline is
	When      string
	Banner    string
	Colophon  string // how the page was made
	Facts     []fact
	Lede      string
	Looks     []look
	Score     scoreboard
	Goals     *matrix
	Spectrum  *drawn
	First     *drawn // the spectrum of the first token
	Quantiles []quantileRow
	Cost      *drawn
	Money     []moneyRow
	Tokens    []tokenRow
	Speech    []speechRow
	Calls     bars
	Timeline  *timeline
	FaultCols []faultHead
	FaultRows []faultRow
	Wins      *bars
	Agreement []agreementRow
	Heats     []heat
	Judges    []judgeRow
	Tasks     []taskRow
	Tests     []abTest
	Run       []fact
	Care      []string
	Links     []link
	// Findings are those of the verdict; a link only to what is on the page.
	Findings []Finding
}

// fact is a term with what there is to say about it.
type fact struct{ Term, Big, Small string }

// link leads to a section that the page has.
type link struct{ ID, Name string }

// drawn is a figure whose chart is finished.
type drawn struct {
	Take, How string
	SVG       template.HTML
}

func finish(f *figure) *drawn {
	if f == nil {
		return nil
	}
	if f.Plot == nil {
		return &drawn{Take: f.Take, How: f.How}
	}
	return &drawn{Take: f.Take, How: f.How, SVG: f.Plot.HTML()}
}

// marker is one of the shapes that stand for strategies.
type marker struct {
	ID int
	D  string
}

// shapes are the markers, about 11 pixels wide around the origin.
var shapes = []string{
	"M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
	"M-4.2-4.2h8.4v8.4h-8.4z",
	"M0-5.8L5.8 0 0 5.8-5.8 0z",
	"M0-5.4L5.4 4.4H-5.4z",
	"M-5-2.9L0-5.8 5-2.9V2.9L0 5.8-5 2.9z",
	"M0 5.4L5.4-4.4H-5.4z",
	"M-1.9-5.4h3.8v3.5h3.5v3.8h-3.5v3.5h-3.8v-3.5h-3.5v-3.8h3.5z",
	"M-5-5L5-5 2 0 5 5-5 5-2 0z",
}

func newPage(d *Document) *page {
	looks := recommendedFirst(looks(d))
	p := &page{
		frame: newFrame(strings.TrimSuffix(d.Verdict.Headline, ".")+" – tailgate, "+shorten(d.Scenario.Name, 60), d.Tool.Version, styleSource, highlightSource+scriptSource),
		D:     d, Looks: looks,
		Brand: "report", Kick: "Verdict", Colophon: "One file, no network access; its numbers are in it as JSON.",
		When:  when(d, ", 2 Jan 2006 15:04 UTC"),
		Facts: verdictFacts(d), Score: newScoreboard(d, looks),
		Goals:    objectiveMatrix(d, looks),
		Spectrum: finish(spectrumChart(d, looks)), First: finish(firstTokenChart(d, looks)), Quantiles: quantileRows(d, looks),
		Cost: finish(costChart(d, looks)), Money: moneyRows(d, looks),
		Tokens: tokenRows(d, looks), Speech: speechRows(d, looks),
		Calls: callsChart(d, looks), Timeline: timelineChart(d, looks),
		FaultCols: faultHeads(d), FaultRows: faultRows(d, looks),
		Wins: winsChart(d, looks), Agreement: agreementRows(d, looks), Heats: heats(d, looks),
		Judges: judgeRows(d, looks), Tasks: taskRows(d, looks),
		Tests: abTests(d, looks),
		Run:   runFacts(d), Care: readWithCare(d),
	}
	if d.Interrupted {
		p.Kick = "Provisional verdict"
		p.Banner = "Partial run: " + partial(d) + ". Everything below is provisional."
	}
	p.Lede = glue(d.Verdict.Detail)
	for i := range p.Facts {
		p.Facts[i].Small = glue(p.Facts[i].Small)
	}
	p.Links = links(p)
	p.Findings = p.findings()
	return p
}

// links lists the sections that are on the page.
func links(p *page) []link {
	list := []link{{"scoreboard", "Scoreboard"}}
	for _, l := range []struct {
		link
		on bool
	}{
		{link{"gates", "Objectives"}, p.Goals != nil},
		{link{"ab", "A/B"}, len(p.Tests) > 0},
		{link{"spectrum", "Latency"}, p.Spectrum != nil},
		{link{"cost", "Cost"}, p.Cost != nil},
		{link{"faults", p.timelineName()}, p.Timeline != nil},
		{link{"wins", "Models"}, p.Wins != nil},
		{link{"streaming", "Streaming"}, len(p.Speech) > 0},
		{link{"judge", "Judge"}, len(p.Judges) > 0},
		{link{"tasks", "Tasks"}, len(p.Tasks) > 0},
		{link{"run", "Run"}, true},
	} {
		if l.on {
			list = append(list, l.link)
		}
	}
	return list
}

// timelineName is what the navigation calls the timelines.
func (p *page) timelineName() string {
	if len(p.FaultCols) > 0 {
		return "Faults"
	}
	return "Over time"
}

// findings leaves out the links to sections that are not there.
func (p *page) findings() []Finding {
	absent := map[string]bool{
		"gates": p.Goals == nil, "spectrum": p.Spectrum == nil, "cost": p.Cost == nil,
		"faults": p.Timeline == nil, "wins": p.Wins == nil, "agreement": len(p.Agreement) == 0,
		"ab": len(p.Tests) == 0,
	}
	absent["streaming"] = len(p.Speech) == 0
	list := slices.Clone(p.D.Verdict.Findings)
	for i := range list {
		if absent[list[i].Section] {
			list[i].Section = ""
		}
	}
	return list
}

var unit = regexp.MustCompile(`(\d) (ms|s|min|h)\b`)

// glue keeps a number and its unit on one line.
func glue(s string) string { return unit.ReplaceAllString(s, "$1\u00a0$2") }

// verdictFacts are the four numbers under the headline.
func verdictFacts(d *Document) []fact {
	s, base := d.find(d.Verdict.Recommend), d.find(d.Baseline)
	if s == nil {
		return nil
	}
	against := func(text func(*Strategy) string) string {
		if base == nil || base == s {
			return ""
		}
		return base.Name + ": " + text(base)
	}
	p95 := func(s *Strategy) string { return latencyText(s.LatencyMS.P95, s, 95) }
	success := func(s *Strategy) string { return shareText(s.Success) }
	facts := []fact{
		{"P95 latency", p95(s), join(cmp.Or(changeInterval(s), formatInterval(s.LatencyMS.P95, formatMS)), against(p95))},
		{"Success rate", success(s), join(formatInterval(s.Success, formatShare), against(success))},
	}
	if cost := s.costMultiplier(); cost.Known() {
		facts = append(facts, fact{"Cost", formatTimes(cost.Value), join(formatInterval(cost, formatTimes),
			against(func(*Strategy) string { return "1.00×" }))})
	}
	if showsRecovery(d) {
		return append(facts, fact{"Worst recovery", recoveryCell(s), against(recoveryCell)})
	}
	calls := func(s *Strategy) string { return digits(s.Attempts.PerRequest, 3) }
	return append(facts, fact{"Calls per request", calls(s), against(calls)})
}

// changeInterval is the relative change of the P95 with its interval, where it is
// no chance.
func changeInterval(s *Strategy) string {
	if s.VersusBaseline == nil || !s.VersusBaseline.P95MS.clear() || !s.VersusBaseline.P95Ratio.HasInterval() {
		return ""
	}
	r := s.VersusBaseline.P95Ratio
	return formatChange(r.Value) + " (" + formatInterval(r, formatChange) + ")"
}

func join(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "; ")
}

func shareText(e stats.Estimate) string {
	if !e.Known() {
		return "unknown"
	}
	return formatShare(e.Value)
}
