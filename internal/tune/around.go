package tune

import (
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// tradeOff returns the settings that no other beats both in the goal and in
// calls per request, by calls.
func (s *Study) tradeOff(r *Result) []reports.TuningPoint {
	calls := metric{objective.Ref{Strategy: s.Goal.Of.Refs()[0].Strategy, Metric: "attempts"}}
	points := []reports.TuningPoint{}
	for _, t := range r.Entrants {
		load, goal := estimate(t.Runs, calls), estimate(t.Runs, s.Goal.Of)
		if t.State != Reference && load.Known() && goal.Known() {
			points = append(points, reports.TuningPoint{
				Extra: stats.Round(load.Value - 1), Value: stats.Round(goal.Value), Values: settingValues(t.Setting.Changes),
			})
		}
	}
	slices.SortStableFunc(points, func(a, b reports.TuningPoint) int {
		if a.Extra != b.Extra {
			return sign(a.Extra - b.Extra)
		}
		return s.order(a.Value, b.Value)
	})
	front := points[:0]
	for _, p := range points {
		if len(front) == 0 || s.order(p.Value, front[len(front)-1].Value) < 0 {
			front = append(front, p)
		}
	}
	return front
}

// order compares two values of the goal, the better first.
func (s *Study) order(a, b float64) int {
	if s.Goal.Maximize {
		return sign(b - a)
	}
	return sign(a - b)
}

// flat is how far from the best the goal may be on a flat stretch.
const flat = 0.02

// sensitivity returns the goal along each knob through the best setting.
func (s *Study) sensitivity(r *Result) []reports.TuningSensitivity {
	all := []reports.TuningSensitivity{}
	for i, k := range s.Knobs {
		if r.Best.Setting.places == nil {
			break
		}
		var line []*Entrant
		for _, t := range r.Entrants {
			if t.Setting.places != nil && differOnly(t.Setting, r.Best.Setting, i) {
				line = append(line, t)
			}
		}
		slices.SortStableFunc(line, func(a, b *Entrant) int { return sign(a.Setting.places[i] - b.Setting.places[i]) })
		all = append(all, s.along(k, i, line, r.Best))
	}
	return all
}

// differOnly says whether two settings of a grid have all places but one in
// common.
func differOnly(a, b Setting, knob int) bool {
	for i := range a.Changes {
		if i != knob && a.Changes[i] != b.Changes[i] {
			return false
		}
	}
	return true
}

// along writes down a line of settings, and where it is flat.
func (s *Study) along(k Knob, knob int, line []*Entrant, best *Entrant) reports.TuningSensitivity {
	out := reports.TuningSensitivity{Key: k.Key, Points: []reports.TuningSensitivePt{}}
	top := estimate(best.Runs, s.Goal.Of).Value
	here := slices.Index(line, best)
	near := func(t *Entrant) bool {
		e := estimate(t.Runs, s.Goal.Of)
		return e.Known() && math.Abs(e.Value-top) <= flat*math.Abs(top) && t.standing != misses
	}
	from, to := here, here
	for from > 0 && near(line[from-1]) {
		from--
	}
	for to < len(line)-1 && near(line[to+1]) {
		to++
	}
	for i, t := range line {
		if e := estimate(t.Runs, s.Goal.Of); e.Known() {
			out.Points = append(out.Points, reports.TuningSensitivePt{Value: t.Setting.Changes[knob].Value, Goal: stats.Round(e.Value), Here: i == here})
		}
	}
	out.From, out.To = line[from].Setting.Changes[knob].Value, line[to].Setting.Changes[knob].Value
	return out
}
