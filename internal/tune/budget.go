package tune

import (
	"context"
	"slices"
	"time"
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
