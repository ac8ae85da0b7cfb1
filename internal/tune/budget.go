package tune

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// Budget looks for the largest budgets of retries and hedges with which a system
// recovers by itself. Where extra attempts amplify a load that is too large
// already, the system may stay down when the peak that brought it there is over:
// a metastable failure [Bronson et al., HotOS 2021].
//
// A system has recovered d after the end of the trigger if in the Window from
// then on the share of requests that succeed is at most Tolerance below, and
// calls per request at most Tolerance, as a share, above what they were before
// the trigger. It recovers if that d is at most Within. Calls are counted when
// they are sent, requests when they are due.
type Budget struct {
	// Study has the scenario, the seeds and the rest; what is searched is set here.
	Study
	// Strategies are those whose budgets are tuned; none means all of the kinds
	// retry and hedge.
	Strategies []string
	// Budgets are the values to try: shares of requests, or none for no limit.
	// Empty means [DefaultBudgets].
	Budgets []string
	// Levels are the loads to try, as multiples of the scenario's; 1 is added.
	// Empty means [DefaultLevels].
	Levels []float64
	// From and To are the time of the trigger. To 0 means the peak of arrivals in
	// steps, or else the first fault that ends, or Fault if that names one.
	From, To time.Duration
	Fault    string
	// Within, Window and Tolerance define recovery; 0 means the defaults.
	Within, Window time.Duration
	Tolerance      float64
	// Timeout, if not 0, has the target of every retry given up after so long, so
	// that slow calls are retried as well.
	Timeout time.Duration

	trigger  trigger
	length   time.Duration
	subjects []*subject
	choice   []uint64
	fresh    []uint64
	workers  *counted
}

// The definition of recovery, unless said otherwise.
const (
	DefaultWithin    = time.Minute
	DefaultWindow    = 30 * time.Second
	DefaultTolerance = 0.05
)

// sound is the success that a system must have before the trigger to be said to
// recover to it.
const sound = 0.95

// DefaultBudgets are the budgets that are tried unless told otherwise.
func DefaultBudgets() []string {
	return []string{"0%", "5%", "10%", "20%", "40%", "80%", "150%", unlimited}
}

// DefaultLevels are the loads that are tried unless told otherwise.
func DefaultLevels() []float64 { return []float64{0.8, 0.9, 1, 1.1, 1.2} }

const unlimited = "none"

// trigger is what brings a system out of its way.
type trigger struct {
	what string
	stretch
}

// Run looks for the budgets. When ctx is cancelled it returns the best so far,
// marked as interrupted. The error wraps [ErrInput], or says what went wrong.
func (b *Budget) Run(ctx context.Context) (*Finding, error) {
	if err := b.prepare(); err != nil {
		return nil, err
	}
	limited, stop := b.limit(ctx)
	defer stop()
	stopped := b.search(limited)
	if stopped != nil && !isCancel(stopped) {
		return nil, stopped
	}
	if stopped != nil && ctx.Err() == nil && !b.subjects[0].known() {
		return nil, mistake("the time limit of %v ended before every budget had been run: give more time, fewer --budgets or fewer --seeds", b.TimeLimit)
	}
	b.workers.stage = stageVerify
	if err := b.verify(ctx); err != nil && !isCancel(err) {
		return nil, err
	}
	d := b.document()
	d.Interrupted = ctx.Err() != nil
	d.OutOfTime = stopped != nil && ctx.Err() == nil
	d.Settled = d.Settled && stopped == nil
	f := &Finding{Document: d, Scenario: b.Scenario, Changes: b.adopted()}
	b.conclude(d, f.Changes)
	if len(f.Changes) > 0 {
		d.YAML = f.paste()
	}
	return f, nil
}

// prepare checks what was given and finds the trigger and the budgets.
func (b *Budget) prepare() error {
	if b.Evaluator.Requests > 0 {
		return mistake("recovery needs the scenario's whole load: leave --requests out")
	}
	if err := simulated(b.Scenario); err != nil {
		return err
	}
	b.defaults()
	if err := b.checkLevels(); err != nil {
		return err
	}
	if !(b.Tolerance > 0 && b.Tolerance < 1) || b.Within < step || b.Window < step {
		return mistake("recovery within %v to a tolerance of %v over %v: at least %v and a tolerance above 0 and below 1 are needed", b.Within, b.Tolerance, b.Window, step)
	}
	var err error
	if b.length = b.Scenario.Load.Duration; b.length == 0 {
		return mistake("the load of scenario %s is a number of requests: recovery needs one that lasts for a time, such as duration: 10m", b.Scenario.Name)
	}
	if b.trigger, err = b.findTrigger(); err != nil {
		return err
	}
	if after := b.length - b.trigger.to; after < b.Within+b.Window {
		return mistake("the load of scenario %s lasts for %v after the end of the trigger at %v, and recovery needs %v of it: give a longer load, or a shorter --within", b.Scenario.Name, after, b.trigger.to, b.Within+b.Window)
	}
	if b.trigger.from < b.Window {
		return mistake("the trigger begins %v after the start of scenario %s: at least %v are needed to know what it was like before", b.trigger.from, b.Scenario.Name, b.Window)
	}
	if b.choice, b.fresh, err = b.seeds(); err != nil {
		return err
	}
	b.workers = b.crew()
	return b.findSubjects()
}

func (b *Budget) defaults() {
	if len(b.Budgets) == 0 {
		b.Budgets = DefaultBudgets()
	}
	if len(b.Levels) == 0 {
		b.Levels = DefaultLevels()
	}
	if b.Within == 0 {
		b.Within = DefaultWithin
	}
	if b.Window == 0 {
		b.Window = DefaultWindow
	}
	if b.Tolerance == 0 {
		b.Tolerance = DefaultTolerance
	}
}

func (b *Budget) checkLevels() error {
	for _, l := range b.Levels {
		if !(l > 0 && l <= 100) {
			return mistake("level %v: must be a multiple of the scenario's load, above 0 and up to 100", l)
		}
	}
	if !slices.Contains(b.Levels, 1) {
		b.Levels = append(slices.Clone(b.Levels), 1)
	}
	b.Levels = slices.Clone(b.Levels)
	slices.Sort(b.Levels)
	b.Levels = slices.Compact(b.Levels)
	return nil
}

// here is the number of the scenario's own load among the levels.
func (b *Budget) here() int { return slices.Index(b.Levels, 1) }

// findTrigger returns what the system is to recover from.
func (b *Budget) findTrigger() (trigger, error) {
	sc := b.Scenario
	switch {
	case b.To > 0:
		if b.From < 0 || b.From >= b.To || b.To >= b.length {
			return trigger{}, mistake("trigger %v..%v: must go upwards and end before the load does, after %v", b.From, b.To, b.length)
		}
		return trigger{"as given", stretch{b.From, b.To}}, nil
	case b.Fault == "":
		if t, ok := peak(sc.Load); ok {
			return t, nil
		}
	}
	for i := range sc.Faults {
		f := &sc.Faults[i]
		if f.To > 0 && f.To < b.length && (b.Fault == "" || f.Name == b.Fault) {
			return trigger{"fault " + f.Label(), stretch{f.From, f.To}}, nil
		}
	}
	if b.Fault != "" {
		return trigger{}, mistake("scenario %s has no fault %q that ends before the load does", sc.Name, b.Fault)
	}
	return trigger{}, mistake("scenario %s has neither a peak of arrivals in steps nor a fault that ends: say when the trigger is, such as --trigger 3m..5m", sc.Name)
}

// peak returns the highest step of a load, if it goes down again after it.
func peak(l scenarios.Schedule) (trigger, bool) {
	var at time.Duration
	var top scenarios.Step
	var found stretch
	steps := l.Arrivals.Steps
	if l.Arrivals.Shape != scenarios.Steps {
		return trigger{}, false
	}
	for _, s := range steps {
		if s.Rate > top.Rate {
			top, found = s, stretch{at, at + s.For}
		}
		at += s.For
	}
	inside := len(steps) > 2 && top.Rate > steps[0].Rate && top.Rate > steps[len(steps)-1].Rate
	return trigger{fmt.Sprintf("peak of %g/s", top.Rate), found}, inside
}

// subject is a strategy whose budget is tuned.
type subject struct {
	place   scenarios.Place
	current string
	changes []scenarios.Change // beside the budget
	cells   []*cell
	largest []string // by level: the largest budget that it recovers with; ""
}

const budgetKey = ".budget"

func (s *subject) key() string { return s.place.Key + budgetKey }

// known says whether the boundary at any level is known.
func (s *subject) known() bool { return s.largest != nil }

// findSubjects finds the budgets and reads the scenario with each value once.
func (b *Budget) findSubjects() error {
	for _, kind := range []string{"retry", "hedge"} {
		for _, p := range b.Scenario.Places(kind) {
			if len(b.Strategies) == 0 || slices.Contains(b.Strategies, p.Strategy) {
				b.subjects = append(b.subjects, b.subject(p))
			}
		}
	}
	for _, name := range b.Strategies {
		if !slices.ContainsFunc(b.subjects, func(s *subject) bool { return s.place.Strategy == name }) {
			return mistake("scenario %s has no strategy %q that retries or hedges", b.Scenario.Name, name)
		}
	}
	if len(b.subjects) == 0 {
		return mistake("scenario %s has neither a retry nor a hedge: there is no budget to tune", b.Scenario.Name)
	}
	for _, s := range b.subjects {
		if err := b.enter(s); err != nil {
			return err
		}
	}
	return nil
}

// enter makes the cells of a subject, its current budget among them.
func (b *Budget) enter(s *subject) error {
	var shares []float64
	for _, budget := range append(slices.Clone(b.Budgets), s.current) {
		share, err := shareOf(budget)
		if err != nil {
			return err
		}
		if slices.Contains(shares, share) {
			continue
		}
		shares = append(shares, share)
		for level := range b.Levels {
			s.cells = append(s.cells, &cell{budget: budget, share: share, level: level})
		}
		if _, err := b.Scenario.With(s.with(budget)...); err != nil {
			return err
		}
	}
	return nil
}

// subject describes the strategy at a place.
func (b *Budget) subject(p scenarios.Place) *subject {
	s := &subject{place: p, current: "10%"}
	if p.Kind == "retry" {
		s.current = "20%"
	}
	if text, ok := b.Scenario.Current(s.key()); ok {
		s.current = text
	}
	if target, ok := b.Scenario.Current(p.Key + ".target"); ok && p.Kind == "retry" && b.Timeout > 0 {
		s.changes = []scenarios.Change{{
			Key: p.Key + ".target", Value: fmt.Sprintf("{fallback: {targets: [%s], timeout: %s}}", target, formatDuration(b.Timeout)),
		}}
	}
	return s
}

// with are the changes that give a subject a budget.
func (s *subject) with(budget string) []scenarios.Change {
	return append(slices.Clone(s.changes), scenarios.Change{Key: s.key(), Value: budget})
}

// shareOf reads a budget; no limit is +Inf.
func shareOf(text string) (float64, error) {
	if text == unlimited {
		return math.Inf(1), nil
	}
	digits, percents := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if percents {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 10) {
		return 0, mistake("budget %q: must be a share of requests from 0%% to 1000%%, or none", text)
	}
	return v, nil
}

// adopted are the changes for budgets that are too large as they are.
func (b *Budget) adopted() []scenarios.Change {
	var all []scenarios.Change
	for _, s := range b.subjects {
		if !s.known() || s.largest[b.here()] == "" {
			continue
		}
		now, err := shareOf(s.current)
		largest, _ := shareOf(s.largest[b.here()])
		if err == nil && now > largest {
			all = append(all, s.with(s.largest[b.here()])...)
		}
	}
	return all
}
