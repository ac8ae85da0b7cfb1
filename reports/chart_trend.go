package reports

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// mostTrend is how many runs a trend shows, the latest.
const mostTrend = 60

// Heights of a trend in pixels: marks are between the two.
const (
	trendTop    = 10
	trendHeight = 88
)

// metric is what a trend is of.
type metric struct {
	id, name string
	value    func(*Strategy) stats.Estimate
	format   func(float64) string
	percent  float64 // the percentile, if it is one
	more     bool    // more is better
	most     float64 // the largest possible value
	room     float64 // the least height of the axis, as a share of the value
	scale    float64 // from the value to what the axis says
	suffix   string
}

func trendMetrics() []metric {
	return []metric{
		{id: "p95", name: "P95", value: func(s *Strategy) stats.Estimate { return s.LatencyMS.P95 }, format: formatMS, percent: 95, most: math.Inf(1), room: 0.02, scale: 1, suffix: " ms"},
		{id: "success", name: "Success", value: func(s *Strategy) stats.Estimate { return s.Success }, format: formatShare, more: true, most: 1, room: 0.001, scale: 100, suffix: "%"},
		{id: "cost", name: "Cost", value: (*Strategy).costMultiplier, format: formatTimes, most: math.Inf(1), room: 0.02, scale: 1, suffix: "×"},
	}
}

// trendPoint is the metric of a strategy in one run.
type trendPoint struct {
	run  *PastRun
	e    stats.Estimate
	text string // the value in words
	full string // with its interval
	lost bool   // the percentile fails
	cut  bool   // it is of another thing than the run before
}

// trend is a metric of a strategy over the runs.
type trend struct {
	Name, Value, Interval string
	Was, Class            string // against the run before
	SVG                   template.HTML
	points                []trendPoint
}

// trendOf draws a metric of the strategy that has the look.
func trendOf(h *History, l look, m metric) *trend {
	t := &trend{Name: m.name}
	for i := max(0, len(h.Runs)-mostTrend); i < len(h.Runs); i++ {
		p := trendPoint{run: &h.Runs[i], e: stats.Missing("not run"), text: "not run", full: "not run", cut: h.apart(i) != ""}
		if s := p.run.Report.find(l.Full); s != nil {
			p.e, p.lost = m.value(s), m.percent > 0 && s.lost(m.percent)
			p.text = m.text(p.e, p.lost)
			p.full = withInterval(p.e, m.format, p.text)
		}
		t.points = append(t.points, p)
	}
	now := &t.points[len(t.points)-1]
	t.Value, t.Interval = now.text, formatInterval(now.e, m.format)
	if len(t.points) > 1 {
		if t.Was, t.Class = m.against(now, &t.points[len(t.points)-2]); now.cut {
			t.Class = "mut" // a change of what was measured, not of how it did
		}
	}
	t.SVG = t.draw(l, m)
	return t
}

func (m metric) text(e stats.Estimate, lost bool) string {
	switch {
	case lost:
		return fails
	case !e.Known():
		return "no value"
	}
	return m.format(e.Value)
}

// against says how a run differs from the one before: clearly only where the
// intervals have no value in common.
func (m metric) against(now, before *trendPoint) (text, class string) {
	switch {
	case now.text == before.text:
		return "as before", "mut"
	case now.lost != before.lost:
		return "was " + before.text, map[bool]string{true: "bad", false: "good"}[now.lost]
	case !now.e.Known() || !before.e.Known():
		return "was " + before.text, "mut"
	case overlap(now.e, before.e):
		return "≈ before, " + before.text, "mut"
	case (now.e.Value > before.e.Value) == m.more:
		return "was " + before.text, "good"
	}
	return "was " + before.text, "bad"
}

// draw makes the chart: a mark and an interval for each run, at equal distances.
func (t *trend) draw(l look, m metric) template.HTML {
	y, known := t.scale(m)
	p := newPlot(fmt.Sprintf("t%d-%s", l.Index, m.id), l.Full+": "+m.name+" over the runs", t.describe(), trendHeight)
	if slices.ContainsFunc(t.points, func(p trendPoint) bool { return p.lost }) {
		p.row(trendTop, fails)
	}
	var ticks []float64
	if known {
		ticks = y.Ticks(18)
	}
	for i, label := range axisLabels(ticks, m) {
		p.row(y.At(ticks[i]), label)
	}
	p.Empty("line", "class", "axis", "x1", 0, "x2", "100%", "y1", trendHeight, "y2", trendHeight, "stroke", axisColor)
	for i := range t.points {
		if t.points[i].cut {
			x := svg.Percent(100 * float64(i) / float64(len(t.points)))
			p.Empty("line", "class", "cut", "x1", x, "x2", x, "y1", 0, "y2", trendHeight, "stroke", mutedColor, "stroke-dasharray", "2 3")
		}
	}
	p.Stretch(trendHeight)
	p.curve(t.whiskers(y), l.class("ln wk"), l.Color, 1.2, "")
	p.curve(t.line(y), l.class("ln"), l.Color, l.width(), "")
	p.End()
	for i := range t.points {
		t.mark(p, l, i, y)
	}
	t.labels(p)
	return p.HTML()
}

// scale spans all values and the ends of their intervals, if there are any; above
// them is room for runs whose percentile fails.
func (t *trend) scale(m metric) (y svg.Scale, known bool) {
	y = svg.Scale{Low: math.Inf(1), High: math.Inf(-1), From: trendHeight - 8, To: trendTop}
	for _, p := range t.points {
		if p.e.Known() {
			e := bounded(p.e)
			y.Low, y.High, known = min(y.Low, e.Low), max(y.High, e.High), true
		}
		if p.lost {
			y.To = 2.4 * trendTop
		}
	}
	if room := math.Abs(y.High) * m.room; y.High-y.Low < room { // so that a steady value is a level line
		y.Low, y.High = y.Low-room, min(y.High+room, m.most)
	}
	return y, known
}

// at is where a run stands, as a share of the width.
func (t *trend) at(i int) float64 { return (float64(i) + 0.5) / float64(len(t.points)) }

func (t *trend) whiskers(y svg.Scale) *svg.Path {
	path := new(svg.Path)
	for i, p := range t.points {
		if p.e.HasInterval() {
			e := bounded(p.e)
			path.Move(t.at(i), y.At(e.Low))
			path.Line(t.at(i), y.At(e.High))
		}
	}
	return path
}

// line joins the values of runs that follow each other.
func (t *trend) line(y svg.Scale) *svg.Path {
	path, pen := new(svg.Path), false
	for i, p := range t.points {
		if !p.e.Known() || p.cut {
			pen = false
		}
		if p.e.Known() {
			path.To(!pen, t.at(i), y.At(p.e.Value))
			pen = true
		}
	}
	return path
}

// mark draws the value of a run, hollow at the top where the percentile fails.
func (t *trend) mark(p *plot, l look, i int, y svg.Scale) {
	point := &t.points[i]
	if !point.e.Known() && !point.lost {
		return
	}
	at := float64(trendTop)
	if point.e.Known() {
		at = y.At(point.e.Value)
	}
	x := svg.Percent(100 * t.at(i))
	p.Begin("g", "class", "pt")
	p.Text("title", point.tip(t.Name))
	l.mark(&p.Builder, x, at, point.lost)
	p.Empty("circle", "cx", x, "cy", at, "r", 12, "fill", "none", "pointer-events", "all")
	p.End()
}

// tip is what the pointer is told over a mark.
func (p *trendPoint) tip(name string) string {
	return fmt.Sprintf("%s: %s %s; tailgate %s", p.run.Label, name, p.full, p.run.Report.Tool.Version)
}

// labels name the first and the last run below the chart.
func (t *trend) labels(p *plot) {
	last := len(t.points) - 1
	name := func(i int, x float64, anchor string) {
		p.Text("text", shorten(t.points[i].run.Label, 14), "class", "tick", "x", svg.Percent(100*x), "y", trendHeight+16, "text-anchor", anchor, "fill", mutedColor)
	}
	switch {
	case last == 0:
		name(0, 0.5, "middle")
	case last < 4: // far enough from the edges
		name(0, t.at(0), "middle")
		name(last, t.at(last), "middle")
	default:
		name(0, 0, "start")
		name(last, 1, "end")
	}
}

// describe is the trend in words, for those who do not see it.
func (t *trend) describe() string {
	last := len(t.points) - 1
	text := fmt.Sprintf("%s now %s", t.points[last].run.Label, t.points[last].text)
	if last > 0 {
		text = fmt.Sprintf("From %s in %s to %s in %s, over %s. The table of runs has every value",
			t.points[0].text, t.points[0].run.Label, t.points[last].text, t.points[last].run.Label, plural(len(t.points), "run"))
	}
	return text + "."
}

// axisLabels prints ticks with as many decimals as tell them apart.
func axisLabels(ticks []float64, m metric) []string {
	if len(ticks) == 1 {
		return []string{m.format(ticks[0])}
	}
	scale, suffix := m.scale, m.suffix
	if m.suffix == " ms" && len(ticks) > 0 && ticks[len(ticks)-1] >= 1000 {
		scale, suffix = 1e-3, " s"
	}
	places := 0
	if len(ticks) > 1 {
		places = max(0, int(math.Ceil(-math.Log10((ticks[1]-ticks[0])*scale)-1e-9)))
	}
	labels := make([]string, len(ticks))
	for i, v := range ticks {
		labels[i] = strconv.FormatFloat(v*scale, 'f', min(places, 6), 64) + suffix
	}
	return labels
}
