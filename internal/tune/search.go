package tune

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// The course of a search.
const (
	firstSeeds  = 3    // for every setting of the grid
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
	// Trials are all settings that were run, in the order in which they came up.
	Trials []*Trial
	// Best is the chosen one; nil if the search was stopped before there was any.
	Best *Trial
	// Tied are the others that the data cannot tell from it, the best first.
	Tied []*Trial
	// Stopped is set when the context ended before the search.
	Stopped bool
}

// Settled says whether the data tells the chosen setting from all others.
func (r *Result) Settled() bool { return r.Best != nil && len(r.Tied) == 0 && !r.Stopped }

// State is what became of a setting.
type State string

// The states.
const (
	InRace     State = "in_race"    // not dropped
	Beaten     State = "beaten"     // worse than another by more than chance
	Infeasible State = "infeasible" // a constraint is missed by more than chance
	Reference  State = "reference"  // beside the race
)

// Trial is a setting with its runs so far.
type Trial struct {
	Setting Setting
	Runs    Runs
	State   State

	scores   []float64 // less is better
	standing standing
	by       float64 // how far from the constraints
}

// mean is the score over all seeds so far.
func (t *Trial) mean() float64 { return stats.Across(t.scores).Value }

// better orders trials: constraints first, then the goal.
func (t *Trial) better(o *Trial) int {
	if t.standing != o.standing {
		return int(t.standing) - int(o.standing)
	}
	if t.standing == misses && t.by != o.by {
		return sign(t.by - o.by)
	}
	return sign(t.mean() - o.mean())
}

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
	r := &race{Search: s}
	if err := r.add(ctx, s.Settings); err != nil {
		return nil, err
	}
	err := r.whole(ctx)
	switch {
	case err != nil && !isCancel(err):
		return nil, err
	case len(r.trials) == 0 || r.trials[0].Runs.Seeds() == 0:
		return &Result{Stopped: true}, nil
	}
	found, failure := r.result()
	if failure != nil {
		return nil, failure
	}
	found.Stopped = err != nil
	return found, nil
}

// race is a search under way.
type race struct {
	*Search
	trials []*Trial
	seen   int // seeds that all trials in the race have
}

// add enters settings that are not there yet.
func (r *race) add(ctx context.Context, settings []Setting) error {
	var fresh []*Trial
	for _, s := range settings {
		if !slices.ContainsFunc(slices.Concat(r.trials, fresh), func(t *Trial) bool { return t.Setting.same(s) }) {
			fresh = append(fresh, &Trial{Setting: s, State: InRace})
		}
	}
	if r.seen > 0 {
		if err := r.extend(ctx, fresh, 0, r.seen); err != nil {
			return err
		}
	}
	r.trials = append(r.trials, fresh...)
	return nil
}

// whole is the whole course: the grid, what lies between, and the last seeds.
func (r *race) whole(ctx context.Context) error {
	if err := r.round(ctx, firstSeeds); err != nil {
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

// round runs more seeds of everything that is left, and drops what they beat.
func (r *race) round(ctx context.Context, seeds int) error {
	to := min(r.seen+seeds, len(r.Seeds))
	if err := r.extend(ctx, r.inRace(), r.seen, to); err != nil {
		return err
	}
	r.seen = to
	return r.drop()
}

// extend runs the seeds of a range for some trials.
func (r *race) extend(ctx context.Context, trials []*Trial, from, to int) error {
	if r.Planned != nil {
		r.Planned(len(trials) * (to - from))
	}
	settings := make([]Setting, len(trials))
	for i, t := range trials {
		settings[i] = t.Setting
	}
	runs, err := r.Evaluator.Measure(ctx, settings, r.Seeds[from:to])
	if err != nil {
		return err
	}
	timeout := r.timeoutMS()
	for i, t := range trials {
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

func (r *race) inRace() []*Trial {
	return slices.DeleteFunc(slices.Clone(r.trials), func(t *Trial) bool { return t.State != InRace })
}

// best returns the best trial in the race.
func (r *race) best() *Trial { return slices.MinFunc(r.inRace(), (*Trial).better) }

// centre returns the best trial of the grid that is in the race, or nil.
func (r *race) centre() *Trial {
	grid := slices.DeleteFunc(r.inRace(), func(t *Trial) bool { return t.Setting.places == nil })
	if len(grid) == 0 {
		return nil
	}
	return slices.MinFunc(grid, (*Trial).better)
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

// behind returns how probable it is that t only seems worse than best: the
// p-value of the paired differences, or 1 if t is not worse.
func behind(t, best *Trial) float64 {
	differences := make([]float64, min(len(t.scores), len(best.scores)))
	for i := range differences {
		differences[i] = t.scores[i] - best.scores[i]
	}
	if !(stats.Across(differences).Value > 0) {
		return 1
	}
	return stats.AcrossPValue(differences)
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
	found := &Result{Trials: r.trials, Best: best}
	for _, t := range r.inRace() {
		if t != best && t.standing != misses && (behind(t, best) >= tieLevel || math.IsNaN(t.mean())) {
			found.Tied = append(found.Tied, t)
		}
	}
	slices.SortStableFunc(found.Tied, (*Trial).better)
	return found, nil
}
