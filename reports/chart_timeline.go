package reports

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// Heights of one row of the timeline, in pixels.
const (
	bandBottom = 52 // latencies are above
	rowAxis    = 70 // failures stand on it
	stripStep  = 15 // room of one breaker below the axis
	maxStrips  = 3
)

// lane is the row of one strategy.
type lane struct {
	Look look
	Note string
	SVG  template.HTML
	// Strips names the breakers drawn below the axis.
	Strips []string
}

// timeline is the chart of latency and failures over time, a row per strategy
// on one scale.
type timeline struct {
	Take, How  string
	Lane, Axis template.HTML
	Rows       []lane
	Breakers   bool
}

// bins are the columns of a [Timeline] that are drawn.
type bins struct {
	step             float64
	at               []float64
	p50, p95, failed []float64 // NaN where there is no value; failed is a share
}

// columns picks the columns by name, so that a later program may add some.
func (t Timeline) columns() bins {
	b := bins{step: t.StepMS}
	at, requests, failed := t.column("at_ms"), t.column("requests"), t.column("failed")
	p50, p95 := t.column("p50_ms"), t.column("p95_ms")
	for _, row := range t.Rows {
		start := cell(row, at)
		if math.IsNaN(start) {
			continue
		}
		b.at = append(b.at, start)
		b.p50, b.p95 = append(b.p50, cell(row, p50)), append(b.p95, cell(row, p95))
		b.failed = append(b.failed, cell(row, failed)/math.Max(1, cell(row, requests)))
	}
	return b
}

func (t Timeline) column(name string) int { return slices.Index(t.Columns, name) }

func cell(row []*float64, i int) float64 {
	if i < 0 || i >= len(row) || row[i] == nil {
		return math.NaN()
	}
	return *row[i]
}

// timelineChart draws all strategies; nil if there are no bins.
func timelineChart(d *Document, looks []look) *timeline {
	data := make([]bins, len(d.Strategies))
	for i, s := range d.Strategies {
		data[i] = s.Timeline.columns()
	}
	end, y := timelineScales(d, data)
	if end <= 0 {
		return nil
	}
	chart := &timeline{Take: timelineTake(d), How: timelineHow(d, data), Lane: faultLane(d, end), Axis: timeAxis(end)}
	for _, l := range looks {
		s := &d.Strategies[l.Index]
		row := lane{Look: l, Note: recoveryNote(s), SVG: timelineRow(d, s, l, data[l.Index], end, y)}
		for _, b := range s.Breakers[:min(len(s.Breakers), maxStrips)] {
			row.Strips = append(row.Strips, shorten(b.Target, 20))
			chart.Breakers = true
		}
		chart.Rows = append(chart.Rows, row)
	}
	return chart
}

// timelineScales returns the length of the run and the scale of latency, which
// all rows share.
func timelineScales(d *Document, data []bins) (end float64, y svg.Scale) {
	low, high := math.Inf(1), 0.0
	for _, b := range data {
		for i := range b.at {
			end = max(end, b.at[i]+b.step)
			if p50 := b.p50[i]; p50 > 0 {
				low, high = min(low, p50), max(high, p50)
			}
			if p95 := b.p95[i]; p95 > 0 {
				high = max(high, p95)
			}
		}
	}
	if end > 0 {
		end = max(end, d.Scenario.DurationMS)
	}
	if high == 0 {
		low, high = 100, 1000
	}
	return end, svg.Scale{Low: low * 0.9, High: high * 1.1, From: bandBottom, To: 0, Log: true}
}

func timelineRow(d *Document, s *Strategy, l look, b bins, end float64, y svg.Scale) template.HTML {
	strips := s.Breakers[:min(len(s.Breakers), maxStrips)]
	p := newPlot(fmt.Sprintf("tl%d", l.Index), s.Name+": latency and failures over time",
		"The band runs from the P50 to the P95 of each step; below it is the share of failed requests. "+recoveryNote(s),
		rowAxis+stripStep*len(strips)+4)
	for _, f := range d.Scenario.Faults {
		p.fault(f, end, 0, p.height)
	}
	ticks := y.Ticks(22)
	for _, ms := range ticks {
		p.Empty("line", "class", "grid", "x1", 0, "x2", "100%", "y1", y.At(ms), "y2", y.At(ms), "stroke", gridColor)
		p.Text("text", tickMS(ms), "class", "tick", "x", -6, "y", y.At(ms), "dy", ".35em", "text-anchor", "end", "fill", mutedColor)
	}
	p.Empty("line", "class", "axis", "x1", 0, "x2", "100%", "y1", rowAxis, "y2", rowAxis, "stroke", axisColor)
	p.Stretch(p.height)
	p.band(bandPath(b, end, y), l)
	p.area(failureBars(b, end), "err", failColor, 1)
	for i, breaker := range strips {
		p.strip(breaker, end, float64(rowAxis+stripStep*(i+1)))
	}
	p.End()
	p.brackets(s, end)
	return p.HTML()
}

// fault shades the window of a fault.
func (p *plot) fault(f ScenarioFault, end float64, y, height int) {
	from, to := share(f.FromMS, end), share(f.ToMS, end)
	if to <= from {
		return
	}
	p.Empty("rect", "class", "fault", "x", from, "width", to-from, "y", y, "height", height,
		"fill", faultColor, "fill-opacity", 0.15)
}

func share(ms, end float64) svg.Percent {
	return svg.Percent(100 * min(max(ms/end, 0), 1))
}

// band fills the area between P50 and P95 and draws its edges.
func (p *plot) band(path *svg.Path, l look) {
	if path.Empty() {
		return
	}
	p.Empty("path", "class", l.class("band ln"), "d", path.String(), "vector-effect", "non-scaling-stroke",
		"fill", l.Color, "fill-opacity", 0.2, "stroke", l.Color, "stroke-width", 1.2, "stroke-linejoin", "round")
}

// bandPath returns the area between P50 and P95. A P95 that failures took away
// is above everything, so the band reaches the top; where the P50 failed too
// there is a gap.
func bandPath(b bins, end float64, y svg.Scale) *svg.Path {
	path := new(svg.Path)
	for i := 0; i < len(b.at); i++ {
		first := i
		for i < len(b.at) && !math.IsNaN(b.p50[i]) {
			i++
		}
		bandPart(path, b, first, i-1, end, y)
	}
	return path
}

func bandPart(path *svg.Path, b bins, first, last int, end float64, y svg.Scale) {
	if last < first {
		return
	}
	x := func(i int) float64 { return (b.at[i] + b.step/2) / end }
	for i := first; i <= last; i++ {
		height := y.To
		if !math.IsNaN(b.p95[i]) {
			height = y.At(b.p95[i])
		}
		if i == first {
			path.Move(x(i), height)
			continue
		}
		path.Line(x(i), height)
	}
	for i := last; i >= first; i-- {
		path.Line(x(i), y.At(b.p50[i]))
	}
	path.Close()
}

// failureBars draws the share of failures of each step; the least failure is
// still seen.
func failureBars(b bins, end float64) *svg.Path {
	path, full := new(svg.Path), float64(rowAxis-bandBottom-4)
	for i := range b.at {
		if math.IsNaN(b.failed[i]) || b.failed[i] <= 0 {
			continue
		}
		x, right := b.at[i]/end, (b.at[i]+b.step)/end
		height := float64(rowAxis) - max(1.5, full*min(b.failed[i], 1))
		path.Move(x, rowAxis)
		path.Line(x, height)
		path.Line(right, height)
		path.Line(right, rowAxis)
		path.Close()
	}
	return path
}

// strip draws the states of a breaker, told apart by height.
func (p *plot) strip(b Breaker, end, base float64) {
	height := map[string]float64{"closed": 2, "half_open": 6, "open": 10}
	color := map[string]string{"closed": mutedColor, "half_open": palette[3], "open": failColor}
	paths := map[string]*svg.Path{"closed": {}, "half_open": {}, "open": {}}
	state, from := "closed", 0.0
	if len(b.Transitions) > 0 {
		state = b.Transitions[0].From
	}
	draw := func(to float64) {
		if path := paths[state]; path != nil && to > from {
			path.Move(from/end, base)
			path.Line(from/end, base-height[state])
			path.Line(to/end, base-height[state])
			path.Line(to/end, base)
			path.Close()
		}
	}
	for _, t := range b.Transitions {
		draw(t.AtMS)
		state, from = t.To, t.AtMS
	}
	draw(end)
	for _, s := range []string{"closed", "half_open", "open"} {
		p.area(paths[s], "bs bs-"+s, color[s], 1)
	}
}

// brackets draws how long each recovery took.
func (p *plot) brackets(s *Strategy, end float64) {
	edge := svg.Percent(-1)
	for _, f := range s.Faults {
		to, label := f.ToMS, ""
		switch {
		case f.Recovery == "recovered" && f.RecoveredAfterMS != nil && *f.RecoveredAfterMS > 0:
			to, label = f.ToMS+*f.RecoveredAfterMS, formatDuration(*f.RecoveredAfterMS)
		case f.Recovery == "not_by_the_end":
			to, label = end, "not by the end"
		}
		from := share(f.ToMS, end)
		if label == "" || from < edge {
			continue
		}
		p.Empty("rect", "class", "ttr", "x", from, "width", share(to, end)-from, "y", 3, "height", 2, "fill", inkColor)
		x, anchor, dx := share(to, end), "start", 4
		if x > 85 {
			x, anchor, dx = share(f.ToMS, end), "end", -4
		}
		p.Text("text", label, "class", "ttrl opt", "x", x, "dx", dx, "y", 4, "dy", ".35em", "text-anchor", anchor, "fill", inkColor)
		edge = share(to, end) + 10
	}
}

// faultLane names the faults above the rows, as far as there is room.
func faultLane(d *Document, end float64) template.HTML {
	if len(d.Scenario.Faults) == 0 {
		return ""
	}
	p := newPlot("lane", "Fault windows", "When each fault was active.", 34)
	for i, f := range d.Scenario.Faults {
		p.fault(f, end, 22, 12)
		room := 100 - share(f.FromMS, end)
		if i+1 < len(d.Scenario.Faults) {
			room = share(d.Scenario.Faults[i+1].FromMS, end) - share(f.FromMS, end)
		}
		if room < 4 {
			continue
		}
		p.Begin("text", "class", "flab", "x", share(f.FromMS, end), "y", 15)
		p.Text("tspan", fmt.Sprintf("F%d", i+1), "class", "b")
		if letters := int(room/2) - 3; letters >= min(6, utf8.RuneCountInString(f.Name)) {
			p.Text("tspan", " "+shorten(f.Name, letters), "class", "opt")
		}
		p.End()
	}
	return p.HTML()
}

// steps are the distances between the labels of the time axis, in seconds.
var steps = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400}

func timeAxis(end float64) template.HTML {
	var b svg.Builder
	b.Begin("svg", "class", "fx", "width", "100%", "height", 20, "overflow", "visible", "aria-hidden", "true")
	step := 1000 * steps[len(steps)-1]
	for _, s := range steps {
		if end/(s*1000) <= 6 {
			step = s * 1000
			break
		}
	}
	for at, i := 0.0, 0; at <= end; at, i = at+step, i+1 {
		class := "tick"
		if i%2 == 1 {
			class = "tick opt"
		}
		b.Text("text", formatClock(at), "class", class, "x", share(at, end), "y", 14, "text-anchor", "middle", "fill", mutedColor)
	}
	return b.HTML()
}

func timelineHow(d *Document, data []bins) string {
	step := 0.0
	for _, b := range data {
		step = max(step, b.step)
	}
	text := fmt.Sprintf("Band: P50 to P95 per step of %s, on one logarithmic scale; it reaches the top where the P95 fails. "+
		"Red: the share of requests that failed, full height for all. Time is when a request was due.", formatDuration(step))
	if len(d.Scenario.Faults) > 0 {
		text += " Shaded: a fault. Bar after it: the time to recover."
	}
	return text
}
