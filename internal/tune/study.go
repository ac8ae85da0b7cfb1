package tune

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// How many seeds a study takes unless told otherwise, and how far the fresh ones
// are from those of the choice.
const (
	DefaultSeeds = 10
	freshOffset  = 1000
	fewestFresh  = 2
)

// maxSeeds is how many seeds a choice may be made on, so that they stay apart
// from the fresh ones.
const maxSeeds = freshOffset

// shownTies is how many of the settings that tie with the best are measured on
// fresh seeds as well.
const shownTies = 3

// Study is a search with everything around it: it chooses on some seeds, measures
// the choice on others, and says both.
type Study struct {
	Scenario *scenarios.Scenario
	// Kind is the kind of the result, one of those of [reports.Tuning].
	Kind string
	Goal Goal
	// Knobs are searched: their grid and what lies between. Settings are more
	// settings to race; either may be empty.
	Knobs    []Knob
	Settings []Setting
	// References are measured beside the race without taking part, such as a
	// setting that keeps no budget.
	References []Setting
	// Current is the scenario's own setting. It takes part in the race.
	Current *Setting
	// Shown are more metrics that are listed for every setting.
	Shown []objective.Ref
	// Seeds and Fresh are how many seeds the choice is made on and measured with;
	// 0 means [DefaultSeeds].
	Seeds, Fresh int
	// Seed is the first seed of the choice; the fresh ones begin 1,000 later.
	Seed uint64
	// TimeLimit ends the search, but not the measurement on fresh seeds; 0 means
	// no limit.
	TimeLimit time.Duration
	Evaluator EvaluatorOptions
	// Progress, if not nil, is told how the study goes, one call at a time.
	Progress func(Progress)
}

// Progress is how far a study has come.
type Progress struct {
	// Stage is sample, choose or verify.
	Stage string
	// Done and Planned are runs; Planned grows while a search finds out what it
	// still needs.
	Done, Planned int
}

// The stages of a study.
const (
	stageSample = "sample"
	stageChoose = "choose"
	stageVerify = "verify"
)

// Finding is the result of a study: the document, and the entrants it is made of.
type Finding struct {
	Document *reports.Tuning
	Result   *Result
	// Realised are the runs on the fresh seeds of the settings that have any.
	Realised map[*Entrant]Runs
	// Scenario and Changes are what to change in which scenario to adopt the
	// choice; no changes mean that nothing is to be changed.
	Scenario *scenarios.Scenario
	Changes  []scenarios.Change
}

// Run runs the study. When ctx is cancelled it returns the best so far, marked
// as interrupted; there is then no measurement on fresh seeds.
func (s *Study) Run(ctx context.Context) (*Finding, error) {
	seeds, fresh, err := s.seeds()
	if err != nil {
		return nil, err
	}
	e, err := s.evaluator()
	if err != nil {
		return nil, err
	}
	settings, err := s.entries()
	if err != nil {
		return nil, err
	}
	limited, stop := s.limit(ctx)
	defer stop()
	search := Search{Evaluator: e.Evaluator, Goal: s.Goal, Seeds: seeds, Settings: settings, Knobs: s.Knobs, Planned: e.plan}
	found, err := search.Run(limited)
	if err != nil {
		return nil, err
	}
	if found.Best == nil && ctx.Err() == nil {
		return nil, mistake("the time limit of %v ended before the first %d seeds of any setting: give more time or fewer --requests", s.TimeLimit, firstSeeds)
	}
	f := &Finding{Result: found, Realised: map[*Entrant]Runs{}, Scenario: s.Scenario}
	if found.Best != nil {
		f.Changes = found.Best.Setting.Changes
		e.stage = stageVerify
		if err := s.verify(ctx, e, f, seeds, fresh); err != nil && !isCancel(err) {
			return nil, err
		}
	}
	f.Document = s.document(e.Evaluator, f, seeds, fresh)
	f.Document.Interrupted = ctx.Err() != nil
	f.Document.OutOfTime = found.Stopped && ctx.Err() == nil
	if found.Untried > 0 && found.Best != nil {
		f.Document.Warnings = append(f.Document.Warnings, fmt.Sprintf("%d of %d settings were not tried at all", found.Untried, len(settings)))
	}
	reports.ConcludeTuning(f.Document)
	return f, nil
}

// unbegun is the result of a study that was interrupted before it began.
func (s *Study) unbegun() (*Finding, error) {
	seeds, fresh, err := s.seeds()
	if err != nil {
		return nil, err
	}
	e, err := s.evaluator()
	if err != nil {
		return nil, err
	}
	f := &Finding{Result: &Result{Stopped: true}, Scenario: s.Scenario}
	f.Document = s.document(e.Evaluator, f, seeds, fresh)
	f.Document.Interrupted = true
	reports.ConcludeTuning(f.Document)
	return f, nil
}

// limit gives the search its time.
func (s *Study) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.TimeLimit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, s.TimeLimit)
}

// counted is an evaluator that counts its runs.
type counted struct {
	*Evaluator
	stage         string
	done, planned atomic.Int64
}

func (c *counted) plan(runs int) { c.planned.Add(int64(runs)) }

// counting returns options that tell progress by what is counted in c.
func (s *Study) counting(c *counted) EvaluatorOptions {
	o := s.Evaluator
	o.Progress = func() {
		done := c.done.Add(1)
		if s.Progress != nil {
			s.Progress(Progress{Stage: c.stage, Done: int(done), Planned: int(max(done, c.planned.Load()))})
		}
	}
	return o
}

// crew is a counted evaluator of no scenario, which does many things at a time.
func (s *Study) crew() *counted {
	c := &counted{stage: stageChoose}
	o := s.counting(c)
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	c.Evaluator = &Evaluator{options: o}
	return c
}

func (s *Study) evaluator() (*counted, error) {
	c := &counted{stage: stageChoose}
	o := s.counting(c)
	e, err := NewEvaluator(s.Scenario, s.keys(), s.Goal.Refs(), o)
	if err != nil {
		return nil, err
	}
	planned := e.Planned()
	s.Shown = slices.DeleteFunc(slices.Clone(s.Shown), func(r objective.Ref) bool { return needed(r.Metric) > planned })
	c.Evaluator, err = NewEvaluator(s.Scenario, s.keys(), s.refs(), o)
	return c, err
}

// keys returns every key that some setting changes.
func (s *Study) keys() []string {
	var keys []string
	for _, k := range s.Knobs {
		keys = append(keys, k.Key)
	}
	for _, t := range slices.Concat(s.Settings, s.References) {
		for _, c := range t.Changes {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// refs returns every metric that is needed.
func (s *Study) refs() []objective.Ref { return append(s.Goal.Refs(), s.Shown...) }

// entries returns what the race begins with: the current setting first.
func (s *Study) entries() ([]Setting, error) {
	var all []Setting
	if s.Current != nil {
		all = append(all, *s.Current)
	}
	all = append(all, s.Settings...)
	if slices.ContainsFunc(s.Knobs, func(k Knob) bool { return k.Key == "seed" }) {
		return nil, mistake("knob seed: every setting is run with the same seeds, which --seed and --seeds give")
	}
	if len(s.Knobs) > 0 || len(s.Settings) == 0 {
		grid, err := Grid(s.Knobs)
		if err != nil {
			return nil, err
		}
		all = append(all, grid...)
	}
	return all, s.try(all)
}

// try reads the scenario with every value once, so that a wrong one is told
// before anything runs.
func (s *Study) try(settings []Setting) error {
	seen := map[scenarios.Change]bool{}
	for _, t := range settings {
		fresh := false
		for _, c := range t.Changes {
			fresh = fresh || !seen[c]
			seen[c] = true
		}
		if !fresh {
			continue
		}
		if _, err := s.Scenario.With(t.Changes...); err != nil {
			return err
		}
	}
	return nil
}

// seeds returns the seeds of the choice and the fresh ones.
func (s *Study) seeds() (choice, fresh []uint64, err error) {
	if rows := s.rows(); rows > 0 {
		return s.parts(rows)
	}
	n, m, err := s.counts(DefaultSeeds)
	for i := range n {
		choice = append(choice, s.Seed+uint64(i)) //nolint:gosec // counts from 0
	}
	for i := range m {
		fresh = append(fresh, s.Seed+freshOffset+uint64(i)) //nolint:gosec // counts from 0
	}
	return choice, fresh, err
}

// counts returns how many seeds there are to choose by and to verify with.
func (s *Study) counts(otherwise int) (n, m int, err error) {
	n, m = s.Seeds, s.Fresh
	if n == 0 {
		n = otherwise
	}
	if m == 0 {
		m = otherwise
	}
	if n < firstSeeds || n > maxSeeds || m < fewestFresh || m > maxSeeds {
		return 0, 0, mistake("%d seeds to choose by and %d to verify: from %d and %d up to %d are possible", n, m, firstSeeds, fewestFresh, maxSeeds)
	}
	return n, m, nil
}
