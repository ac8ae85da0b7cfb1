package reports

import (
	"fmt"
	"math"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// tradeOffHeight is the height of the chart of a trade-off in pixels.
const tradeOffHeight = 340

// extra says which extra load is on the axis of a trade-off.
type extra struct {
	metric string // from which 1 is to be taken
	label  string
}

// extra returns it: requests, or cost where the budget is one of cost.
func (d *Tuning) extra() extra {
	if d.Hedge != nil && d.Hedge.BudgetOf == "cost" {
		m, _ := d.metric(costMetric)
		return extra{m.Name, "extra cost, as a share of that without hedging"}
	}
	m, _ := d.metric("attempts")
	return extra{m.Name, "extra calls to models, as a share of requests"}
}

// root spreads small shares: the axis of extra load is one of square roots.
func root(share float64) float64 { return math.Copysign(math.Sqrt(math.Abs(share)), share) }

// spotOf places a setting; ok is false if its load is not known.
func (d *Tuning) spotOf(l look, metric string) (s spot, ok bool) {
	setting := &d.Settings[l.Index]
	load, goal := setting.at(metric), setting.at(d.Goal.Metric)
	if !load.Known() {
		return s, false
	}
	return spot{
		look: l, cost: stats.Between(root(load.Value-1), root(load.Low-1), root(load.High-1)), p95: goal, lost: !goal.Known(),
		tip: fmt.Sprintf("%s|%s %s|extra %s", l.Full, d.goal(), withInterval(goal, d.plain, formatUnit(d.Goal.Unit, goal)), formatShare(max(0, load.Value-1))),
	}, true
}

// tradeOffChart draws the goal over the extra load: what is best for each load,
// and the settings that were measured. It is nil without anything to draw.
func (d *Tuning) tradeOffChart(looks []look) *figure {
	var spots []spot
	for _, l := range looks {
		if s, ok := d.spotOf(l, d.extra().metric); ok {
			spots = append(spots, s)
		}
	}
	best, pure := d.tradeOffCurves()
	x, y, ok := d.tradeOffScales(spots, best, pure)
	if len(best.x) < 2 || !ok {
		return nil
	}
	p := newPlot("trade", "The goal over the extra load", "Each mark is a setting that was measured; left is cheaper. "+
		"The line is the best that can be had for so much extra load. The tables have the same numbers.", tradeOffHeight)
	for _, v := range y.Ticks(28) {
		p.row(y.At(v), d.axis(v))
	}
	wide := math.Inf(-1)
	for _, share := range shareTicks(x) {
		at := x.At(root(share))
		narrow := at-wide < 0.17
		if !narrow {
			wide = at
		}
		p.column(svg.Percent(100*at), formatShare(share), narrow)
	}
	failStrip(p, spots)
	p.Stretch(tradeOffHeight)
	p.curve(curvePath(pure, x, y), "ln c3", palette[3], 1.6, dashes[3])
	if d.Hedge != nil {
		p.curve(curvePath(best, x, y), "ln c2", palette[2], 2, "")
	} else {
		p.curve(stairs(best, x, y), "ln c2", palette[2], 2, "")
	}
	for _, s := range spots {
		p.curve(cross(s, x, y), s.class("ln "+s.key()), s.Color, 1.4, "")
	}
	p.End()
	d.budgetLine(p, x)
	marks(p, spots, x, y)
	return &figure{Plot: p, Take: d.tradeOffTake(), How: d.tradeOffHow()}
}

// tradeOffCurves are the best values, and those of pure delays, over the load.
func (d *Tuning) tradeOffCurves() (best, pure curve) {
	for _, t := range d.TradeOff {
		best.x, best.ms = append(best.x, root(t.Extra)), append(best.ms, t.Value)
		if t.Pure != nil {
			pure.x, pure.ms = append(pure.x, root(t.Extra)), append(pure.ms, *t.Pure)
		}
	}
	return best, pure
}

// stairs steps through the points that nothing beats.
func stairs(c curve, x, y svg.Scale) *svg.Path {
	path := new(svg.Path)
	for i := range c.x {
		if i > 0 {
			path.Line(x.At(c.x[i]), y.At(c.ms[i-1]))
		}
		path.To(i == 0, x.At(c.x[i]), y.At(c.ms[i]))
	}
	if n := len(c.x); n > 0 {
		path.Line(x.To, y.At(c.ms[n-1]))
	}
	return path
}

// tradeOffScales returns axes that hold the curves and the marks; the top is kept
// free for settings without a value.
func (d *Tuning) tradeOffScales(spots []spot, curves ...curve) (x, y svg.Scale, ok bool) {
	left, right, low, high, strip := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1), 8.0
	add := func(load, goal stats.Estimate) {
		left, right = min(left, load.Low), max(right, load.High)
		if goal.Known() {
			low, high = min(low, goal.Low), max(high, goal.High)
		} else {
			strip = 34
		}
	}
	for _, c := range curves {
		for i := range c.x {
			add(bounded(stats.Exactly(c.x[i])), bounded(stats.Exactly(c.ms[i])))
		}
	}
	for _, s := range spots {
		add(bounded(s.cost), bounded(s.p95))
	}
	if !(left < right) || !(low < high) || math.IsInf(high-low, 0) {
		return x, y, false
	}
	margin := 0.06 * (right - left)
	x = svg.Scale{Low: left - margin/2, High: right + margin, From: 0, To: 1}
	y = d.goalScale(low, high)
	y.From, y.To = tradeOffHeight, strip
	return x, y, true
}

// goalScale holds values of the goal with some air; it is logarithmic where they
// differ much.
func (d *Tuning) goalScale(low, high float64) svg.Scale {
	if low > 0 && high/low > 4 {
		return svg.Scale{Low: low / 1.1, High: high * 1.1, Log: true}
	}
	air := 0.08 * (high - low)
	return svg.Scale{Low: low - air, High: high + air}
}

// axis labels an axis of the goal.
func (d *Tuning) axis(v float64) string {
	switch {
	case d.Goal.Unit == "ms" && v == 0:
		return "0"
	case d.Goal.Unit == "ms":
		return signedTick(v)
	case d.Goal.Unit == "ratio":
		return trim(digits(100*v, 4)) + "%"
	case d.Goal.Unit == "usd":
		return formatUSD(v)
	default:
		return trim(digits(v, 4))
	}
}

// signedTick labels a round latency, which may be a difference, on a linear axis.
func signedTick(ms float64) string {
	text, unit := ms, " ms"
	if math.Abs(ms) >= 1000 {
		text, unit = ms/1000, " s"
	}
	return trim(digits(text, 4)) + unit
}

// shareTicks are round shares that fit side by side.
func shareTicks(x svg.Scale) (ticks []float64) {
	last := math.Inf(-1)
	for _, share := range []float64{-1, -0.5, -0.2, -0.1, 0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10} {
		if at := root(share); at >= x.Low && at <= x.High && x.At(at)-last >= 0.09 {
			ticks, last = append(ticks, share), x.At(at)
		}
	}
	return ticks
}

// budgetLine draws how much extra load was allowed.
func (d *Tuning) budgetLine(p *plot, x svg.Scale) {
	if d.Hedge == nil || root(d.Hedge.Budget) > x.High {
		return
	}
	at := svg.Percent(100 * x.At(root(d.Hedge.Budget)))
	p.Empty("line", "class", "baseln", "x1", at, "x2", at, "y1", 0, "y2", tradeOffHeight, "stroke", mutedColor, "stroke-dasharray", "3 3")
	p.Text("text", "budget", "class", "tick", "x", at, "y", -6, "text-anchor", "middle", "fill", mutedColor)
}

func (d *Tuning) tradeOffTake() string {
	first, last := d.TradeOff[0], d.TradeOff[len(d.TradeOff)-1]
	return fmt.Sprintf("From %s at %s extra to %s at %s", d.plain(first.Value), formatShare(first.Extra), d.plain(last.Value), formatShare(last.Extra))
}

func (d *Tuning) tradeOffHow() string {
	better := "low"
	if d.Goal.Maximize {
		better = "high"
	}
	text := "Left and " + better + " is better. The marks are settings as measured, with 95% intervals. "
	if d.Hedge == nil {
		return text + "The stepped line joins the settings that no other beats on both axes, on the data of the choice. The axis below is one of square roots."
	}
	return text + "The line is the best hedge for each budget by the samples of the two models alone, dashed the best without a coin. " +
		"Marks may lie off the line: they were measured under load, with other random numbers. The axis below is one of square roots."
}

// tradeOffRow is a point of the trade-off in its table.
type tradeOffRow struct{ Extra, Value, Pure, Settings string }

func (d *Tuning) tradeOffRows() (rows []tradeOffRow) {
	for _, t := range d.TradeOff[:min(len(d.TradeOff), mostTried)] {
		row := tradeOffRow{formatShare(t.Extra), d.plain(t.Value), "", shorten(valuesText(t.Values), 160)}
		if t.Pure != nil {
			row.Pure = d.plain(*t.Pure)
		}
		rows = append(rows, row)
	}
	return rows
}
