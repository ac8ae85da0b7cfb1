package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// abHeight is the height of the chart of an A/B test in pixels.
const abHeight = 200

// abTest is an A/B test on the page.
type abTest struct {
	Look     look
	Headline string
	Arms     []abArm
	Chart    *drawn
}

// abArm is a row of its table.
type abArm struct {
	Name, Target string
	Cells        []string
}

func abTests(d *Document, looks []look) []abTest {
	var list []abTest
	for _, l := range looks {
		ab := d.Strategies[l.Index].AB
		if ab == nil {
			continue
		}
		challenger := "challenger"
		if ab.Shadow {
			challenger += ", in the shadow"
		}
		list = append(list, abTest{
			Look: l, Headline: ab.headline(), Chart: finish(abChart(ab, l)),
			Arms: []abArm{
				{"control", ab.Control.Target, armCells(&ab.Control)},
				{challenger, ab.Challenger.Target, armCells(&ab.Challenger)},
			},
		})
	}
	return list
}

// abChart draws the effect with its interval over the requests.
func abChart(ab *AB, l look) *figure {
	f := &figure{
		Take: capital(ab.sentence()),
		How: "The line is the difference, challenger less control, after so many requests; the band its interval, which holds at " +
			"every moment at once. Dashed: the minimum effect. The upright line is where the verdict was first clear.",
	}
	s := ab.Sequence
	value, low, high := abCurve(s.Requests, s.Value), abCurve(s.Requests, s.Low), abCurve(s.Requests, s.High)
	x, y, ok := abScales(ab, value, low, high)
	if !ok {
		return f
	}
	p := newPlot(fmt.Sprintf("ab%d", l.Index), "The difference between the arms over the requests",
		"Across: requests so far. Up: challenger less control. "+f.Take, abHeight)
	for _, v := range y.Ticks(24) {
		p.row(y.At(v), ab.tick(v))
	}
	for i, v := range x.Ticks(0.16) {
		p.column(svg.Percent(100*x.At(v)), formatCount(int(v)), i%2 == 1)
	}
	p.Stretch(abHeight)
	p.area(band(low, high, x, y), l.class("band"), l.Color, 0.18)
	p.curve(curvePath(value, x, y), l.class("ln"), l.Color, 2, "")
	p.End()
	p.mark(y.At(0), axisColor, "")
	p.mark(y.At(ab.target()), inkColor, "5 4")
	if ab.DecidedAt > 0 {
		at := svg.Percent(100 * x.At(float64(ab.DecidedAt)))
		p.Empty("line", "x1", at, "x2", at, "y1", 0, "y2", abHeight, "stroke", mutedColor, "stroke-width", 1.5)
	}
	f.Plot = p
	return f
}

// mark draws a line across.
func (p *plot) mark(y float64, color, dash string) {
	p.Empty("line", "class", "mark", "x1", 0, "x2", "100%", "y1", y, "y2", y, "stroke", color, "stroke-dasharray", dash)
}

// target is the effect from which on the challenger is promoted.
func (ab *AB) target() float64 {
	if ab.Metric == "latency" || ab.Metric == "cost" {
		return -ab.MinimumEffect
	}
	return ab.MinimumEffect
}

// tick labels the axis of the effect.
func (ab *AB) tick(v float64) string {
	switch ab.Unit {
	case "ms":
		return signedText(v, tickMS)
	case "usd_per_1000":
		return signedText(v, formatUSD)
	default:
		return formatPoints(v)
	}
}

func abCurve(requests []int, values []*float64) curve {
	var c curve
	for i := range min(len(requests), len(values)) {
		if values[i] != nil {
			c.x, c.ms = append(c.x, float64(requests[i])), append(c.ms, *values[i])
		}
	}
	return c
}

// abScales returns axes that show the interval once it has become about three
// times as wide as it is in the end; the wide beginning is cut off.
func abScales(ab *AB, value, low, high curve) (x, y svg.Scale, ok bool) {
	n := len(value.x)
	if n == 0 || len(low.x) == 0 || len(high.x) == 0 {
		return x, y, false
	}
	const wide = 3
	middle := value.ms[n-1]
	half := wide * (high.ms[len(high.ms)-1] - low.ms[len(low.ms)-1]) / 2
	bottom, top := min(middle-half, 0, ab.target()), max(middle+half, 0, ab.target())
	margin := 0.05 * (top - bottom)
	x = svg.Scale{Low: 0, High: value.x[n-1], From: 0, To: 1}
	y = svg.Scale{Low: bottom - margin, High: top + margin, From: abHeight, To: 0}
	return x, y, top > bottom && !math.IsInf(top-bottom, 0)
}

// band is the area between two curves.
func band(low, high curve, x, y svg.Scale) *svg.Path {
	path := curvePath(low, x, y)
	for i, requests := range slices.Backward(high.x) {
		path.Line(x.At(requests), y.At(high.ms[i]))
	}
	if !path.Empty() {
		path.Close()
	}
	return path
}

func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
