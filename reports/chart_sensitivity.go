package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// sensitivityHeight is the height of the chart of a knob in pixels.
const sensitivityHeight = 180

// sensitivityChart is how the goal depends on one knob.
type sensitivityChart struct {
	Key, Take string
	SVG       template.HTML
	Rows      []sensitivityRow
}

type sensitivityRow struct {
	Value, Goal string
	Here        bool
}

// sensitivityCharts draw the goal along each knob, on one scale for all of them.
func (d *Tuning) sensitivityCharts() []sensitivityChart {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range d.Sensitivity {
		for _, p := range s.Points {
			low, high = min(low, p.Goal), max(high, p.Goal)
		}
	}
	if !(low <= high) {
		return nil
	}
	if low == high {
		low, high = low-math.Abs(low)/20-1e-9, high+math.Abs(high)/20+1e-9
	}
	y := d.goalScale(low, high)
	y.From, y.To = sensitivityHeight, 6
	var all []sensitivityChart
	for i := range d.Sensitivity {
		s := &d.Sensitivity[i]
		c := sensitivityChart{Key: s.Key, Take: d.flatText(s)}
		if len(s.Points) > 1 {
			c.SVG = d.sensitivityPlot(i, s, y).HTML()
		}
		for _, p := range s.Points {
			c.Rows = append(c.Rows, sensitivityRow{p.Value, d.plain(p.Goal), p.Here})
		}
		all = append(all, c)
	}
	return all
}

// sensitivityPlot draws one knob: the flat stretch tinted, the choice as a mark.
func (d *Tuning) sensitivityPlot(number int, s *TuningSensitivity, y svg.Scale) *plot {
	places, x := s.places()
	p := newPlot(fmt.Sprintf("sens%d", number), "The goal along "+s.Key, "The tinted stretch is where the goal is within 2% of that of the "+
		"recommended value, which has the mark. The table below has the same numbers.", sensitivityHeight)
	for _, v := range y.Ticks(28) {
		p.row(y.At(v), d.axis(v))
	}
	s.knobTicks(p, places, x)
	c := curve{x: places}
	here := 0
	p.Stretch(sensitivityHeight)
	for i, t := range s.Points {
		c.ms = append(c.ms, t.Goal)
		if t.Here {
			here = i
		}
	}
	p.area(s.flatArea(places, x), "fl c2", palette[2], 0.14)
	p.curve(curvePath(c, x, y), "ln c2", palette[2], 2, "")
	p.End()
	l := look{Hue: 2, Marker: 2, Color: palette[2]}
	for i, t := range s.Points {
		at := svg.Percent(100 * x.At(places[i]))
		p.Begin("g", "class", "pt", "data-tip", fmt.Sprintf("%s=%s|%s %s", s.Key, t.Value, d.goal(), d.plain(t.Goal)))
		if i == here {
			l.mark(&p.Builder, at, y.At(t.Goal), false)
		} else {
			p.Empty("circle", "class", "fl c2", "cx", at, "cy", y.At(t.Goal), "r", 2.2, "fill", palette[2])
		}
		p.Empty("circle", "class", "hit", "cx", at, "cy", y.At(t.Goal), "r", 8, "fill", "none", "pointer-events", "all")
		p.End()
	}
	return p
}

// places are where the values of a knob stand on its axis: by their size if all
// are numbers of one unit, else side by side.
func (s *TuningSensitivity) places() (places []float64, x svg.Scale) {
	numbers := true
	for _, p := range s.Points {
		v, ok := knobNumber(p.Value)
		places, numbers = append(places, v), numbers && ok
	}
	if !numbers {
		for i := range places {
			places[i] = float64(i)
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range places {
		low, high = min(low, v), max(high, v)
	}
	x = svg.Scale{Low: low, High: high, From: 0.02, To: 0.98, Log: numbers && low > 0 && high/low >= 20}
	return places, x
}

// knobNumber reads a duration, a percentage, a percentile such as p95 or a plain
// number.
func knobNumber(text string) (v float64, ok bool) {
	if d, err := time.ParseDuration(text); err == nil {
		return float64(d), true
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimPrefix(text, "p"), "%"), 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

// knobTicks names the first and the last value, and some between as there is
// room.
func (s *TuningSensitivity) knobTicks(p *plot, places []float64, x svg.Scale) {
	last := math.Inf(-1)
	end := x.At(places[len(places)-1])
	for i, t := range s.Points {
		at := x.At(places[i])
		if i < len(s.Points)-1 && (at-last < 0.2 || end-at < 0.2) {
			continue
		}
		last = at
		p.column(svg.Percent(100*at), shorten(t.Value, 10), i > 0 && i < len(s.Points)-1)
	}
}

// flatArea is the stretch in which the goal is near the best.
func (s *TuningSensitivity) flatArea(places []float64, x svg.Scale) *svg.Path {
	path := new(svg.Path)
	from, to := -1, -1
	for i, p := range s.Points {
		if p.Value == s.From && from < 0 {
			from = i
		}
		if p.Value == s.To {
			to = i
		}
	}
	if from < 0 || to < from {
		return path
	}
	left, right := x.At(places[from]), x.At(places[to])
	if left == right {
		left, right = left-0.004, right+0.004
	}
	path.Move(left, 0)
	path.Line(right, 0)
	path.Line(right, sensitivityHeight)
	path.Line(left, sensitivityHeight)
	path.Close()
	return path
}

// flatText says how far a knob may be moved.
func (d *Tuning) flatText(s *TuningSensitivity) string {
	if s.From == s.To {
		return fmt.Sprintf("only %s is within 2%% of the best", s.From)
	}
	return fmt.Sprintf("within 2%% of the best from %s to %s", s.From, s.To)
}

// flatTake says which knob matters most: the one along which the goal changes
// most.
func (d *Tuning) flatTake() string {
	key, most := "", 0.0
	for _, s := range d.Sensitivity {
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range s.Points {
			low, high = min(low, p.Goal), max(high, p.Goal)
		}
		if high-low > most {
			key, most = s.Key, high-low
		}
	}
	if key == "" {
		return "Nothing changes along any knob"
	}
	more := ""
	if len(d.Sensitivity) > 1 {
		more = " most"
	}
	return fmt.Sprintf("%s matters%s: %s moves by up to %s along what was tried", key, more, d.goal(), cmp.Or(d.spread(most), d.plain(most)))
}

// spread prints a difference of two values of the goal.
func (d *Tuning) spread(v float64) string {
	if d.Goal.Unit == "ratio" {
		return strings.TrimPrefix(formatPoints(v), "+")
	}
	return formatUnit(d.Goal.Unit, stats.Exactly(v))
}
