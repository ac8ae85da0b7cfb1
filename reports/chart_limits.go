package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// limit is the upper bound that an objective sets to one percentile of the whole
// run.
type limit struct {
	percent, ms float64
	text        string
}

// limitsOf returns the limits of a strategy for the metrics with the prefix, such
// as p for p95, by percentile.
func (d *Document) limitsOf(name, prefix string) []limit {
	var list []limit
	for _, o := range d.objectivesOf(name) {
		percent, ok := percentOf(o.metric(), prefix)
		if !ok || o.Unit != "ms" || o.Limit == nil || !strings.HasPrefix(o.bound(), "≤") && !strings.HasPrefix(o.bound(), "<") {
			continue
		}
		list = append(list, limit{percent, *o.Limit, o.short()})
	}
	slices.SortFunc(list, func(a, b limit) int { return cmp.Compare(a.percent, b.percent) })
	return list
}

// percentOf reads the percentile of a metric that is one and nothing else: p95 is
// 95, p99_9 and p999 are 99.9.
func percentOf(metric, prefix string) (percent float64, ok bool) {
	digits, ok := strings.CutPrefix(metric, prefix)
	if !ok || len(digits) < 2 {
		return 0, false
	}
	percent, err := strconv.ParseFloat(digits[:2]+"."+strings.TrimLeft(digits[2:], "_.")+"0", 64)
	return percent, err == nil
}

// limits marks the limits of the strategies that are not recommended, and says so.
func limits(p *plot, d *Document, looks []look, prefix string, x, y svg.Scale) string {
	words := ""
	for _, l := range looks {
		if l.Rec {
			continue
		}
		for _, m := range d.limitsOf(l.Full, prefix) {
			if m.ms < y.Low || m.ms > y.High || rarity(m.percent) > x.High {
				continue
			}
			at, height := svg.Percent(100*x.At(rarity(m.percent))), y.At(m.ms)
			p.Begin("g", "class", l.key())
			p.Empty("line", "class", l.class("ln"), "x1", at-1.4, "x2", at+1.4, "y1", height, "y2", height, "stroke", l.Color, "stroke-width", 4)
			p.Text("title", l.Full+": "+m.text)
			p.End()
			words = " A short bar marks a limit, in the colour of its strategy."
		}
	}
	return words
}

// zone is where the recommended strategy would break its limits.
type zone struct {
	name   string
	limits []limit
}

func forbidden(d *Document, prefix string) zone {
	return zone{d.Verdict.Recommend, d.limitsOf(d.Verdict.Recommend, prefix)}
}

// seen returns the limits that are inside the chart.
func (z zone) seen(x, y svg.Scale) []limit {
	return slices.DeleteFunc(slices.Clone(z.limits), func(m limit) bool { return m.ms >= y.High || m.ms < y.Low || rarity(m.percent) > x.High+0.001 })
}

// draw tints, up to each limited percentile, what lies above the lowest limit
// that holds there, with a dotted edge.
func (z zone) draw(p *plot, x, y svg.Scale) {
	seen := z.seen(x, y)
	from := svg.Percent(0)
	for i, m := range seen {
		ms := m.ms
		for _, later := range seen[i+1:] {
			ms = min(ms, later.ms)
		}
		to, height := svg.Percent(100*x.At(rarity(m.percent))), y.At(ms)
		p.Empty("rect", "class", "badzone", "x", from, "y", 0, "width", to-from, "height", height, "fill", failColor, "fill-opacity", 0.07)
		p.dotted(from, to, height, height)
		next := 0.0
		if i+1 < len(seen) {
			next = y.At(seen[i+1].ms)
		}
		p.dotted(to, to, min(next, height), height)
		from = to
	}
}

func (p *plot) dotted(x1, x2 svg.Percent, y1, y2 float64) {
	p.Empty("line", "class", "edge", "x1", x1, "x2", x2, "y1", y1, "y2", y2, "stroke", failColor, "stroke-width", 1.2, "stroke-dasharray", "2 3")
}

// words explains the zone.
func (z zone) words(x, y svg.Scale) string {
	var texts []string
	for _, m := range z.seen(x, y) {
		texts = append(texts, m.text)
	}
	if len(texts) == 0 {
		return ""
	}
	return " Tinted: where " + z.name + " would break " + allOf(texts) + "."
}
