package engine

import (
	"context"
	"errors"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Recording is what a recording came to.
type Recording struct {
	// Requests is how many there are of each model.
	Requests int
	// Interrupted says that the recording was stopped early.
	Interrupted bool
	// Late is the P99 of how late requests were sent, on the wall clock; 0 unless
	// it is more than timers of a busy machine are late by. Above 0 this machine
	// was the bottleneck, and what was measured may say more about it than about
	// the models.
	Late   time.Duration
	Models []Recorded
	// Spending is what real models have cost; nil with mocks.
	Spending *reports.Spending
}

// Recorded is what came of one model.
type Recorded struct {
	Name     string
	Answered int
	// CostUSD is what its calls cost, by their usage and its price.
	CostUSD float64
}

// Record measures every model of the scenario once per request, without any
// strategy: all are asked the same thing at the same moment, when the request is
// due. When ctx is cancelled, or something goes wrong on the way, the trace at path
// holds the requests that every model was done with by then; it is not there if
// there are none. answers says whether the texts of answers are kept.
// Of o, Only and Dir have no meaning.
func Record(ctx context.Context, sc *scenarios.Scenario, o Options, path string, answers bool) (*Recording, error) {
	o.Only, o.Dir = nil, ""
	if len(o.Models) == 0 {
		for i := range sc.Models {
			o.Models = append(o.Models, sc.Models[i].Name)
		}
	}
	j, err := New(sc, o)
	if err != nil {
		return nil, err
	}
	live, sending, err := j.connect(ctx)
	defer live.close()
	if err != nil {
		return nil, err
	}
	t, err := j.newTape(path, answers)
	if err != nil {
		return nil, err
	}
	l := &lane{
		job: j, tape: t, running: stats.NewHistogram(), convert: converter{scale: j.scale},
		info: scenarios.Strategy{Name: "record"}, progress: Progress{Strategy: "record", Planned: j.planned},
	}
	if live != nil {
		err = live.record(ctx, sending, l)
	} else {
		err = j.run(ctx, []*lane{l})
	}
	t.sum.Spending = live.spending()
	t.sum.Requests, t.sum.Interrupted, t.sum.Late = t.writer.Rows(), sending.Err() != nil, l.lags.late()
	if t.sum.Requests == 0 && (t.sum.Interrupted || err != nil) {
		return &t.sum, errors.Join(err, t.writer.Abort())
	}
	return &t.sum, errors.Join(err, t.writer.Close()) // what has cost money is kept
}

// record sends the load to real models without turns, since no strategy waits for
// one. When the money is gone it sends no more and waits for the calls that have
// been paid.
func (v *live) record(ctx, sending context.Context, l *lane) error {
	schedule, err := v.job.schedule()
	if err != nil {
		return err
	}
	return newSender(ctx, l, l.tape.strategy(v.targets), v.bill).send(sending, schedule, 0, 0)
}

// tape takes down what models do.
type tape struct {
	models   []scenarios.Model
	answers  bool
	workload *scenarios.Workload
	writer   *trace.Writer
	sum      Recording
	row      trace.Row // used again and again
}

// newTape begins a trace.
func (j *Job) newTape(path string, answers bool) (*tape, error) {
	t := &tape{models: j.models, answers: answers, workload: &j.scenario.Workload}
	for _, m := range t.models {
		t.sum.Models = append(t.sum.Models, Recorded{Name: m.Name})
	}
	var err error
	t.writer, err = trace.Create(path, j.header(t))
	return t, err
}

// header says where the rows of a trace come from.
func (j *Job) header(t *tape) trace.Header {
	sc := j.scenario
	h := trace.Header{
		Tool: trace.Tool{Version: j.options.Version}, Scenario: sc.Name, Clock: string(orVirtual(j.options.Clock)),
		Seed: j.seed, Started: j.options.Started, Prompts: sc.Workload.Prompts, Answers: t.answers,
		Load: trace.Schedule{
			Arrivals: string(sc.Load.Arrivals.Shape), RatePerS: stats.Round(float64(j.planned) / max(j.span.Seconds(), 1e-9)),
			TimeoutMS: stats.Millis(sc.Load.Timeout),
		},
	}
	for _, m := range t.models {
		h.Models = append(h.Models, trace.Info{
			Name: m.Name, Provider: m.Provider(), Format: m.Format.String(), Price: trace.Price(m.Price),
		})
	}
	return h
}

// strategy returns what asks the models of the tape.
func (t *tape) strategy(models map[string]llm.Model) strategies.Strategy {
	var all everyone
	for _, m := range t.models {
		all = append(all, strategies.ModelTarget(models[m.Name]))
	}
	return all
}

// everyone asks all targets at once and waits for all of them. Its answer is that
// of the last to answer; it fails when nobody does, or when it is abandoned.
type everyone []strategies.Target

// Run implements [strategies.Strategy].
func (all everyone) Run(x *strategies.Exchange) (ans llm.Answer, err error) {
	how := strategies.Start{}
	for _, t := range all {
		x.Start(t, how)
		how.Role = strategies.AsParallel
	}
	err = strategies.ErrNoTarget
	for range all {
		switch ev := x.Next(); {
		case ev.Kind == strategies.Abandoned:
			return llm.Answer{}, ev.Err
		case ev.Kind == strategies.Succeeded:
			ans, err = ev.Answer, nil
		case err != nil:
			err = ev.Err
		}
	}
	return ans, err
}

// take takes down what became of a request that was due at the given time. One
// that was over before it began, as when it is sent too late, is left out, and so
// is one of which a call was not made, for want of money.
func (t *tape) take(l *lane, o *strategies.Outcome, due time.Duration) {
	if len(o.Attempts) < len(t.models) {
		t.writer.Skip(o.Request.ID)
		return
	}
	r := &t.row
	*r = trace.Row{
		ID: o.Request.ID, Due: l.convert.time(due), Prompt: draw.Hash(o.Request.Prompt), Task: o.Request.Task,
		Calls: r.Calls[:0],
	}
	for i := range t.models {
		c := t.call(l, &o.Attempts[i], o.Request.ID)
		if f := c.Failure; f != nil && (f.Kind == llm.Rejected || f.Kind == llm.Canceled) {
			t.writer.Skip(r.ID)
			return
		}
		r.Calls = append(r.Calls, c)
	}
	for i := range r.Calls {
		t.count(i, &r.Calls[i])
	}
	t.writer.Add(r)
	l.tell(&record.Request{
		Due: r.Due, End: r.Due + l.convert.time(o.Took), OK: o.Succeeded(), Attempts: make([]record.Attempt, len(t.models)),
	})
}

// call returns what the model did, in the scenario's own time.
func (t *tape) call(l *lane, a *strategies.Attempt, request uint64) trace.Call {
	c := trace.Call{
		Latency: l.convert.time(a.End - a.Start), HasFirstToken: a.HasSpoken,
		Usage: a.Usage, Failure: a.Err, Cut: a.State == strategies.Lost,
	}
	if a.HasSpoken {
		c.FirstToken = l.convert.time(a.Spoke - a.Start)
	}
	switch {
	case c.Cut:
		c.Failure = strategies.ErrDeadline
	case c.Failure == nil:
		c.Correct = t.truth(a.Text, request)
		if t.answers {
			c.Text = a.Text
		}
	}
	return c
}

// truth says whether text answers a request rightly.
func (t *tape) truth(text string, request uint64) trace.Truth {
	right, known := t.workload.Correct(text, t.workload.Item(request))
	switch {
	case !known:
		return trace.Unknown
	case right:
		return trace.Right
	default:
		return trace.Wrong
	}
}

func (t *tape) count(i int, c *trace.Call) {
	m := &t.sum.Models[i]
	m.CostUSD += t.models[i].Price.Cost(c.Usage)
	if c.Failure == nil {
		m.Answered++
	}
}
