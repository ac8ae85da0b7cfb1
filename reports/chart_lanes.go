package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// fault shades the times in which a fault was active.
func (p *plot) fault(f *ScenarioFault, end float64, y, height int) {
	for _, s := range f.Spans() {
		p.span(s, end, y, height)
	}
}

func (p *plot) span(s Span, end float64, y, height int) {
	from, to := share(s.FromMS, end), share(s.ToMS, end)
	if to <= from {
		return
	}
	p.Empty("rect", "class", "fault", "x", from, "width", to-from, "y", y, "height", height,
		"fill", faultColor, "fill-opacity", 0.15)
}

func share(ms, end float64) svg.Percent {
	return svg.Percent(100 * min(max(ms/end, 0), 1))
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

// brackets draws how long each recovery took; those from incidents have no place,
// since only the longest is known.
func (p *plot) brackets(d *Document, s *Strategy, end float64) {
	edge := svg.Percent(-1)
	for i, f := range s.Faults {
		if i < len(d.Scenario.Faults) && d.Scenario.Faults[i].Incidents != nil {
			continue
		}
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
	spells := spellsOf(d)
	for i, l := range spells {
		p.span(l.Span, end, 22, 12)
		room := 100 - share(l.FromMS, end)
		if i+1 < len(spells) {
			room = share(spells[i+1].FromMS, end) - share(l.FromMS, end)
		}
		if room < 4 {
			continue
		}
		p.Begin("text", "class", "flab", "x", share(l.FromMS, end), "y", 15)
		p.Text("tspan", fmt.Sprintf("F%d", l.number), "class", "b")
		if letters := int(room/2) - 3; letters >= min(6, utf8.RuneCountInString(l.name)) {
			p.Text("tspan", " "+shorten(l.name, letters), "class", "opt")
		}
		p.End()
	}
	return p.HTML()
}

// spell is a time in which a fault was active.
type spell struct {
	Span
	number int // of the fault, from 1
	name   string
}

// spellsOf returns the spells of all faults, by beginning.
func spellsOf(d *Document) (all []spell) {
	for i, f := range d.Scenario.Faults {
		for _, s := range f.Spans() {
			all = append(all, spell{s, i + 1, f.Name})
		}
	}
	slices.SortStableFunc(all, func(a, b spell) int { return cmp.Compare(a.FromMS, b.FromMS) })
	return all
}

// steps are the distances between the labels of the time axis, in seconds.
var steps = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400}

func timeAxis(end float64) template.HTML {
	var b svg.Builder
	b.Begin("svg", "class", "fx", "width", "100%", "height", 20, "overflow", "visible", "aria-hidden", "true")
	step := max(1000*steps[len(steps)-1], end/6)
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
