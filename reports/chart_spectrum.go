package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

const (
	spectrumHeight = 380
	// firstPercentile is where the lines begin: the luckiest few say nothing.
	firstPercentile = 5
)

// rarity maps a percentile to the axis: each step of one is ten times rarer.
func rarity(percent float64) float64 { return -math.Log10(1 - percent/100) }

// curve is the drawable part of a spectrum.
type curve struct {
	x, ms []float64
	// ended says that the successes ran out before the axis did.
	ended bool
}

func spectrumCurve(s Spectrum) curve {
	var c curve
	for i, p := range s.Percentile {
		if i >= len(s.MS) || p >= 100 {
			break
		}
		if p < firstPercentile {
			continue
		}
		if s.MS[i] == nil || *s.MS[i] <= 0 {
			c.ended = len(c.x) > 0
			break
		}
		c.x, c.ms = append(c.x, rarity(p)), append(c.ms, *s.MS[i])
	}
	return c
}

// spectrumScales returns the axes that hold all curves; ok is false if there is
// nothing to draw.
func spectrumScales(curves []curve) (x, y svg.Scale, ok bool) {
	low, high, right := math.Inf(1), 0.0, 0.0
	for _, c := range curves {
		for i := range c.x {
			low, high, right = min(low, c.ms[i]), max(high, c.ms[i]), max(right, c.x[i])
		}
	}
	if high == 0 {
		return x, y, false
	}
	x = svg.Scale{Low: 0, High: max(right, 1), From: 0, To: 1}
	y = svg.Scale{Low: low * 0.92, High: high * 1.08, From: spectrumHeight, To: 0, Log: true}
	return x, y, true
}

// spectrumOf says which latency a spectrum is of.
type spectrumOf struct {
	id, title string
	curve     func(*Strategy) Spectrum
	// prefix is that of the metrics of objectives which limit it.
	prefix string
}

// spectrumChart draws latency over the percentile, one line per strategy.
func spectrumChart(d *Document, looks []look) *figure { return spectrumFigure("spec", d, looks) }

// spectrumFigure is [spectrumChart] under an id of its own on the page.
func spectrumFigure(id string, d *Document, looks []look) *figure {
	f := drawSpectrum(d, looks, spectrumOf{
		id: id, title: "Latency by percentile, one line per strategy", prefix: "p",
		curve: func(s *Strategy) Spectrum { return s.Spectrum },
	})
	if f != nil {
		f.Take = spectrumTake(d)
	}
	return f
}

// firstTokenChart draws the time to the first token in the same way; nil if no
// strategy shows anything before an answer is complete.
func firstTokenChart(d *Document, looks []look) *figure {
	if !slices.ContainsFunc(d.Strategies, func(s Strategy) bool { return s.FirstTokenSpectrum != nil }) {
		return nil
	}
	f := drawSpectrum(d, looks, spectrumOf{
		id: "first", title: "Time to the first token by percentile, one line per strategy", prefix: "first_token_p",
		curve: (*Strategy).firstToken,
	})
	if f != nil {
		f.Take = firstTokenTake(d)
	}
	return f
}

// firstToken is the spectrum of the first token: that of the answer where it
// comes in one piece.
func (s *Strategy) firstToken() Spectrum {
	if s.FirstTokenSpectrum != nil {
		return *s.FirstTokenSpectrum
	}
	return s.Spectrum
}

func drawSpectrum(d *Document, looks []look, of spectrumOf) *figure {
	curves := make([]curve, len(d.Strategies))
	for i := range d.Strategies {
		curves[i] = spectrumCurve(of.curve(&d.Strategies[i]))
	}
	x, y, ok := spectrumScales(curves)
	if !ok {
		return nil
	}
	p := newPlot(of.id, of.title, "Across: the percentile, each step ten times rarer. Up: latency, logarithmic. A line ends with a cross "+
		"where the rest of the requests failed. The table below has the same numbers.", spectrumHeight)
	zone := forbidden(d, of.prefix)
	zone.draw(p, x, y)
	spectrumGrid(p, x, y)
	p.Stretch(spectrumHeight)
	for _, l := range drawOrder(looks) {
		p.curve(curvePath(curves[l.Index], x, y), l.class("ln "+l.key()), l.Color, l.width(), l.Dash)
	}
	p.End()
	barred := limits(p, d, looks, of.prefix, x, y)
	ends(p, d, looks, curves, x, y)
	return &figure{Plot: p, How: "Right is rarer: each equal step holds a tenth of the requests before it. A line that stops at a ✕ has run out of " +
		"successful requests." + zone.words(x, y) + barred}
}

func curvePath(c curve, x, y svg.Scale) *svg.Path {
	path := new(svg.Path)
	for i := range c.x {
		path.To(i == 0, x.At(c.x[i]), y.At(c.ms[i]))
	}
	return path
}

func spectrumGrid(p *plot, x, y svg.Scale) {
	for _, ms := range y.Ticks(24) {
		p.row(y.At(ms), tickMS(ms))
	}
	for _, t := range []struct {
		percent  float64
		label    string
		optional bool
	}{
		{50, "P50", false},
		{90, "P90", false},
		{95, "P95", true},
		{99, "P99", false},
		{99.9, "P99.9", false},
		{99.99, "P99.99", false},
		{99.999, "P99.999", true},
	} {
		if at := rarity(t.percent); at <= x.High+0.001 {
			p.column(svg.Percent(100*x.At(at)), t.label, t.optional)
		}
	}
}

// tickMS labels an axis with a round latency.
func tickMS(ms float64) string {
	if ms >= 1000 {
		return digits(math.Round(ms)/1000, 1+decimals(ms/1000)) + " s"
	}
	return digits(ms, 1+decimals(ms)) + " ms"
}

// decimals says how many digits after the first a round value needs.
func decimals(v float64) int {
	unit := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	if lead := v / unit; math.Abs(lead-math.Round(lead)) > 1e-6 {
		return 1
	}
	return 0
}

// drawOrder puts the recommended strategy last, so that it is on top.
func drawOrder(looks []look) []look {
	list := recommendedFirst(looks)
	slices.Reverse(list)
	return list
}

// ends labels the lines: at the right edge, or at the cross where a line ends.
func ends(p *plot, d *Document, looks []look, curves []curve, x, y svg.Scale) {
	var right, crossed []look
	var heights, crosses []float64
	for _, l := range looks {
		c := curves[l.Index]
		if len(c.x) == 0 {
			continue
		}
		last := y.At(c.ms[len(c.ms)-1])
		if c.ended {
			crossed, crosses = append(crossed, l), append(crosses, last)
		} else {
			right, heights = append(right, l), append(heights, last)
		}
	}
	for i, at := range svg.Spread(crosses, 16, 8, spectrumHeight) {
		l := crossed[i]
		c, s := curves[l.Index], &d.Strategies[l.Index]
		lost := formatShare(float64(s.failed()) / float64(max(1, s.Requests)))
		crossLabel(p, l, lost, svg.Percent(100*x.At(c.x[len(c.x)-1])), crosses[i], at)
	}
	for i, at := range svg.Spread(heights, 16, 0, spectrumHeight) {
		endLabel(p, right[i], at)
	}
}

func crossLabel(p *plot, l look, lost string, x svg.Percent, y, label float64) {
	dx, anchor := 10, "start"
	if x > 70 {
		dx, anchor = -10, "end"
	}
	p.Begin("g", "class", l.key())
	p.Begin("svg", "x", x, "y", y, "overflow", "visible", "width", 1, "height", 1)
	p.Empty("path", "class", l.class("ln"), "d", "M-4.5-4.5l9 9M4.5-4.5l-9 9", "stroke", l.Color, "stroke-width", 2.2, "fill", "none")
	p.End()
	p.Begin("text", "class", l.label()+" opt", "x", x, "dx", dx, "y", label, "dy", ".35em", "text-anchor", anchor, "fill", l.Color)
	p.Text("tspan", l.Name)
	p.Text("tspan", " · "+lost+" failed", "class", "flab")
	p.End()
	p.Text("title", l.Full)
	p.End()
}

func endLabel(p *plot, l look, at float64) {
	p.Begin("g", "class", l.key()+" gut")
	p.Begin("svg", "x", "100%", "y", at, "overflow", "visible", "width", 1, "height", 1)
	l.mark(&p.Builder, 13, 0, false)
	p.Text("text", l.Name, "class", l.label(), "x", 23, "y", 0, "dy", ".35em", "fill", l.Color)
	p.End()
	p.Text("title", l.Full)
	p.End()
}

func spectrumTake(d *Document) string {
	lost := 0
	for i := range d.Strategies {
		if d.Strategies[i].lost(99) {
			lost++
		}
	}
	text, all := "", ofAll(lost, len(d.Strategies))+" fail"
	if lost == 1 {
		all += "s"
	}
	if s := d.find(d.Verdict.Recommend); s != nil {
		text = s.tail()
	}
	switch {
	case lost > 0 && text != "":
		return fmt.Sprintf("%s; %s before P99", text, all)
	case lost > 0:
		return fmt.Sprintf("%s before P99", all)
	case text != "":
		return text
	default:
		return "No strategy runs out of answers before P99"
	}
}

// tail says in words how late the last answers come.
func (s *Strategy) tail() string {
	switch p95, p99 := s.LatencyMS.P95, s.LatencyMS.P99; {
	case s.lost(95):
		return s.Name + " has no P95"
	case s.lost(99) || !p99.Known():
		return fmt.Sprintf("%s has a P95 of %s", s.Name, latencyText(p95, s, 95))
	default:
		return fmt.Sprintf("%s has a P95 of %s and a P99 of %s", s.Name, latencyText(p95, s, 95), formatMS(p99.Value))
	}
}

// firstTokenTake says when the recommended strategy, else the baseline, begins to
// speak.
func firstTokenTake(d *Document) string {
	s := d.find(d.Verdict.Recommend)
	if s == nil {
		s = d.find(d.Baseline)
	}
	if s == nil || !s.FirstTokenMS.P50.Known() || !s.FirstTokenMS.P95.Known() {
		return "When the first token of an answer is shown"
	}
	return fmt.Sprintf("%s shows its first token after %s (P50) and %s (P95)", s.Name,
		formatMS(s.FirstTokenMS.P50.Value), formatMS(s.FirstTokenMS.P95.Value))
}

func ofAll(n, all int) string { return fmt.Sprintf("%d of %s", n, plural(all, "strategy")) }
