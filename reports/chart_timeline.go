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
	for i := range d.Scenario.Faults {
		p.fault(&d.Scenario.Faults[i], end, 0, p.height)
	}
	ticks := y.Ticks(22)
	if len(ticks) < 2 { // one alone says nothing of the scale
		ticks = y.Ticks(15)
	}
	for _, ms := range ticks {
		p.Empty("line", "class", "grid", "x1", 0, "x2", "100%", "y1", y.At(ms), "y2", y.At(ms), "stroke", gridColor)
		p.Text("text", tickMS(ms), "class", "tick", "x", -6, "y", y.At(ms), "dy", ".35em", "text-anchor", "end", "fill", mutedColor)
	}
	p.Empty("line", "class", "axis", "x1", 0, "x2", "100%", "y1", rowAxis, "y2", rowAxis, "stroke", axisColor)
	p.StretchAcross(b.across(end), p.height)
	p.area(bandPath(b, end, y), l.class("band"), l.Color, 0.2)
	p.curve(edgePath(b, end, y), l.class("ln"), l.Color, 1.2, "")
	p.area(failureBars(b, end), "err", failColor, 1)
	p.End()
	p.Stretch(p.height)
	for i, breaker := range strips {
		p.strip(breaker, end, float64(rowAxis+stripStep*(i+1)))
	}
	p.End()
	p.brackets(d, s, end)
	return p.HTML()
}

// bandPath returns the area between P50 and P95. A P95 that failures took away
// is above everything, so the band reaches the top; where the P50 failed too
// there is a gap.
func bandPath(b bins, end float64, y svg.Scale) *svg.Path {
	path := &svg.Path{Across: b.across(end)}
	for i := 0; i < len(b.at); i++ {
		first := i
		for i < len(b.at) && !math.IsNaN(b.p50[i]) {
			i++
		}
		for j := first; j < i; j++ {
			path.To(j == first, b.middle(j, end), b.height(j, y))
		}
		for j := i - 1; j >= first; j-- {
			path.Line(b.middle(j, end), y.At(b.p50[j]))
		}
		if i > first {
			path.Close()
		}
	}
	return path
}

// edgePath returns the upper edge of the band, which goes on along the top where
// even the P50 failed.
func edgePath(b bins, end float64, y svg.Scale) *svg.Path {
	path, pen := &svg.Path{Across: b.across(end)}, false
	for i := range b.at {
		if math.IsNaN(b.p95[i]) && !(b.failed[i] > 0) { // no requests
			pen = false
			continue
		}
		path.To(!pen, b.middle(i, end), b.height(i, y))
		pen = true
	}
	return path
}

// across is the width of the coordinates: two units for each step, so that its
// ends and its middle are whole numbers.
func (b bins) across(end float64) int {
	if b.step <= 0 {
		return svg.Width
	}
	return 2 * int(math.Ceil(end/b.step))
}

// middle is where a step stands, as a share of the run.
func (b bins) middle(i int, end float64) float64 { return (b.at[i] + b.step/2) / end }

// height is that of the P95 of a step.
func (b bins) height(i int, y svg.Scale) float64 {
	if math.IsNaN(b.p95[i]) {
		return y.To
	}
	return y.At(b.p95[i])
}

// failureBars draws the share of failures of each step; the least failure is
// still seen. Neighbours are one shape.
func failureBars(b bins, end float64) *svg.Path {
	path, full := &svg.Path{Across: b.across(end)}, float64(rowAxis-bandBottom-4)
	height := func(i int) float64 { // 0 where nothing failed
		if i < 0 || i >= len(b.at) || !(b.failed[i] > 0) {
			return 0
		}
		return max(1.5, full*min(b.failed[i], 1))
	}
	for i := range b.at {
		before, own, after := height(i-1), height(i), height(i+1)
		if own == 0 {
			continue
		}
		left, right := b.at[i]/end, (b.at[i]+b.step)/end
		if before == 0 {
			path.Move(left, rowAxis)
		}
		if before != own {
			path.Line(left, rowAxis-own)
		}
		if after != own {
			path.Line(right, rowAxis-own)
		}
		if after == 0 {
			path.Line(right, rowAxis)
			path.Close()
		}
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
