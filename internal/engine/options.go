package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Clock is the clock a run goes by.
type Clock string

// The clocks.
const (
	Virtual Clock = "virtual" // simulated time
	Real    Clock = "real"    // wall clock and loopback sockets
)

// Options change how a scenario is run. The zero value runs it as it is, on the
// virtual clock, keeping nothing but the report.
type Options struct {
	Clock Clock
	// Seed replaces the scenario's seed unless nil.
	Seed *uint64
	// Only names the strategies to run; empty means all. Of real models only
	// those that they may call are asked.
	Only []string
	// Models names the models that [Record] measures; empty means all, and to a
	// [Job] those that its strategies may call. A run has no use for it.
	Models []string
	// Rate replaces the mean arrivals per second; 0 keeps them. Arrivals that
	// have rates of their own (ramp, steps) are scaled to that mean.
	Rate float64
	// Duration and Requests replace the length of the load; 0 keeps it.
	Duration time.Duration
	Requests int
	// First is the number of the first request. A replayed model begins with that
	// row of its trace, and so do replayed arrivals, from then on.
	First int
	// TimeScale divides every duration of the scenario and multiplies its
	// rate; 0 means 1. Results are given in the scenario's own time. It is for
	// the real clock, since virtual time is short already.
	TimeScale float64
	// Turn is how long each strategy has its turn at real models; 0 means 30 s,
	// or less in a load of under ten minutes.
	Turn time.Duration
	// MaxCost stops a run with real models before it costs more, in US dollars;
	// 0 means no limit.
	MaxCost float64
	// Env looks up the environment variables that hold keys; nil means
	// [os.LookupEnv].
	Env func(name string) (value string, ok bool)
	// Dir is where requests.ndjson.gz goes; "" keeps no requests.
	Dir string
	// Progress, if not nil, is told how the run goes, at most every few
	// milliseconds, possibly by several goroutines.
	Progress func(Progress)
	// OnEvent, if not nil, is told of breakers, faults and exhausted budgets as
	// they happen, by several goroutines: one per strategy under way. The run
	// waits for it.
	OnEvent func(Event)
	// View, if not nil, can be asked what has been measured while the run is
	// under way.
	View *View
	// OnRequest, if not nil, is shown every finished request, by several
	// goroutines: one per strategy under way. It must not keep or change it.
	OnRequest func(strategy string, r *record.Request)
	// Version, Started and Command are copied into the report.
	Version string
	Started time.Time
	Command string
}

// Progress is how far one strategy has come.
type Progress struct {
	Strategy      string
	Done, Planned int
	Failed        int
	Attempts      int // without those that were never sent
	// P95 is that so far, a failure being slower than any success: 0 before the
	// first success, negative where more than 5 % have failed.
	P95 time.Duration
	// At is the time of the scenario that has been reached.
	At time.Duration
}

// RequestsFile is the name of the file with one line per request.
const RequestsFile = "requests.ndjson.gz"

// ErrOptions is what errors about [Options] wrap.
var ErrOptions = errors.New("the run cannot be made as asked")

// Job is a scenario with the options applied, ready to run.
type Job struct {
	scenario   *scenarios.Scenario
	options    Options
	seed       uint64
	scale      float64
	load       Load // in the scenario's time
	planned    int
	span       time.Duration // how long the load lasts, in the scenario's time
	turn       time.Duration // how long a strategy has its turn; 0: they take none
	strategies []scenarios.Strategy
	models     []scenarios.Model // that can be called
	baseline   string
	warnings   []string
}

// New applies o to sc. Its error says which option cannot be met; it wraps
// [ErrOptions] or [ErrLoad].
func New(sc *scenarios.Scenario, o Options) (*Job, error) {
	j := &Job{scenario: sc, options: o, seed: sc.Seed, scale: o.TimeScale}
	if o.Seed != nil {
		j.seed = *o.Seed
	}
	if j.scale == 0 {
		j.scale = 1
	}
	if !(j.scale > 0) {
		return nil, fmt.Errorf("%w: time scale is %v, want more than 0", ErrOptions, j.scale)
	}
	if err := j.checkReal(); err != nil {
		return nil, err
	}
	if err := errors.Join(j.choose(o.Only), j.chooseModels(o)); err != nil {
		return nil, err
	}
	j.load = j.resolve()
	schedule, err := NewSchedule(j.load)
	if err != nil {
		return nil, err
	}
	j.planned, j.span = schedule.Planned(), j.load.length()
	if j.load.Requests > 0 {
		j.span = schedule.span()
	}
	if sc.Real() {
		j.turn = turnFor(o.Turn, j.span)
		if n := j.blocks(); n > mostBlocks {
			return nil, fmt.Errorf("%w: turns of %v cut the load into %d blocks, at most %d are allowed", ErrOptions, j.turn, n, mostBlocks)
		}
	}
	return j, nil
}

// choose picks the strategies to run and the baseline among them.
func (j *Job) choose(only []string) error {
	j.baseline = j.scenario.Baseline
	for _, s := range j.scenario.Strategies {
		if len(only) == 0 || slices.Contains(only, s.Name) {
			j.strategies = append(j.strategies, s)
		}
	}
	for _, name := range only {
		if !slices.ContainsFunc(j.scenario.Strategies, named(name)) {
			return fmt.Errorf("%w: there is no strategy %q: known are %s", ErrOptions, name, j.known())
		}
	}
	if !slices.ContainsFunc(j.strategies, named(j.baseline)) {
		j.baseline = j.strategies[0].Name
		j.warnings = append(j.warnings, fmt.Sprintf(
			"the scenario's baseline %s was not run; %s takes its place", j.scenario.Baseline, j.baseline))
	}
	return nil
}

// chooseModels picks the models that are named, to record them, or those that the
// strategies chosen may call.
func (j *Job) chooseModels(o Options) error {
	only := o.Models
	if len(only) == 0 {
		var run []string
		for _, s := range j.strategies {
			run = append(run, s.Name)
		}
		only = j.scenario.Callable(run...)
	}
	var known []string
	for _, m := range j.scenario.Models {
		known = append(known, m.Name)
		if slices.Contains(only, m.Name) {
			j.models = append(j.models, m)
		}
	}
	for _, name := range o.Models {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%w: there is no model %q: known are %s", ErrOptions, name, strings.Join(known, ", "))
		}
	}
	return nil
}

func named(name string) func(scenarios.Strategy) bool {
	return func(s scenarios.Strategy) bool { return s.Name == name }
}

func (j *Job) known() string {
	var names []string
	for _, s := range j.scenario.Strategies {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// resolve returns the load in the scenario's time, options applied.
func (j *Job) resolve() Load {
	l, o := j.scenario.Load, j.options
	load := Load{Duration: l.Duration, Requests: l.Requests, Seed: j.seed}
	switch {
	case o.Requests > 0:
		load.Requests, load.Duration = o.Requests, 0
	case o.Duration > 0:
		load.Requests, load.Duration = 0, o.Duration
	}
	factor := 1.0
	if o.Rate > 0 && l.Rate > 0 {
		factor = o.Rate / l.Rate
	}
	load.Arrivals = arrivalsOf(l, factor)
	if r, ok := load.Arrivals.(Replayed); ok && o.First > 0 {
		load.Arrivals = Replayed{Due: from(r.Due, o.First), Speed: r.Speed}
	}
	return load
}

// from returns the due times from one on, counted from then.
func from(due []time.Duration, first int) []time.Duration {
	rest := make([]time.Duration, 0, max(0, len(due)-first))
	for i := first; i < len(due); i++ {
		rest = append(rest, due[i]-due[first])
	}
	return rest
}

// arrivalsOf returns the arrivals of a scenario with all rates times factor.
func arrivalsOf(l scenarios.Schedule, factor float64) Arrivals {
	a := l.Arrivals
	switch a.Shape {
	case scenarios.Poisson:
		return Poisson{Rate: l.Rate * factor}
	case scenarios.Ramp:
		return Ramp{From: a.From * factor, To: a.To * factor}
	case scenarios.Sine:
		return Sine{Mean: l.Rate * factor, Amplitude: a.Amplitude * factor, Period: a.Period}
	case scenarios.Steps:
		steps := make(Steps, len(a.Steps))
		for i, s := range a.Steps {
			steps[i] = Step{Rate: s.Rate * factor, For: s.For}
		}
		return steps
	case scenarios.Replayed:
		return Replayed{Due: a.Due, Speed: factor}
	default:
		return Constant{Rate: l.Rate * factor}
	}
}

// Planned returns how many requests each strategy is to be sent.
func (j *Job) Planned() int { return j.planned }

// Seed returns the seed of the run.
func (j *Job) Seed() uint64 { return j.seed }

// Length returns how long the load lasts, in the scenario's time.
func (j *Job) Length() time.Duration { return j.span }

// Strategies returns the names of the strategies to be run, in order.
func (j *Job) Strategies() (names []string) {
	for _, s := range j.strategies {
		names = append(names, s.Name)
	}
	return names
}

// schedule returns the due times on the run's clock.
func (j *Job) schedule() (*Schedule, error) {
	l := j.load
	l.TimeScale = j.scale
	return NewSchedule(l)
}

// timeout returns what a caller waits on the run's clock.
func (j *Job) timeout() time.Duration {
	return time.Duration(float64(j.scenario.Load.Timeout) / j.scale)
}

func (j *Job) requestsPath() string { return filepath.Join(j.options.Dir, RequestsFile) }
