package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// spot is one strategy in the chart of cost against P95.
type spot struct {
	look
	cost, p95 stats.Estimate
	hollow    bool // not all of its objectives pass
	lost      bool // its P95 fails
	tip       string
}

// costChart draws cost against P95. It is nil if nothing was charged, and has
// no plot if no strategy has a P95.
func costChart(d *Document, looks []look) *figure {
	spots := spotsOf(d, looks)
	if len(spots) == 0 {
		return nil
	}
	x, y, ok := costScales(spots)
	if !ok {
		take := "No strategy has a P95 to set against its cost"
		if slices.ContainsFunc(spots, func(s spot) bool { return s.p95.Known() }) {
			take = "There is no scale of costs, since some strategy cost nothing"
		}
		return &figure{Take: take, How: "The table has what each of them cost."}
	}
	p := newPlot("par", "Cost against P95 latency",
		"Each mark is one strategy; left and low is better. Hollow marks do not pass all their objectives. The stepped line "+
			"joins the strategies that no other beats on both axes. The scoreboard has the same numbers.", int(y.From))
	for _, ms := range y.Ticks(28) {
		p.row(y.At(ms), tickMS(ms))
	}
	for _, v := range x.Ticks(0.14) {
		p.column(svg.Percent(100*x.At(v)), trim(digits(v, 2))+"×", false)
	}
	failStrip(p, spots)
	p.Stretch(p.height)
	p.curve(frontier(spots, x, y), "frontier", mutedColor, 1.2, "")
	for _, s := range spots {
		p.curve(cross(s, x, y), s.class("ln "+s.key()), s.Color, 1.4, "")
	}
	p.End()
	marks(p, spots, x, y)
	return &figure{Take: costTake(d), Plot: p, How: "Left and low is better. The bars are 95% intervals. " + hollowText(d) +
		"The line joins the strategies that nothing beats on both axes."}
}

func hollowText(d *Document) string {
	if len(d.Objectives) == 0 {
		return ""
	}
	return "Hollow marks do not pass all their objectives, or have none. "
}

func spotsOf(d *Document, looks []look) []spot {
	var spots []spot
	for _, l := range looks {
		s := &d.Strategies[l.Index]
		cost := s.costMultiplier()
		if !cost.Known() || s.Requests == 0 {
			continue
		}
		own := d.objectivesOf(s.Name)
		spots = append(spots, spot{
			look: l, cost: cost, p95: s.LatencyMS.P95, lost: s.lost(95),
			hollow: len(d.Objectives) > 0 && (len(own) == 0 || count(own, pass) < len(own)),
			tip: fmt.Sprintf("%s|P95 %s|cost %s", s.Name, withInterval(s.LatencyMS.P95, formatMS, latencyText(s.LatencyMS.P95, s, 95)),
				withInterval(cost, formatTimes, formatTimes(cost.Value))),
		})
	}
	return spots
}

// withInterval appends the interval to a printed value.
func withInterval(e stats.Estimate, format func(float64) string, text string) string {
	if in := formatInterval(e, format); in != "" {
		return text + " (95% interval " + in + ")"
	}
	return text
}

// costScales returns the axes; the top is kept free for strategies without a P95.
func costScales(spots []spot) (x, y svg.Scale, ok bool) {
	left, right, low, high := math.Inf(1), 0.0, math.Inf(1), 0.0
	strip := 8.0
	for _, s := range spots {
		c, l := bounded(s.cost), bounded(s.p95)
		left, right = min(left, c.Low), max(right, c.High)
		if s.p95.Known() {
			low, high = min(low, l.Low), max(high, l.High)
		} else {
			strip = 34
		}
	}
	if left <= 0 || low <= 0 || high == 0 {
		return x, y, false
	}
	height := float64(max(320, 16*len(spots)+20))
	x = svg.Scale{Low: left / 1.12, High: right * 1.12, From: 0, To: 1, Log: true}
	y = svg.Scale{Low: low / 1.25, High: high * 1.1, From: height, To: strip, Log: true}
	return x, y, true
}

func failStrip(p *plot, spots []spot) {
	label := ""
	for _, s := range spots {
		switch {
		case s.p95.Known():
		case !s.lost:
			label = "no P95"
		case label == "":
			label = fails
		}
	}
	if label == "" {
		return
	}
	p.Empty("rect", "class", "badzone", "x", 0, "y", 0, "width", "100%", "height", 24, "fill", failColor, "fill-opacity", 0.06)
	p.Text("text", label, "class", "tick", "x", -8, "y", 12, "dy", ".35em", "text-anchor", "end", "fill", mutedColor)
}

// height is where a mark stands: on the strip at the top without a P95.
func (s spot) height(y svg.Scale) float64 {
	if !s.p95.Known() {
		return 12
	}
	return y.At(s.p95.Value)
}

func cross(s spot, x, y svg.Scale) *svg.Path {
	path := new(svg.Path)
	if s.p95.HasInterval() {
		path.Move(x.At(s.cost.Value), y.At(s.p95.Low))
		path.Line(x.At(s.cost.Value), y.At(s.p95.High))
	}
	if s.cost.HasInterval() {
		path.Move(x.At(s.cost.Low), s.height(y))
		path.Line(x.At(s.cost.High), s.height(y))
	}
	return path
}

// frontier steps through the strategies that nothing beats on both axes.
func frontier(spots []spot, x, y svg.Scale) *svg.Path {
	known := slices.DeleteFunc(slices.Clone(spots), func(s spot) bool { return !s.p95.Known() })
	slices.SortStableFunc(known, func(a, b spot) int {
		switch {
		case a.cost.Value != b.cost.Value && a.cost.Value < b.cost.Value:
			return -1
		case a.cost.Value == b.cost.Value && a.p95.Value < b.p95.Value:
			return -1
		default:
			return 1
		}
	})
	path, lowest := new(svg.Path), math.Inf(1)
	for _, s := range known {
		if s.p95.Value >= lowest {
			continue
		}
		if path.Empty() {
			path.Move(x.At(s.cost.Value), y.At(s.p95.Value))
		} else {
			path.Line(x.At(s.cost.Value), y.At(lowest))
			path.Line(x.At(s.cost.Value), y.At(s.p95.Value))
		}
		lowest = s.p95.Value
	}
	if !path.Empty() {
		path.Line(1, y.At(lowest))
	}
	return path
}

// marks draws the markers, and the labels at heights that never collide. The
// recommended strategy is on top.
func marks(p *plot, spots []spot, x, y svg.Scale) {
	at := make([]float64, len(spots))
	for i, s := range spots {
		at[i] = s.height(y)
	}
	labels := svg.Spread(at, 16, 6, y.From-8)
	for _, top := range []bool{false, true} {
		for i, s := range spots {
			if s.Rec == top {
				spotMark(p, s, svg.Percent(100*x.At(s.cost.Value)), at[i], labels[i])
			}
		}
	}
}

func spotMark(p *plot, s spot, x svg.Percent, y, label float64) {
	dx, anchor := 11, "start"
	if x > 60 {
		dx, anchor = -11, "end"
	}
	p.Begin("g", "class", s.key()+" pt", "data-tip", s.tip)
	if math.Abs(label-y) > 9 && s.Name != "" {
		p.Begin("svg", "x", x, "y", 0, "overflow", "visible", "width", 1, "height", 1)
		p.Empty("path", "class", "lead", "d", fmt.Sprintf("M0 %.0fL%d %.0f", y, dx*7/10, label), "stroke", mutedColor, "stroke-width", 0.8, "fill", "none")
		p.End()
	}
	s.mark(&p.Builder, x, y, s.hollow)
	if s.Name != "" {
		p.Text("text", s.Name, "class", s.label(), "x", x, "dx", dx, "y", label, "dy", ".35em", "text-anchor", anchor, "fill", s.Color)
	}
	p.Empty("circle", "class", "hit", "cx", x, "cy", y, "r", 13, "fill", "none", "pointer-events", "all")
	p.End()
}

func costTake(d *Document) string {
	s, base := d.find(d.Verdict.Recommend), d.find(d.Baseline)
	if s == nil || base == nil || s == base || !s.costMultiplier().Known() {
		return "What each strategy costs, and how fast it is"
	}
	return fmt.Sprintf("%s costs %s as much as %s; P95 %s (%s: %s)", s.Name, formatTimes(s.costMultiplier().Value),
		base.Name, latencyText(s.LatencyMS.P95, s, 95), base.Name, latencyText(base.LatencyMS.P95, base, 95))
}
