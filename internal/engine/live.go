package engine

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// checkReal checks the options against real models, and takes the real clock for
// them. What they do has no seed and cannot be hurried.
func (j *Job) checkReal() error {
	o := &j.options
	switch {
	case !(o.MaxCost >= 0) || math.IsInf(o.MaxCost, 1) || o.Turn < 0:
		return fmt.Errorf("%w: cost limit %v and turn %v, want finite amounts that are not negative", ErrOptions, o.MaxCost, o.Turn)
	case !j.scenario.Real() && (o.MaxCost > 0 || o.Turn > 0):
		return fmt.Errorf("%w: a cost limit and turns are for real models, and all models of %s are mocks", ErrOptions, j.scenario.Name)
	case !j.scenario.Real():
		return nil
	case o.Clock == Virtual:
		return fmt.Errorf("%w: the models of %s are real ones, whose time cannot be simulated: the clock must be real", ErrOptions, j.scenario.Name)
	case j.scale != 1:
		return fmt.Errorf("%w: time scale is %v, but real models cannot be hurried: it must be 1", ErrOptions, j.scale)
	}
	o.Clock = Real
	return nil
}

// live are the real models of a run.
type live struct {
	job       *Job
	models    []*metered
	transport *http.Transport
	till      *till
	doubts    []string // of the probe
	targets   map[string]llm.Model
	turns     int // that have begun
}

// connect makes the real models of the run, asks each of them once, and returns
// the context of the load, which ends early when the money is gone. For mocks it
// returns nil.
func (j *Job) connect(ctx context.Context) (*live, context.Context, error) {
	if !j.scenario.Real() {
		return nil, ctx, nil
	}
	keys, err := j.keys()
	if err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	v := &live{job: j, transport: remote.NewPatientTransport(j.patience()), till: newTill(j.options.MaxCost, stop), targets: make(map[string]llm.Model)}
	for _, m := range j.models {
		if err := v.add(m, keys[m.Remote.KeyEnv]); err != nil {
			return v, nil, err
		}
	}
	return v, ctx, v.probe(ctx)
}

// patience returns the longest time that connecting to a model may take.
func (j *Job) patience() (longest time.Duration) {
	for _, m := range j.models {
		longest = max(longest, m.Remote.Timeouts.Connect)
	}
	return longest
}

// add makes the client of a model.
func (v *live) add(m scenarios.Model, key remote.Key) error {
	cfg := m.Remote.Config
	cfg.Key, cfg.Transport = key, v.transport
	client, err := remote.New(cfg)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	paid := &metered{Model: client, info: m, till: v.till, ends: make(map[string]int)}
	v.models, v.targets[m.Name] = append(v.models, paid), paid
	return nil
}

func (v *live) close() {
	if v != nil {
		v.till.empty()
		v.transport.CloseIdleConnections()
	}
}

// run lets the strategies take their turns. A turn is over when nothing of it is
// under way any more, so that no strategy slows another down.
func (v *live) run(ctx context.Context, lanes []*lane) error {
	schedule, err := v.job.schedule()
	if err != nil {
		return err
	}
	senders := make([]*sender, len(lanes))
	for i, l := range lanes {
		s, err := v.job.scenario.Strategy(l.info.Name, v.targets, 1)
		if err != nil {
			return err
		}
		senders[i] = newSender(ctx, l, s, v.bill)
	}
	for _, t := range v.job.turns() {
		if err != nil || ctx.Err() != nil {
			break
		}
		v.turns++
		err = senders[t.lane].take(ctx, schedule, t)
	}
	return err
}

// take takes a turn.
func (d *sender) take(ctx context.Context, schedule *Schedule, t turn) error {
	part, first, err := schedule.Part(t.from, t.to)
	if err != nil {
		return err
	}
	if err := d.send(ctx, part, first, t.from); err != nil && ctx.Err() == nil {
		return fmt.Errorf("strategy %s: %w", d.lane.info.Name, err)
	}
	return nil
}

// bill writes into a finished outcome how long the answers of cancelled attempts
// may have become: nobody but the provider knows.
func (v *live) bill(o *strategies.Outcome) {
	for i := range o.Attempts {
		a := &o.Attempts[i]
		m, ok := v.targets[a.Target].(*metered)
		if ok && a.Leaf && a.State == strategies.Lost && a.Usage.Estimated {
			a.Whole = max(a.Usage.Output, m.info.Remote.AnswerLimit(o.Request.MaxTokens))
		}
	}
}

// spending returns what the run has cost; nil with mocks.
func (v *live) spending() *reports.Spending {
	if v == nil {
		return nil
	}
	t := v.till
	t.mu.Lock()
	defer t.mu.Unlock()
	return &reports.Spending{
		Calls: t.calls, LimitUSD: t.limit, Stopped: t.stopped,
		USD: reports.Range{Low: stats.Round(t.spent.Low), Value: stats.Round(t.spent.Value), High: stats.Round(t.spent.High)},
	}
}

// warnings says what a reader of a report about real models has to keep in mind.
func (v *live) warnings() []string {
	if v == nil {
		return nil
	}
	all := append([]string{}, v.doubts...)
	all = append(all, fmt.Sprintf("strategies took turns of %v in random order, so that a drift of the providers hits all alike; "+
		"intervals of comparisons take a turn as one observation", v.job.turn))
	for _, m := range v.models {
		all = append(all, m.warnings()...)
	}
	if v.spending().Stopped {
		all = append(all, fmt.Sprintf("the run was stopped before it could cost more than $%v", v.till.limit))
	}
	return all
}
