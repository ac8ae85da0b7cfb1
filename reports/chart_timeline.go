package reports

import (
	"fmt"
	"html/template"
	"math"
	"slices"

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
