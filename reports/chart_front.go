package reports

import (
	"fmt"
	"math"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// frontAxes say which two metrics the chart of a front is of.
type frontAxes struct {
	numbers     []int // of the settings on the front
	x, y        TuningMetric
	xWord       string
	yWord       string
	limit       float64 // to be reached upwards; NaN for none
	stairs      bool    // the front is one of these two metrics alone
	explanation string
}

// frontAxes returns what there is a front of; ok is false without any.
func (d *Tuning) frontAxes() (a frontAxes, ok bool) {
	switch {
	case d.Breaker != nil:
		a = frontAxes{
			numbers: d.Breaker.Front, limit: math.NaN(), xWord: "calls wasted on a model that is down, per request", yWord: "requests rejected although the model would have answered",
			explanation: "Left and low is better: a breaker that opens early rejects what would have been answered, one that opens late wastes calls. The small marks are settings that no other beats in success, wasted calls, rejected requests and overhang at once, by the means over the scenarios.",
		}
		a.x, _ = d.metric("wasted")
		a.y, ok = d.metric("rejected")
	case d.Panel != nil:
		a = frontAxes{
			numbers: d.Panel.Front, limit: d.Panel.Accuracy, xWord: "cost of 1,000 requests", yWord: "share answered rightly", stairs: true,
			explanation: "Left and high is better. The line joins the panels that no cheaper one beats, on the votes of the choice; the dashed line is what was asked for. Large marks: as measured on fresh requests.",
		}
		a.x, _ = d.metric("usd_per_1000")
		a.y, ok = d.metric("right")
	}
	return a, ok && len(a.numbers) > 0
}

// frontChart draws the settings that nothing beats, and those that were measured
// on fresh seeds.
func (d *Tuning) frontChart(looks []look) *figure {
	a, ok := d.frontAxes()
	if !ok {
		return nil
	}
	front, spots := d.frontCurve(a), d.frontSpots(a, looks)
	x, y, ok := frontScales(a, front, spots)
	if !ok {
		return nil
	}
	p := newPlot("front", "What nothing beats", capital(a.yWord)+" over "+a.xWord+". The table of settings has the same numbers.", tradeOffHeight)
	for _, v := range y.Ticks(28) {
		p.row(y.At(v), trim(digits(100*v, 4))+"%")
	}
	for i, v := range x.Ticks(0.14) {
		label := formatUnit(a.x.Unit, stats.Exactly(v))
		p.column(svg.Percent(100*x.At(v)), label, i%2 == 1)
	}
	p.Stretch(tradeOffHeight)
	if a.stairs {
		p.curve(stairs(front, x, y), "ln c2", palette[2], 1.6, "")
	}
	for _, s := range spots {
		p.curve(cross(s, x, y), s.class("ln "+s.key()), s.Color, 1.4, "")
	}
	p.End()
	if !math.IsNaN(a.limit) {
		p.mark(y.At(a.limit), inkColor, "5 4")
	}
	for i := range front.x {
		p.Empty("circle", "class", "fl c2", "cx", svg.Percent(100*x.At(front.x[i])), "cy", y.At(front.ms[i]), "r", 2.4, "fill", palette[2])
	}
	marks(p, spots, x, y)
	return &figure{Plot: p, Take: fmt.Sprintf("%s that nothing beats", plural(len(a.numbers), "setting")), How: a.explanation}
}

// frontCurve are the settings of the front as predicted.
func (d *Tuning) frontCurve(a frontAxes) (c curve) {
	for _, i := range a.numbers {
		if i < 0 || i >= len(d.Settings) {
			continue
		}
		x, y := known(d.Settings[i].Predicted, a.x.Name), known(d.Settings[i].Predicted, a.y.Name)
		if x.Known() && y.Known() {
			c.x, c.ms = append(c.x, x.Value), append(c.ms, y.Value)
		}
	}
	return c
}

// frontSpots are the settings that were measured on fresh seeds; only those that
// count have labels, for the names may be long.
func (d *Tuning) frontSpots(a frontAxes, looks []look) (spots []spot) {
	for _, l := range looks {
		s := &d.Settings[l.Index]
		x, y := s.at(a.x.Name), s.at(a.y.Name)
		if !x.Known() || !y.Known() {
			continue
		}
		if !l.Rec && !l.Base {
			l.Name = ""
		}
		spots = append(spots, spot{
			look: l, cost: x, p95: y, tip: fmt.Sprintf("%s|%s %s|%s %s", l.Full, a.yWord, formatUnit(a.y.Unit, y), a.xWord, formatUnit(a.x.Unit, x)),
		})
	}
	return spots
}

// frontScales hold the front and the marks, not all of their intervals.
func frontScales(a frontAxes, front curve, spots []spot) (x, y svg.Scale, ok bool) {
	left, right, low, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	add := func(x, y float64) {
		left, right, low, high = min(left, x), max(right, x), min(low, y), max(high, y)
	}
	for i := range front.x {
		add(front.x[i], front.ms[i])
	}
	for _, s := range spots {
		add(s.cost.Value, s.p95.Value)
	}
	if !math.IsNaN(a.limit) {
		low, high = min(low, a.limit), max(high, a.limit)
	}
	const least = 1e-6 // an axis without an extent tells nothing
	if !(right-left > least) || !(high-low > least) {
		return x, y, false
	}
	air, lift := 0.06*(right-left), 0.08*(high-low)
	x = svg.Scale{Low: max(0, left-air), High: right + air, From: 0, To: 1}
	y = svg.Scale{Low: max(0, low-lift), High: high + lift, From: tradeOffHeight, To: 8}
	return x, y, true
}
