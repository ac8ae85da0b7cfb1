package tune

import (
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// Setting is a choice of values: what to change in the scenario. No change is
// the scenario as it is.
type Setting struct {
	// Label names the setting in tables; "" means its values.
	Label   string
	Changes []scenarios.Change
	// Always has the setting measured on fresh seeds whatever becomes of it.
	Always bool

	places []float64 // of the knobs, for settings of a grid
}

// Name returns the label, or the values in the order of the knobs.
func (s Setting) Name() string {
	if s.Label != "" {
		return s.Label
	}
	values := make([]string, len(s.Changes))
	for i, c := range s.Changes {
		values[i] = c.String()
	}
	return strings.Join(values, " ")
}

// same says whether two settings change the same.
func (s Setting) same(o Setting) bool { return slices.Equal(s.Changes, o.Changes) }

// maxSettings is how many settings a grid may have.
const maxSettings = 10_000

// defaultPoints is how many points a range has in a grid, by the number of
// ranges; more have as many as the last.
var defaultPoints = [...]int{16, 16, 8, 5, 4}

// pointsFor returns how many points a range of one of the knobs has.
func pointsFor(knobs []Knob) int {
	ranges := 0
	for _, k := range knobs {
		if k.scale != nil {
			ranges++
		}
	}
	return defaultPoints[min(ranges, len(defaultPoints)-1)]
}

// Grid returns every combination of the knobs' values. The error, which wraps
// [ErrInput], says that there are too many, or that a key is there twice.
func Grid(knobs []Knob) ([]Setting, error) {
	if len(knobs) == 0 {
		return nil, mistake("no knob is given: write for example --vary hedge.delay=500ms..10s")
	}
	grid, points := []Setting{{}}, pointsFor(knobs)
	for i, k := range knobs {
		if slices.ContainsFunc(knobs[:i], func(o Knob) bool { return o.Key == k.Key }) {
			return nil, mistake("knob %s is given twice", k.Key)
		}
		places := k.places(points)
		if len(grid)*len(places) > maxSettings {
			return nil, mistake("more than %d settings: give fewer values, or :points=N after a range", maxSettings)
		}
		grid = combine(grid, k, places)
	}
	return grid, nil
}

// combine gives every setting each place of one more knob.
func combine(grid []Setting, k Knob, places []float64) []Setting {
	all := make([]Setting, 0, len(grid)*len(places))
	for _, s := range grid {
		for _, place := range places {
			all = append(all, Setting{
				Changes: append(slices.Clone(s.Changes), scenarios.Change{Key: k.Key, Value: k.at(place)}),
				places:  append(slices.Clone(s.places), place),
			})
		}
	}
	return all
}

// between returns the settings at the given distance from s in the directions
// of the ranges: all corners for up to two of them, else one knob at a time.
func between(knobs []Knob, s Setting, distance []float64) []Setting {
	ranges := 0
	for _, k := range knobs {
		if k.scale != nil {
			ranges++
		}
	}
	var all []Setting
	var visit func(i, moved int, places []float64)
	visit = func(i, moved int, places []float64) {
		if i == len(knobs) {
			if moved > 0 {
				all = append(all, atPlaces(knobs, places))
			}
			return
		}
		visit(i+1, moved, append(slices.Clone(places), s.places[i]))
		if knobs[i].scale == nil || ranges > 2 && moved > 0 {
			return
		}
		for _, to := range []float64{s.places[i] - distance[i], s.places[i] + distance[i]} {
			if to >= 0 && to <= 1 {
				visit(i+1, moved+1, append(slices.Clone(places), to))
			}
		}
	}
	visit(0, 0, nil)
	return all
}

func atPlaces(knobs []Knob, places []float64) Setting {
	s := Setting{places: places}
	for i, k := range knobs {
		s.Changes = append(s.Changes, scenarios.Change{Key: k.Key, Value: k.at(places[i])})
	}
	return s
}
