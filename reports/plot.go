package reports

import (
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// Colours of the parts of a chart for viewers without style sheets.
const (
	gridColor  = "#e6e8ec"
	axisColor  = "#c9ced6"
	inkColor   = "#15181d"
	mutedColor = "#626a77"
	failColor  = "#b3261e"
	faultColor = "#b07a00"
)

// plot is a fluid chart under construction: widths in percent, heights in
// pixels.
type plot struct {
	svg.Builder
	height int
}

// newPlot opens a chart with a title and a description for screen readers; id
// is unique on the page.
func newPlot(id, title, description string, height int) *plot {
	p := &plot{height: height}
	p.Begin("svg", "class", "fx", "width", "100%", "height", height, "overflow", "visible",
		"role", "img", "aria-labelledby", id+"-t "+id+"-d")
	p.Text("title", title, "id", id+"-t")
	p.Text("desc", description, "id", id+"-d")
	return p
}

// row draws a horizontal grid line with its label.
func (p *plot) row(y float64, label string) {
	p.Empty("line", "class", "grid", "x1", 0, "x2", "100%", "y1", y, "y2", y, "stroke", gridColor)
	p.Text("text", label, "class", "tick", "x", -8, "y", y, "dy", ".35em", "text-anchor", "end", "fill", mutedColor)
}

// column draws a vertical grid line with its label; an optional one is left out
// where it is narrow.
func (p *plot) column(x svg.Percent, label string, optional bool) {
	class := ""
	if optional {
		class = " opt"
	}
	p.Empty("line", "class", "grid"+class, "x1", x, "x2", x, "y1", 0, "y2", p.height, "stroke", gridColor)
	p.Text("text", label, "class", "tick"+class, "x", x, "y", p.height+18, "text-anchor", "middle", "fill", mutedColor)
}

// curve draws a path inside a stretched part.
func (p *plot) curve(path *svg.Path, class, color string, width float64, dash string) {
	if path.Empty() {
		return
	}
	p.Empty("path", "class", class, "d", path.String(), "vector-effect", "non-scaling-stroke", "fill", "none",
		"stroke", color, "stroke-width", width, "stroke-linejoin", "round", "stroke-dasharray", dash)
}

// area fills a path inside a stretched part.
func (p *plot) area(path *svg.Path, class, color string, opacity float64) {
	if path.Empty() {
		return
	}
	p.Empty("path", "class", class, "d", path.String(), "fill", color, "fill-opacity", opacity)
}

// figure is a chart with what the page says about it.
type figure struct {
	// Take is what the data say, How how to read the chart.
	Take, How string
	// Plot is nil where there is nothing to draw.
	Plot *plot
}
