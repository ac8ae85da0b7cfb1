package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// tuningPage is what the template of a tuning prints.
type tuningPage struct {
	frame
	D           *Tuning
	Kick        string
	Head, Code  string // the headline, and the settings in it
	Banner      string
	State       string // settled or undecided
	Facts       []fact
	Findings    []tuningFinding
	Curse       string // what became of the prediction
	Score       scoreboard
	Tried       []triedRow
	More        int // settings beyond those of Tried
	Goals       []tuningGoalRow
	TradeOff    *drawn
	XLabel      string
	Points      []tradeOffRow
	HasPure     bool
	Sensitivity []sensitivityChart
	Flat        string // what the charts of sensitivity say
	Front       *drawn
	FrontLabel  string
	Grids       []gridSection
	Values      []TuningValue
	Run         []fact
	Care        []string
	Links       []link
}

// tuningFinding is a sentence beside the verdict.
type tuningFinding struct{ ID, Severity, Title, Text, Section string }

func newTuningPage(d *Tuning) *tuningPage {
	looks := d.looks()
	p := &tuningPage{
		frame: newFrame(strings.TrimSuffix(d.Headline, ".")+" – tailgate tune, "+shorten(d.Scenario.Name, 60), d.Tool.Version, styleSource, scriptSource),
		D:     d, Kick: d.kick(), Facts: d.facts(), State: d.state(), Curse: d.curse(),
		Score: d.scoreboard(looks), Goals: d.goalRows(),
		TradeOff: finish(d.tradeOffChart(looks)), XLabel: d.extra().label, Points: d.tradeOffRows(),
		Sensitivity: d.sensitivityCharts(), Flat: d.flatTake(),
		Front: finish(d.frontChart(looks)), Grids: d.gridSections(),
		Run: d.runFacts(), Care: d.care(),
	}
	p.Head, p.Code = cutCode(d.Headline)
	p.Tried, p.More = d.tried()
	if axes, ok := d.frontAxes(); ok {
		p.FrontLabel = axes.xWord
	}
	p.HasPure = slices.ContainsFunc(d.TradeOff, func(t TuningPoint) bool { return t.Pure != nil })
	if best := d.recommended(); best != nil {
		p.Values = best.Values
	}
	switch {
	case d.Interrupted:
		p.Banner = "Interrupted: the search did not end. Everything below is provisional."
	case d.OutOfTime:
		p.Banner = "The time limit ended the search. There may be better settings than those below."
	}
	for i := range p.Facts {
		p.Facts[i].Small = glue(p.Facts[i].Small)
	}
	p.Links = p.links()
	p.Findings = d.findings()
	return p
}

// cutCode cuts a strategy written in YAML off a headline.
func cutCode(headline string) (words, code string) {
	words, code, ok := strings.Cut(headline, ": {")
	if !ok {
		return headline, ""
	}
	return words + ".", "{" + strings.TrimSuffix(code, ".")
}

func (p *tuningPage) links() []link {
	list := []link{{"paste", "To paste"}, {"scoreboard", "Settings"}}
	for _, g := range p.Grids {
		list = append(list, link{g.ID, map[string]string{"regret": "Regret", "boundary": "Boundary", "votes": "Models"}[g.ID]})
	}
	for _, l := range []struct {
		link
		on bool
	}{
		{link{"front", "Front"}, p.Front != nil},
		{link{"tradeoff", "Trade-off"}, p.TradeOff != nil},
		{link{"sensitivity", "Sensitivity"}, len(p.Sensitivity) > 0},
		{link{"run", "Search"}, true},
	} {
		if l.on {
			list = append(list, l.link)
		}
	}
	return list
}

// kick names what was tuned, for what.
func (d *Tuning) kick() string {
	way := "smallest "
	if d.Goal.Maximize {
		way = "largest "
	}
	return fmt.Sprintf("%s, for the %s%s", d.Scenario.Name, way, d.goal())
}

// state says in a word how sure the choice is.
func (d *Tuning) state() string {
	switch {
	case d.Budget != nil && d.Recommended == nil && !d.Interrupted && !d.OutOfTime:
		return "Boundary"
	case d.Recommended == nil:
		return "No result"
	case d.Interrupted || d.OutOfTime:
		return "Provisional"
	case d.Settled:
		return "Settled"
	default:
		return "Undecided"
	}
}

// at returns a figure of a setting: that on the fresh seeds if it has any.
func (s *TuningSetting) at(metric string) stats.Estimate {
	if s.Realised != nil {
		return known(s.Realised, metric)
	}
	return known(s.Predicted, metric)
}

// known returns a figure, or one without a value if it is not there.
func known(figures map[string]stats.Estimate, metric string) stats.Estimate {
	if e, ok := figures[metric]; ok {
		return e
	}
	return stats.Missing("was not measured")
}

// metric returns the first of the metrics with one of the names, whatever its
// strategy.
func (d *Tuning) metric(names ...string) (m TuningMetric, ok bool) {
	for _, name := range names {
		for _, m := range d.Metrics {
			if m.Name == name || strings.HasSuffix(m.Name, "."+name) {
				return m, true
			}
		}
	}
	return TuningMetric{}, false
}

// facts are the numbers under the headline.
func (d *Tuning) facts() []fact {
	best, current := d.recommended(), d.setting(d.Current)
	if best == nil {
		return nil
	}
	if current == best {
		current = nil
	}
	goal := best.at(d.Goal.Metric)
	how := ""
	if best.Realised == nil {
		how = "predicted"
	}
	facts := []fact{{d.goal(), formatUnit(d.Goal.Unit, goal), join(how, d.between(d.Goal.Unit, goal), d.now(current, d.Goal.Metric, d.Goal.Unit))}}
	if v := best.VersusCurrent; current != nil && v != nil && v.Delta != nil {
		facts = append(facts, d.changeFact(v, current))
	}
	for _, more := range []struct{ term, metric string }{
		{"Calls per request", "attempts"}, {"Cost", costMetric}, {"Success rate", "success"},
	} {
		m, ok := d.metric(more.metric)
		if !ok || len(facts) == 4 || m.Name == d.Goal.Metric {
			continue
		}
		e := best.at(m.Name)
		facts = append(facts, fact{more.term, formatUnit(m.Unit, e), join(d.between(m.Unit, e), d.now(current, m.Name, m.Unit))})
	}
	return facts
}

// costMetric is the metric that is a multiple of the baseline's cost.
const costMetric = "cost"

// changeFact is the difference to the current setting.
func (d *Tuning) changeFact(v *Delta, current *TuningSetting) fact {
	e := stats.Exactly(*v.Delta)
	if v.Low != nil && v.High != nil {
		e = stats.Between(*v.Delta, *v.Low, *v.High)
	}
	change := func(x float64) string { return signedText(x, d.plain) }
	certain := "seed by seed"
	if d.Seeds.Part > 0 {
		certain = "part by part"
	}
	if !v.Significant {
		certain = "may be chance"
	}
	big := change(e.Value)
	if now := known(current.Realised, d.Goal.Metric); now.Known() && now.Value > 0 && d.Goal.Unit != "ratio" {
		big = formatChange((now.Value + e.Value) / now.Value)
	}
	return fact{"Against now", big, join(formatInterval(e, change), certain)}
}

// plain prints a value of the goal.
func (d *Tuning) plain(v float64) string { return formatUnit(d.Goal.Unit, stats.Exactly(v)) }

func (d *Tuning) between(unit string, e stats.Estimate) string {
	format := func(v float64) string { return formatUnit(unit, stats.Exactly(v)) }
	if e.HasInterval() && format(e.Low) == format(e.High) {
		return ""
	}
	return formatInterval(e, format)
}

// now prints the current value beside a new one.
func (d *Tuning) now(current *TuningSetting, metric, unit string) string {
	if current == nil {
		return ""
	}
	return "now " + formatUnit(unit, current.at(metric))
}

// mostFindings is how many findings stand beside a verdict.
const mostFindings = 3

// findings say first what stands against the choice.
func (d *Tuning) findings() []tuningFinding {
	best := d.recommended()
	if best == nil {
		return nil
	}
	var all []tuningFinding
	for _, c := range best.Constraints {
		if c.Verdict == fail {
			all = append(all, tuningFinding{"constraint", "high", "A constraint does not hold", c.Text + " is missed on " + d.fresh() + "s.", "paste"})
		}
	}
	all = append(all, tuningFinding{strings.ToLower(d.state()), "medium", d.state(), d.certaintyOf(), "scoreboard"})
	for _, w := range d.Warnings {
		all = append(all, tuningFinding{"warning", "high", "Warning", asSentence(w), "care"})
	}
	if text := d.curse(); text != "" {
		all = append(all, tuningFinding{"prediction", "low", "Predicted and realised", text, "scoreboard"})
	}
	return all[:min(len(all), mostFindings)]
}

// certaintyOf names those that the choice cannot be told from.
func (d *Tuning) certaintyOf() string {
	if len(d.Tied) == 0 || d.Interrupted || d.OutOfTime {
		return d.certainty()
	}
	var names []string
	for _, i := range d.Tied {
		names = append(names, shorten(d.Settings[i].Name, 48))
	}
	return "The data cannot tell it from " + allOf(names) + ": take whichever you like better."
}

// curse says what became of the prediction.
func (d *Tuning) curse() string {
	best := d.recommended()
	if best == nil || best.Realised == nil {
		return ""
	}
	was, is := known(best.Predicted, d.Goal.Metric), known(best.Realised, d.Goal.Metric)
	if !was.Known() || !is.Known() {
		return ""
	}
	text := fmt.Sprintf("Where it was chosen, its %s was %s; on %ss it is %s", d.goal(), d.plain(was.Value), d.fresh(), d.plain(is.Value))
	if was.Value > 0 && d.Goal.Unit != "ratio" {
		text += " (" + formatChange(is.Value/was.Value) + ")"
	}
	return text + "."
}

// asSentence makes a sentence of a warning. A word with a point or an equals sign in
// it is a key, which stays as it is.
func asSentence(warning string) string {
	text := strings.TrimSuffix(warning, ".") + "."
	if first, _, _ := strings.Cut(text, " "); strings.ContainsAny(strings.TrimSuffix(first, "."), ".=") {
		return text
	}
	return capital(text)
}
