package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Run makes a job of sc and o and runs it.
func Run(ctx context.Context, sc *scenarios.Scenario, o Options) (*reports.Document, error) {
	j, err := New(sc, o)
	if err != nil {
		return nil, err
	}
	return j.Run(ctx)
}

// Run sends every strategy of the scenario through the whole load and returns
// the report. Each strategy meets the same arrivals, prompts and weather, with
// models, budgets and breakers as new. Real models are asked once before the
// load; the error is a [*ProbeError] if one of them cannot be used.
//
// When ctx is cancelled Run stops early and returns the report of what was
// measured so far, marked as interrupted, with a nil error. If [Options.Dir] is
// set, requests.ndjson.gz is there when Run returns without an error.
func (j *Job) Run(ctx context.Context) (*reports.Document, error) {
	live, ctx, err := j.connect(ctx)
	defer live.close()
	if err != nil {
		return nil, err
	}
	var writer *record.Writer
	if j.options.Dir != "" {
		writer = record.NewWriter(j.requestsPath())
		defer writer.Abort() //nolint:errcheck // after Close it does nothing; before, the first error counts
	}
	lanes, err := j.lanes(writer)
	if err != nil {
		return nil, err
	}
	j.options.View.begin(j, lanes)
	defer j.options.View.end()
	if live != nil {
		err = live.run(ctx, lanes)
	} else {
		err = j.run(ctx, lanes)
	}
	if err != nil {
		return nil, err
	}
	document, err := j.document(lanes, live, ctx.Err() != nil)
	if err != nil || writer == nil {
		return document, err
	}
	return document, writer.Close()
}

// run runs the lanes: side by side on the virtual clock, where they cannot
// disturb each other, one after the other on the real one, where they would.
func (j *Job) run(ctx context.Context, lanes []*lane) error {
	atOnce, perform := runtime.GOMAXPROCS(0), (*lane).virtual
	if j.options.Clock == Real {
		atOnce, perform = 1, (*lane).real
	}
	errs := make([]error, len(lanes))
	free := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, l := range lanes {
		free <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-free }()
			if err := perform(l, ctx); err != nil && ctx.Err() == nil {
				errs[i] = fmt.Errorf("strategy %s: %w", l.info.Name, err)
			}
			if l.watch != nil && ctx.Err() == nil {
				l.watch.passed(j.span)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// lane is one strategy's way through the load.
type lane struct {
	job      *Job
	info     scenarios.Strategy
	models   []*mockprovider.Model
	targets  map[string]llm.Model // what the strategy is built on
	mu       sync.Mutex           // held where others look at the recorder
	recorder *record.Recorder     // guarded by mu while the lane is under way
	part     *record.Part         // nil: requests are not kept
	convert  converter
	lags     lags
	watch    *watch // nil: nobody is told
	progress Progress
	running  *stats.Histogram // latencies so far, for progress
	tape     *tape            // nil unless models are recorded instead of a strategy run
}

// lanes prepares a lane for each strategy.
func (j *Job) lanes(writer *record.Writer) ([]*lane, error) {
	lanes := make([]*lane, len(j.strategies))
	for i, info := range j.strategies {
		cfg := j.recording(info.Name)
		cfg.Trial = j.trial(info.Trial)
		l := &lane{
			job: j, info: info, recorder: record.NewRecorder(cfg),
			convert:  converter{workload: &j.scenario.Workload.Workload, tasked: tasked(&j.scenario.Workload.Workload), scale: j.scale, trial: info.Trial},
			progress: Progress{Strategy: info.Name, Planned: j.planned}, running: stats.NewHistogram(),
		}
		l.watch = newWatch(info.Name, cfg.Faults, j.options.OnEvent)
		for _, m := range cfg.Models {
			l.convert.models = append(l.convert.models, m.Name)
		}
		if writer != nil {
			part, err := writer.Part(cfg)
			if err != nil {
				return nil, err
			}
			l.part = part
		}
		lanes[i] = l
	}
	return lanes, nil
}

// A report of many strategies has shorter timelines, to be no larger than others.
const (
	manyStrategies = 16
	fewSteps       = 150
)

// recording says what a strategy's recorder is to know.
func (j *Job) recording(strategy string) record.Config {
	cfg := record.Config{
		Strategy: strategy, Expect: j.planned, Duration: j.span, First: uint64(j.options.First), //nolint:gosec // not negative Turn: j.turn,
		BillWhole: j.scenario.Billing.Cancelled == scenarios.Whole,
	}
	if len(j.scenario.Strategies) > manyStrategies {
		cfg.Steps = fewSteps
	}
	for _, m := range j.scenario.Models {
		cfg.Models = append(cfg.Models, record.ModelInfo{Name: m.Name, Price: m.Price})
	}
	cfg.Faults = j.windows()
	return cfg
}

// build makes the models, and the strategy over what stands for them.
func (l *lane) build(start time.Time, stand func(*mockprovider.Model) (llm.Model, error)) (strategies.Strategy, error) {
	cfg := l.job.scenario.Mock(l.job.seed, l.job.scale)
	cfg.Start = start
	models, err := mockprovider.NewModels(cfg)
	if err != nil {
		return nil, err
	}
	l.models = models
	l.targets = make(map[string]llm.Model, len(models))
	for _, m := range models {
		if l.targets[m.Name()], err = stand(m); err != nil {
			return nil, err
		}
	}
	if l.tape != nil {
		return l.tape.strategy(l.targets), nil
	}
	return l.job.scenario.Strategy(l.info.Name, l.targets, l.job.scale)
}

// settle takes in a finished request, which was due and sent at the given times
// and began at began, all from the run's start.
func (l *lane) settle(o *strategies.Outcome, due, sent, began time.Duration) {
	if l.tape != nil {
		l.tape.take(l, o, due)
		return
	}
	l.take(l.convert.convert(o, due, sent, began))
}

// request fills in the request with the given number.
func (l *lane) request(r *llm.Request, id uint64) { *r = l.job.scenario.Workload.Request(id) }

// take records a finished request.
func (l *lane) take(q *record.Request) {
	l.mu.Lock()
	l.recorder.Add(q)
	l.mu.Unlock()
	if l.part != nil {
		l.part.Add(q)
	}
	if l.watch != nil {
		l.watch.see(q)
	}
	if l.job.options.OnRequest != nil {
		l.job.options.OnRequest(l.info.Name, q)
	}
	l.tell(q)
}

// tellEvery is after how many requests of a simulation progress is told.
const tellEvery = 512

// tell passes on how far the lane has come, if anybody wants to know.
func (l *lane) tell(q *record.Request) {
	if l.job.options.Progress == nil {
		return
	}
	p := &l.progress
	p.Done++
	for i := range q.Attempts {
		if q.Attempts[i].State != record.StateRejected {
			p.Attempts++
		}
	}
	p.At = q.Due
	if q.OK {
		l.running.Record(q.Latency())
	} else {
		p.Failed++
	}
	if l.job.options.Clock != Real && p.Done%tellEvery != 0 && p.Done != p.Planned {
		return
	}
	switch rank, answered := stats.Rank(p.Done, 0.95), l.running.Count(); {
	case rank <= answered:
		p.P95 = l.running.AtRank(rank)
	case answered > 0:
		p.P95 = -1
	}
	l.job.options.Progress(*p)
}
