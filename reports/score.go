package reports

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// scoreboard is the table that compares all strategies.
type scoreboard struct {
	How   string
	First string // the head of the first column
	Heads []scoreHead
	Rows  []scoreRow
	// Shared are the parts of the whiskers that all rows use.
	Shared template.HTML
}

// scoreHead is a column; Sort is d if a first click sorts downwards.
type scoreHead struct{ Name, Sort string }

// scoreRow is a strategy.
type scoreRow struct {
	Look  look
	Tags  []tag
	Text  string
	Cells []scoreCell
}

// tag is a word beside a name; a quiet one has no colour.
type tag struct {
	Text  string
	Quiet bool
}

// scoreCell is a value with its difference to the baseline and its interval.
type scoreCell struct {
	Value, Class       string
	Change, ChangeKind string // good, bad or mut
	Whisker            template.HTML
	Key                string // to sort by
	Tip                string
}

// column is a measured column of the scoreboard.
type column struct {
	name    string
	value   func(*Strategy) stats.Estimate
	format  func(float64) string
	percent float64 // the percentile, if it is one
	log     bool
	more    bool // more is better
	change  func(s, base *Strategy) (text string, certain, better bool)
	// baseline is the id of the tick that stands for the baseline's value.
	baseline string
}

func scoreColumns() []column {
	latency := func(name string, p float64, value func(*Strategy) stats.Estimate, delta func(*VersusBaseline) Delta) column {
		return column{name: name, value: value, format: formatMS, percent: p, log: true, change: latencyChange(value, delta)}
	}
	return []column{
		{
			name: "Success", value: func(s *Strategy) stats.Estimate { return s.Success }, format: formatShare, more: true,
			change: pointsChange(func(v *VersusBaseline) Delta { return v.Success }),
		},
		latency("P50", 50, func(s *Strategy) stats.Estimate { return s.LatencyMS.P50 }, func(v *VersusBaseline) Delta { return v.P50MS }),
		latency("P95", 95, func(s *Strategy) stats.Estimate { return s.LatencyMS.P95 }, func(v *VersusBaseline) Delta { return v.P95MS }),
		latency("P99", 99, func(s *Strategy) stats.Estimate { return s.LatencyMS.P99 }, func(v *VersusBaseline) Delta { return v.P99MS }),
		latency("P99.9", 99.9, func(s *Strategy) stats.Estimate { return s.LatencyMS.P999 }, func(v *VersusBaseline) Delta { return v.P999MS }),
		latency("First token P95", 95, func(s *Strategy) stats.Estimate { return s.FirstTokenMS.P95 },
			func(v *VersusBaseline) Delta { return v.FirstTokenP95MS }),
		{name: "Cost", value: (*Strategy).costMultiplier, format: formatTimes, log: true, change: costChange},
		{
			name: "Accuracy", value: func(s *Strategy) stats.Estimate { return s.Accuracy }, format: formatShare, more: true,
			change: pointsChange(func(v *VersusBaseline) Delta { return v.Accuracy }),
		},
	}
}

// present says whether any strategy has something to show in the column. The
// first token is a column only where it is not the whole answer.
func (c column) present(d *Document) bool {
	known, lost, streamed := false, false, false
	for i := range d.Strategies {
		s := &d.Strategies[i]
		known, lost = known || c.value(s).Known(), lost || c.percent > 0 && s.lost(c.percent)
		streamed = streamed || s.FirstTokenSpectrum != nil
	}
	if strings.HasPrefix(c.name, "First token") {
		return known && streamed
	}
	return known || lost
}

func newScoreboard(d *Document, looks []look) scoreboard {
	board := scoreboard{How: scoreHow(d), First: "Strategy"}
	for _, l := range looks {
		board.Rows = append(board.Rows, scoreRow{Look: l, Tags: l.tags("baseline"), Text: shorten(d.Strategies[l.Index].Text, 120)})
	}
	if len(d.Objectives) > 0 {
		board.add(d, scoreHead{"Objectives", "d"}, func(s *Strategy, _ look) scoreCell { return objectivesCell(d, s) })
	}
	for _, c := range scoreColumns() {
		if !c.present(d) {
			continue
		}
		c.baseline = fmt.Sprintf("b%d", len(board.Heads))
		scale := c.scale(d)
		board.Shared += c.shared(d.find(d.Baseline), scale)
		sort := "a"
		if c.more {
			sort = "d"
		}
		board.add(d, scoreHead{c.name, sort}, func(s *Strategy, l look) scoreCell { return c.cell(d, s, l, scale) })
	}
	if showsRecovery(d) {
		board.add(d, scoreHead{"Worst recovery", "a"}, func(s *Strategy, _ look) scoreCell { return worstCell(s) })
	}
	return board
}

func (b *scoreboard) add(d *Document, head scoreHead, cell func(*Strategy, look) scoreCell) {
	b.Heads = append(b.Heads, head)
	for i := range b.Rows {
		l := b.Rows[i].Look
		b.Rows[i].Cells = append(b.Rows[i].Cells, cell(&d.Strategies[l.Index], l))
	}
}

func scoreHow(d *Document) string {
	text := plural(d.requests(), "request") + " per strategy. The dot is the estimate, the pale bar its 95% interval"
	if d.find(d.Baseline) == nil {
		return text + "."
	}
	text += ", the grey tick the baseline. Differences are against " + d.Baseline + ", request by request; ≈ means that "
	if d.Comparisons > 0 {
		return text + "it may be chance, when all " + plural(d.Comparisons, "difference") + " tested in this report are taken together (Holm, 5%)."
	}
	return text + "the interval of the difference includes none."
}

func objectivesCell(d *Document, s *Strategy) scoreCell {
	own := d.objectivesOf(s.Name)
	passed, failed := count(own, pass), count(own, fail)
	c := scoreCell{Value: fmt.Sprintf("%d/%d", passed, len(own)), Key: strconv.Itoa(passed - len(own))}
	switch {
	case len(own) == 0:
		c.Value, c.Class, c.Key = "none", "mut", "-1000"
	case failed > 0:
		c.Value, c.Class = "✕ "+c.Value, "fail"
	case passed < len(own):
		c.Value, c.Class = "? "+c.Value, "open"
	default:
		c.Value, c.Class = "✓ "+c.Value, "pass"
	}
	return c
}

func worstCell(s *Strategy) scoreCell {
	ms, status := s.worstRecovery()
	c := scoreCell{Value: recoveryCell(s), Key: number(ms)}
	if status == "not_by_the_end" {
		c.Class, c.Key = "bad", "1e12"
	}
	return c
}

func number(v float64) string { return strconv.FormatFloat(stats.Round(v), 'g', -1, 64) }

func (c column) cell(d *Document, s *Strategy, l look, scale svg.Scale) scoreCell {
	e := c.value(s)
	if !e.Known() {
		return c.missing(s, e)
	}
	out := scoreCell{Value: c.format(e.Value), Key: number(e.Value), Whisker: c.whisker(e, d.find(d.Baseline), l, scale)}
	out.Tip = s.Name + " · " + c.name + "|" + withInterval(e, c.format, out.Value)
	base := d.find(d.Baseline)
	switch {
	case base == nil || c.change == nil:
	case base == s:
		out.Change, out.ChangeKind = "baseline", "mut"
	case !c.value(base).Known() && c.percent > 0 && base.lost(c.percent):
		out.Change, out.ChangeKind = "baseline "+fails, "good"
	case !c.value(base).Known():
		out.Change, out.ChangeKind = "baseline unknown", "mut"
	default:
		text, certain, better := c.change(s, base)
		out.Change, out.ChangeKind = changeText(text, certain, better)
	}
	return out
}

func changeText(text string, certain, better bool) (change, kind string) {
	switch {
	case text == "":
		return "", ""
	case !certain:
		return "≈ baseline", "mut"
	case text == "0%":
		return "under 0.5%", "mut" // certain, but not worth a colour
	case better:
		return text, "good"
	default:
		return text, "bad"
	}
}

func (c column) missing(s *Strategy, e stats.Estimate) scoreCell {
	if c.percent > 0 && s.lost(c.percent) {
		return scoreCell{Value: "✕ " + fails, Class: "bad", Key: "1e12", Tip: s.Name + " · " + c.name + "|" + e.Why}
	}
	return scoreCell{Value: "–", Class: "mut", Key: "1e13", Tip: s.Name + " · " + c.name + "|" + e.Why}
}

// scale is shared by the whiskers of a column.
func (c column) scale(d *Document) svg.Scale {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range d.Strategies {
		if e := c.value(&d.Strategies[i]); e.Known() {
			e = bounded(e)
			low, high = min(low, e.Low), max(high, e.High)
		}
	}
	return svg.Scale{Low: low, High: high, From: 4, To: 96, Log: c.log && low > 0}
}

// shared defines what the whiskers of a column have in common: the tick of the
// baseline.
func (c column) shared(base *Strategy, scale svg.Scale) template.HTML {
	if base == nil || !c.value(base).Known() {
		return ""
	}
	return tickAt(c.baseline, scale.At(c.value(base).Value))
}

// tickAt defines the tick of a baseline under an id.
func tickAt(id string, percent float64) template.HTML {
	var b svg.Builder
	at := svg.Percent(percent)
	b.Empty("line", "id", id, "class", "baseln", "x1", at, "x2", at, "y1", 0, "y2", 9, "stroke", mutedColor)
	return b.HTML()
}

func (c column) whisker(e stats.Estimate, base *Strategy, l look, scale svg.Scale) template.HTML {
	if base == nil || !c.value(base).Known() {
		return whisker(e, l, scale, "")
	}
	return whisker(e, l, scale, c.baseline)
}

// whisker draws an estimate with its interval, and the tick with the id baseline
// unless that is "".
func whisker(e stats.Estimate, l look, scale svg.Scale, baseline string) template.HTML {
	var b svg.Builder
	at := func(v float64) svg.Percent { return svg.Percent(scale.At(v)) }
	b.Begin("svg", "class", "wh", "width", "100%", "height", 9, "aria-hidden", "true")
	b.Empty("use", "href", "#wl")
	if baseline != "" {
		b.Empty("use", "href", "#"+baseline)
	}
	if e.HasInterval() {
		b.Empty("line", "class", l.class("ln"), "x1", at(e.Low), "x2", at(e.High), "y1", 4.5, "y2", 4.5,
			"stroke", l.Color, "stroke-width", 3, "stroke-opacity", 0.45)
	}
	b.Empty("circle", "class", l.class("fl"), "cx", at(e.Value), "cy", 4.5, "r", 2.6, "fill", l.Color)
	return b.HTML()
}

func latencyChange(value func(*Strategy) stats.Estimate, delta func(*VersusBaseline) Delta) func(s, base *Strategy) (string, bool, bool) {
	return func(s, base *Strategy) (text string, certain, better bool) {
		if s.VersusBaseline == nil {
			return "", false, false
		}
		x := delta(s.VersusBaseline)
		if x.Delta == nil || value(base).Value == 0 {
			return "", false, false
		}
		return formatChange(1 + *x.Delta/value(base).Value), x.clear(), *x.Delta < 0
	}
}

func pointsChange(delta func(*VersusBaseline) Delta) func(s, base *Strategy) (string, bool, bool) {
	return func(s, _ *Strategy) (text string, certain, better bool) {
		if s.VersusBaseline == nil || delta(s.VersusBaseline).Delta == nil {
			return "", false, false
		}
		x := delta(s.VersusBaseline)
		return formatPoints(*x.Delta), x.clear(), *x.Delta > 0
	}
}

func costChange(s, _ *Strategy) (text string, certain, better bool) {
	if s.VersusBaseline == nil || !s.VersusBaseline.CostRatio.Known() {
		return "", false, false
	}
	r := s.VersusBaseline.CostRatio
	certain = r.HasInterval() && (r.Low > 1 || r.High < 1)
	if x := s.VersusBaseline.CostUSD; x.P != nil {
		certain = x.clear()
	}
	return formatChange(r.Value), certain, r.Value < 1
}
