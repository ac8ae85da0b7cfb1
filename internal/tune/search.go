package tune

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// The course of a search.
const (
	firstSeeds  = 3    // for every setting of the grid
	batch       = 64   // settings of the grid that are run together
	stepSeeds   = 2    // more for those that are left, each round
	refinements = 3    // times that the distance between settings is halved
	dropLevel   = 0.01 // a setting is dropped if chance would beat it so rarely
	tieLevel    = 0.05 // a setting ties with the best if chance explains the gap so often
)

// Search looks for the best of many settings.
type Search struct {
	Evaluator *Evaluator
	Goal      Goal
	// Seeds are what the choice is made on: at least 3.
	Seeds []uint64
	// Settings are the settings to begin with.
	Settings []Setting
	// Knobs, if given, are looked at between the settings that are left. The
	// settings must then be of [Grid].
	Knobs []Knob
	// Planned, if not nil, is told how many runs are still to come, as far as is
	// known.
	Planned func(runs int)
}

// Result is what a search has found.
type Result struct {
	// Entrants are all settings that were run, in the order in which they came up.
	Entrants []*Entrant
	// Best is the chosen one; nil if the search was stopped before there was any.
	Best *Entrant
	// Tied are the others that the data cannot tell from it, the best first.
	Tied []*Entrant
	// Stopped is set when the context ended before the search, and Untried is then
	// how many settings of the grid were not run.
	Stopped bool
	Untried int
}

// Settled says whether the data tells the chosen setting from all others.
func (r *Result) Settled() bool { return r.Best != nil && len(r.Tied) == 0 && !r.Stopped }

func sign(v float64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// Run searches. When ctx ends it returns what it has found until then; a round
// under way counts for nothing. The error says that no setting can keep the
// constraints ([ErrInput]), or what went wrong.
func (s *Search) Run(ctx context.Context) (*Result, error) {
	if len(s.Seeds) < firstSeeds {
		return nil, mistake("%d seeds are too few to choose by: at least %d are needed", len(s.Seeds), firstSeeds)
	}
	r := &race{Search: s, known: map[string]bool{}}
	if err := r.add(ctx, s.Settings); err != nil {
		return nil, err
	}
	err := r.whole(ctx)
	if err != nil && !isCancel(err) {
		return nil, err
	}
	all := len(r.entrants)
	r.entrants = slices.DeleteFunc(r.entrants, func(t *Entrant) bool { return t.Runs.Seeds() == 0 })
	if len(r.entrants) == 0 {
		return &Result{Stopped: true, Untried: all}, nil
	}
	found, failure := r.result()
	if failure != nil {
		return nil, failure
	}
	found.Stopped, found.Untried = err != nil, all-len(r.entrants)
	return found, nil
}

// race is a search under way.
type race struct {
	*Search
	entrants []*Entrant
	known    map[string]bool // settings that were entered
	seen     int             // seeds that all entrants in the race have
}

// add enters settings that are not there yet.
func (r *race) add(ctx context.Context, settings []Setting) error {
	var fresh []*Entrant
	for _, s := range settings {
		if key := s.key(); !r.known[key] {
			r.known[key] = true
			fresh = append(fresh, &Entrant{Setting: s, State: InRace})
		}
	}
	if r.seen > 0 {
		if err := r.extend(ctx, fresh, 0, r.seen); err != nil {
			return err
		}
	}
	r.entrants = append(r.entrants, fresh...)
	return nil
}

// whole is the whole course: the grid, what lies between, and the last seeds.
func (r *race) whole(ctx context.Context) error {
	if err := r.grid(ctx); err != nil {
		return err
	}
	distance := make([]float64, len(r.Knobs))
	for i, k := range r.Knobs {
		distance[i] = k.spacing(pointsFor(r.Knobs))
	}
	for range refinements {
		if len(r.Knobs) == 0 || !slices.ContainsFunc(distance, func(d float64) bool { return d > 0 }) {
			break
		}
		for i := range distance {
			distance[i] /= 2
		}
		centre := r.centre()
		if centre == nil {
			break
		}
		if err := r.add(ctx, between(r.Knobs, centre.Setting, distance)); err != nil {
			return err
		}
		if err := r.drop(); err != nil {
			return err
		}
	}
	for r.seen < len(r.Seeds) && (len(r.inRace()) > 1 || r.seen < 2*firstSeeds) {
		if err := r.round(ctx, stepSeeds); err != nil {
			return err
		}
	}
	return nil
}

// grid runs the first seeds of everything, some settings at a time and in an order
// of chance behind the first one, which is the current: what has been run when the
// time is up is spread over the whole grid.
func (r *race) grid(ctx context.Context) error {
	order := slices.Clone(r.entrants)
	key := draw.New(uint64(len(order))).Name("grid")
	for i := len(order) - 1; i > 1; i-- {
		k := 1 + key.Word(uint64(i)).IntN(i) //nolint:gosec // counts down to 2
		order[i], order[k] = order[k], order[i]
	}
	r.plan(len(order) * firstSeeds)
	for some := range slices.Chunk(order, batch) {
		if err := r.measure(ctx, some, 0, firstSeeds); err != nil {
			return err
		}
	}
	r.seen = firstSeeds
	return r.drop()
}

// plan tells how many runs are still to come.
func (r *race) plan(runs int) {
	if r.Planned != nil {
		r.Planned(runs)
	}
}

// round runs more seeds of everything that is left, and drops what they beat.
func (r *race) round(ctx context.Context, seeds int) error {
	to := min(r.seen+seeds, len(r.Seeds))
	if err := r.extend(ctx, r.inRace(), r.seen, to); err != nil {
		return err
	}
	r.seen = to
	return r.drop()
}

// extend plans and runs the seeds of a range for some entrants.
func (r *race) extend(ctx context.Context, entrants []*Entrant, from, to int) error {
	r.plan(len(entrants) * (to - from))
	return r.measure(ctx, entrants, from, to)
}

// measure runs the seeds of a range for some entrants.
func (r *race) measure(ctx context.Context, entrants []*Entrant, from, to int) error {
	settings := make([]Setting, len(entrants))
	for i, t := range entrants {
		settings[i] = t.Setting
	}
	runs, err := r.Evaluator.Measure(ctx, settings, r.Seeds[from:to])
	if err != nil {
		return err
	}
	timeout := r.timeoutMS()
	for i, t := range entrants {
		t.Runs = t.Runs.join(runs[i])
		if t.scores, err = r.Goal.scores(t.Runs, timeout); err != nil {
			return err
		}
		if t.standing, t.by, err = r.Goal.judge(t.Runs, timeout); err != nil {
			return err
		}
	}
	return nil
}

func (r *race) timeoutMS() float64 { return stats.Millis(r.Evaluator.Timeout()) }

func (r *race) inRace() []*Entrant {
	return slices.DeleteFunc(slices.Clone(r.entrants), func(t *Entrant) bool { return t.State != InRace })
}

// best returns the best entrant in the race.
func (r *race) best() *Entrant { return slices.MinFunc(r.inRace(), (*Entrant).better) }

// centre returns the best entrant of the grid that is in the race, or nil.
func (r *race) centre() *Entrant {
	grid := slices.DeleteFunc(r.inRace(), func(t *Entrant) bool { return t.Setting.places == nil })
	if len(grid) == 0 {
		return nil
	}
	return slices.MinFunc(grid, (*Entrant).better)
}

// drop takes out of the race what misses a constraint by more than chance, and
// what the best so far beats by more than chance. The best itself stays, even if
// nothing keeps the constraints.
func (r *race) drop() error {
	best := r.best()
	for _, t := range r.inRace() {
		if t == best {
			continue
		}
		hopeless, err := r.Goal.hopeless(t.Runs, r.timeoutMS())
		switch {
		case err != nil:
			return err
		case hopeless:
			t.State = Infeasible
		case best.standing != misses && behind(t, best) < dropLevel:
			t.State = Beaten
		}
	}
	return nil
}

// errNoneFeasible is what an infeasible search fails with.
var errNoneFeasible = errors.New("no setting keeps the constraints")

// result closes the race.
func (r *race) result() (*Result, error) {
	best := r.best()
	if best.standing == misses {
		for _, c := range r.Goal.Constraints {
			if m, err := best.Runs.Vector(margin{c}); err == nil && !c.Holds(stats.Across(m).Value, 0) {
				return nil, mistake("%w: with %s, which comes nearest, %s: widen the ranges or relax the constraint", errNoneFeasible, best.Setting.Name(), needs(c, best.Runs))
			}
		}
	}
	found := &Result{Entrants: r.entrants, Best: best}
	for _, t := range r.inRace() {
		if t != best && t.standing != misses && (behind(t, best) >= tieLevel || math.IsNaN(t.mean())) {
			found.Tied = append(found.Tied, t)
		}
	}
	slices.SortStableFunc(found.Tied, (*Entrant).better)
	return found, nil
}
