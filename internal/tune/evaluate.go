package tune

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Evaluator runs settings of a scenario and keeps a few numbers of each run. One
// goroutine may use it at a time; it uses all cores itself.
type Evaluator struct {
	scenario *scenarios.Scenario
	options  EvaluatorOptions
	refs     []objective.Ref
	index    map[string]int // of a metric in a row, by [objective.Ref.String]
	varied   []string       // strategies run for every setting
	fixed    []string       // strategies that no setting changes: run once per seed
	common   map[uint64]row
}

// EvaluatorOptions change how settings are run. The zero value runs the
// scenario's own load on all cores.
type EvaluatorOptions struct {
	// Requests replaces the length of the load unless 0.
	Requests int
	// Part, if not 0, is for models that replay a trace, which is the same for
	// every seed: what is called seeds are then numbers of parts of so many
	// requests each, from 0.
	Part int
	// Workers is how many runs go on at the same time; 0 means [runtime.GOMAXPROCS].
	Workers int
	// Progress, if not nil, is told after every run, by several goroutines but
	// one at a time.
	Progress func()
}

// row are the metrics of one run, in the order of the evaluator's.
type row []value

// value is a metric of one run. A latency that has none because too many
// requests failed is +Inf; anything else without a value is NaN, and why says it.
type value struct {
	v   float64
	why string
}

// costs is the metric that is a multiple of the baseline's, and spent what it is
// computed from.
const (
	costs = "cost"
	spent = "usd"
)

// NewEvaluator returns an evaluator of settings that change only the given keys,
// and of expressions over the given metrics. The error says what is not there,
// or how many requests a percentile would need; it wraps [ErrInput] or
// [engine.ErrOptions].
func NewEvaluator(sc *scenarios.Scenario, keys []string, refs []objective.Ref, o EvaluatorOptions) (*Evaluator, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	e := &Evaluator{scenario: sc, options: o, index: map[string]int{}, common: map[uint64]row{}}
	for _, r := range refs {
		e.want(r)
		if isCost(r) {
			e.want(objective.Ref{Strategy: r.Strategy, Metric: spent})
			e.want(objective.Ref{Strategy: sc.Baseline, Metric: spent})
		}
	}
	e.divide(keys)
	return e, e.check()
}

// want adds a metric to the rows, once.
func (e *Evaluator) want(r objective.Ref) {
	if _, there := e.index[r.String()]; !there {
		e.index[r.String()] = len(e.refs)
		e.refs = append(e.refs, r)
	}
}

// divide tells the strategies that change with the keys from those that do not.
func (e *Evaluator) divide(keys []string) {
	var changed []string
	everything := false
	for _, key := range keys {
		name, ok := e.scenario.Varied(key)
		everything = everything || !ok
		changed = append(changed, name)
	}
	for _, name := range e.needed() {
		touched := slices.ContainsFunc(e.scenario.Uses(name), func(s string) bool { return slices.Contains(changed, s) })
		if everything || touched {
			e.varied = append(e.varied, name)
		} else {
			e.fixed = append(e.fixed, name)
		}
	}
}

// needed returns the strategies that have to be run.
func (e *Evaluator) needed() []string {
	var names []string
	for _, r := range e.refs {
		if !slices.Contains(names, r.Strategy) {
			names = append(names, r.Strategy)
		}
	}
	return names
}

func (e *Evaluator) engineOptions(seed uint64, only []string) engine.Options {
	if part := e.options.Part; part > 0 {
		return engine.Options{Only: only, First: int(seed) * part, Requests: part} //nolint:gosec // a small number
	}
	return engine.Options{Seed: &seed, Only: only, Requests: e.options.Requests}
}

// Planned returns how many requests a run has.
func (e *Evaluator) Planned() int {
	job, err := engine.New(e.scenario, e.engineOptions(0, nil))
	if err != nil {
		return 0 // cannot be: NewEvaluator has tried it
	}
	return job.Planned()
}

// Measure runs every setting with every seed, which must be the same for all, and
// returns their runs in the same order: what they hold depends on the setting and
// the seed only. Memory grows with the cores and a few numbers per run. When ctx
// is cancelled it returns its error and nothing else.
func (e *Evaluator) Measure(ctx context.Context, settings []Setting, seeds []uint64) ([]Runs, error) {
	if err := e.measureCommon(ctx, seeds); err != nil {
		return nil, err
	}
	all := make([]Runs, len(settings))
	for i := range all {
		all[i] = Runs{index: e.index, rows: make([]row, len(seeds))}
	}
	err := e.each(ctx, len(settings)*len(seeds), func(ctx context.Context, i int) (err error) {
		s, k := i/len(seeds), i%len(seeds)
		all[s].rows[k], err = e.run(ctx, settings[s], seeds[k])
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// measureCommon runs what no setting changes, for seeds that are new.
func (e *Evaluator) measureCommon(ctx context.Context, seeds []uint64) error {
	var fresh []uint64
	for _, seed := range seeds {
		if _, done := e.common[seed]; !done {
			fresh = append(fresh, seed)
		}
	}
	found := make([]row, len(fresh))
	err := e.each(ctx, len(fresh), func(ctx context.Context, i int) (err error) {
		found[i], err = e.measure(ctx, e.scenario, fresh[i], e.fixed)
		return err
	})
	if err != nil {
		return err
	}
	for i, seed := range fresh {
		e.common[seed] = found[i]
	}
	return nil
}

// each does n things, several at a time, and returns the first error by number.
func (e *Evaluator) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, n)
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex // guards e.options.Progress
	for range min(e.options.Workers, n) {
		wg.Go(func() {
			for i := range next {
				if errs[i] = do(ctx, i); errs[i] != nil {
					stop()
				}
				if e.options.Progress != nil && errs[i] == nil {
					mu.Lock()
					e.options.Progress()
					mu.Unlock()
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	return firstCause(ctx, errs)
}

// firstCause prefers what went wrong to the cancellations that it caused.
func firstCause(ctx context.Context, errs []error) error {
	for _, err := range errs {
		if err != nil && !isCancel(err) {
			return err
		}
	}
	return ctx.Err()
}

// run measures one setting with one seed.
func (e *Evaluator) run(ctx context.Context, s Setting, seed uint64) (row, error) {
	sc := e.scenario
	if len(s.Changes) > 0 {
		changed, err := sc.With(s.Changes...)
		if err != nil {
			return nil, err
		}
		sc = changed
	}
	own, err := e.measure(ctx, sc, seed, e.varied)
	if err != nil {
		return nil, err
	}
	for i, r := range e.refs {
		if slices.Contains(e.fixed, r.Strategy) {
			own[i] = e.common[seed][i]
		}
	}
	for i, r := range e.refs {
		if isCost(r) {
			own[i] = multiple(own[e.index[r.Strategy+"."+spent]], own[e.index[e.scenario.Baseline+"."+spent]])
		}
	}
	return own, nil
}

// isCost says whether a metric is a multiple of the baseline's cost.
func isCost(r objective.Ref) bool { return r.Metric == costs && r.Fault == "" }

// multiple divides an amount by the baseline's for the same requests.
func multiple(own, base value) value {
	if !(base.v > 0) {
		return value{math.NaN(), "the baseline costs nothing: give the models prices"}
	}
	return value{v: own.v / base.v}
}

// measure runs strategies of a scenario and returns the metrics of theirs; those
// of others are left zero.
func (e *Evaluator) measure(ctx context.Context, sc *scenarios.Scenario, seed uint64, only []string) (row, error) {
	found := make(row, len(e.refs))
	if len(only) == 0 {
		return found, nil
	}
	job, err := engine.New(sc, e.engineOptions(seed, only))
	if err != nil {
		return nil, err
	}
	m, err := job.Measure(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range e.refs {
		if slices.Contains(only, r.Strategy) && !isCost(r) {
			found[i] = valueOf(r, m.Value(r))
		}
	}
	return found, nil
}

func valueOf(r objective.Ref, e stats.Estimate) value {
	switch {
	case e.Known():
		return value{v: e.Value}
	case r.Unit() == objective.Milliseconds && strings.HasSuffix(e.Why, "failed"):
		return value{math.Inf(1), e.Why}
	default:
		return value{math.NaN(), e.Why}
	}
}

// Timeout returns what a caller waits in the scenario.
func (e *Evaluator) Timeout() time.Duration { return e.scenario.Load.Timeout }
