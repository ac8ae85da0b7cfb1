package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// realised heads the column of what came true.
const realised = "realised"

// otherHues are the colours of settings that are neither recommended nor current,
// in turn; those two have the colours of a hedge and of a baseline.
var otherHues = []int{1, 3, 5, 4, 6, 7}

// looks returns the look of each setting that was measured on fresh seeds, in the
// order of the table; Index is its number among all.
func (d *Tuning) looks() []look {
	var list []look
	others := 0
	for _, i := range d.shown() {
		s := &d.Settings[i]
		l := look{
			Index: i, Name: shorten(s.Name, 16), Full: s.Name,
			Rec: d.Recommended != nil && i == *d.Recommended, Base: d.Current != nil && i == *d.Current,
		}
		switch {
		case l.Rec:
			l.Hue, l.Marker, l.Name = 2, 2, "recommended"
		case l.Base:
			l.Hue, l.Marker, l.Name = 0, 0, "current"
		default:
			if strings.Contains(s.Name, "=") { // values, which would fill the chart
				l.Name = ""
			}
			l.Hue = otherHues[others%len(otherHues)]
			l.Marker = (l.Hue + others/len(otherHues)) % len(shapes)
			others++
		}
		l.Color = palette[l.Hue]
		list = append(list, l)
	}
	return list
}

// scoreboard compares the settings that were measured on fresh seeds.
func (d *Tuning) scoreboard(looks []look) scoreboard {
	board := scoreboard{First: "Setting", How: d.scoreHow()}
	for _, l := range looks {
		row := scoreRow{Look: l, Tags: l.tags("current")}
		if slices.Contains(d.Tied, l.Index) {
			row.Tags = append(row.Tags, tag{"tied", true})
		}
		switch d.Settings[l.Index].State {
		case TuneInfeasible:
			row.Text = "misses a constraint"
		case TuneReference:
			row.Text = "for comparison only"
		case TuneBeaten:
			row.Text = "beaten"
		}
		board.Rows = append(board.Rows, row)
	}
	goal := TuningMetric{d.Goal.Metric, d.Goal.Unit}
	sort := "a"
	if d.Goal.Maximize {
		sort = "d"
	}
	scale := d.scale(looks, goal, true)
	if base := d.setting(d.Current); base != nil && base.at(goal.Name).Known() && slices.ContainsFunc(looks, func(l look) bool { return l.Base }) {
		board.Shared = tickAt("b0", scale.At(base.at(goal.Name).Value))
	}
	d.column(&board, scoreHead{d.goal() + ", predicted", sort}, goal, scale, func(s *TuningSetting) map[string]stats.Estimate { return s.Predicted })
	d.column(&board, scoreHead{realised, sort}, goal, scale, func(s *TuningSetting) map[string]stats.Estimate { return s.Realised })
	for _, m := range d.Metrics {
		if m.Name != d.Goal.Metric {
			d.column(&board, scoreHead{d.short(m.Name), "a"}, m, d.scale(looks, m, false), func(s *TuningSetting) map[string]stats.Estimate { return s.Realised })
		}
	}
	return board
}

// short is the name of a metric without the strategy that the goal is of.
func (d *Tuning) short(metric string) string {
	subject := strings.TrimSuffix(d.subject(), ".")
	return strings.TrimPrefix(strings.TrimPrefix(metric, subject), ".")
}

// subject is what the names of the goal's metrics begin with, with the point.
func (d *Tuning) subject() string {
	if m, ok := d.metric("attempts"); ok {
		return strings.TrimSuffix(m.Name, "attempts")
	}
	subject, _, _ := strings.Cut(d.Goal.Metric, ".")
	return subject + "."
}

func (d *Tuning) scoreHow() string {
	return fmt.Sprintf("Predicted is what a setting did on the %s that the choice was made on, realised what it did on %s. "+
		"The dot is the mean, the pale bar its 95%% interval across them%s. The other columns are realised ones.",
		plural(len(d.Seeds.Choice), strings.TrimPrefix(d.fresh(), "fresh ")), plural(len(d.Seeds.Fresh), d.fresh()), d.tickText())
}

func (d *Tuning) tickText() string {
	if d.Current == nil {
		return ""
	}
	return ", the grey tick the current setting"
}

// column adds a metric to the table, of predicted or of realised figures.
func (d *Tuning) column(board *scoreboard, head scoreHead, m TuningMetric, scale svg.Scale, of func(*TuningSetting) map[string]stats.Estimate) {
	board.Heads = append(board.Heads, head)
	isGoal := m.Name == d.Goal.Metric
	for i := range board.Rows {
		row := &board.Rows[i]
		s := &d.Settings[row.Look.Index]
		e := known(of(s), m.Name)
		cell := scoreCell{Value: formatUnit(m.Unit, e), Tip: s.Name + " · " + head.Name + "|"}
		if !e.Known() {
			cell.Class, cell.Key = "mut", "1e13"
			cell.Tip += e.Why
			if cell.Value == fails {
				cell.Value, cell.Class, cell.Key = "✕ "+fails, "bad", "1e12"
			}
		} else {
			format := func(v float64) string { return formatUnit(m.Unit, stats.Exactly(v)) }
			cell.Key, cell.Tip = number(e.Value), cell.Tip+withInterval(e, format, cell.Value)
			if isGoal && e.Value >= scale.Low && e.Value <= scale.High {
				cell.Whisker = whisker(e, row.Look, scale, board.tick())
			}
			if head.Name == realised {
				cell.Change, cell.ChangeKind = d.versus(s, row.Look)
			}
		}
		row.Cells = append(row.Cells, cell)
	}
}

// tick is the id of the tick of the current setting.
func (b *scoreboard) tick() string {
	if b.Shared == "" {
		return ""
	}
	return "b0"
}

// versus prints the difference to the current setting.
func (d *Tuning) versus(s *TuningSetting, l look) (text, kind string) {
	v := s.VersusCurrent
	switch {
	case l.Base:
		return "current", "mut"
	case v == nil || v.Delta == nil:
		return "", "mut"
	case !v.Significant:
		return "≈ current", "mut"
	}
	kind = "bad"
	if (*v.Delta < 0) != d.Goal.Maximize {
		kind = "good"
	}
	return signedText(*v.Delta, d.plain), kind
}

// scale holds the figures of a metric of all rows but those beside the race, which
// may be far away.
func (d *Tuning) scale(looks []look, m TuningMetric, predicted bool) svg.Scale {
	low, high := math.Inf(1), math.Inf(-1)
	add := func(e stats.Estimate) {
		if e.Known() {
			e = bounded(e)
			low, high = min(low, e.Low), max(high, e.High)
		}
	}
	for _, l := range looks {
		s := &d.Settings[l.Index]
		if s.State == TuneReference {
			continue
		}
		add(known(s.Realised, m.Name))
		if predicted {
			add(known(s.Predicted, m.Name))
		}
	}
	return svg.Scale{Low: low, High: high, From: 4, To: 96, Log: m.Unit == "ms" && low > 0}
}
