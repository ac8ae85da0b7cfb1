package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Forecast is what a run with real models will take, before anything is sent.
type Forecast struct {
	// Strategies are those to be run, in their order.
	Strategies []StrategyForecast
	// Probes is the number of calls before the load, one per model.
	Probes int
	// Calls and USD are of all strategies and the probes.
	Calls CallRange
	USD   CostRange
	// Requests is how many each strategy is sent, Turn how long it has its turn,
	// and Takes how long the run takes, but for the ends of turns.
	Requests int
	Turn     time.Duration
	Takes    time.Duration
}

// StrategyForecast is what one strategy will take.
type StrategyForecast struct {
	Name  string
	Calls CallRange
	USD   CostRange
}

// CallRange is from how many to how many calls.
type CallRange struct{ Low, High int }

// CostRange is from how many to how many US dollars.
type CostRange struct{ Low, High float64 }

// rehearsed is how many requests of a load are tried out for a forecast.
const rehearsed = 500

// Forecast tries out what the strategies would do, on the virtual clock, in
// several kinds of weather: every call succeeds, fails, fails half of the time,
// is slower than any request may take, or is answered at random. The range is from
// what it takes if every call succeeds to the most of all; a call costs the prompt
// at least and the longest answer allowed at most. So the range is of what was tried, and not a
// bound: that is [Options.MaxCost].
func (j *Job) Forecast(ctx context.Context) (*Forecast, error) {
	f := j.forecastProbes()
	f.Turn, f.Takes = j.turn, time.Duration(len(j.strategies))*j.span
	for _, info := range j.strategies {
		s := StrategyForecast{Name: info.Name}
		for i, w := range j.rehearsals() {
			t, err := j.rehearse(ctx, info.Name, w)
			if err != nil {
				return nil, fmt.Errorf("forecast of %s: %w", info.Name, err)
			}
			calls, low, high := t.scaled(j.planned)
			if i == 0 {
				s.Calls.Low, s.USD.Low = calls, low
			}
			s.Calls.High, s.USD.High = max(s.Calls.High, calls), max(s.USD.High, high)
		}
		f.add(&s)
	}
	return f, nil
}

// ForecastRecording returns what [Record] of [Options].Models will take: a call to
// each for each request, and one before the load. Its Strategies are the models.
func (j *Job) ForecastRecording() *Forecast {
	f := j.forecastProbes()
	f.Takes = j.span
	for _, m := range j.models {
		s := StrategyForecast{Name: m.Name, Calls: CallRange{Low: j.planned, High: j.planned}}
		for i := range min(j.planned, rehearsed) {
			low, high := bill(&m, j.prompt(uint64(i)), 0)
			s.USD.Low, s.USD.High = s.USD.Low+low, s.USD.High+high
		}
		k := float64(j.planned) / float64(max(1, min(j.planned, rehearsed)))
		s.USD.Low, s.USD.High = s.USD.Low*k, s.USD.High*k
		f.add(&s)
	}
	return f
}

// forecastProbes returns what comes before the load.
func (j *Job) forecastProbes() *Forecast {
	f := &Forecast{Requests: j.planned, Probes: len(j.models), Calls: CallRange{Low: len(j.models), High: len(j.models)}}
	for i := range j.models {
		low, high := bill(&j.models[i], firstQuestion(), 0)
		f.USD.Low, f.USD.High = f.USD.Low+low, f.USD.High+high
	}
	return f
}

// prompt returns a request as it will be sent.
func (j *Job) prompt(i uint64) *llm.Request {
	r := j.scenario.Workload.Request(i)
	return &r
}

// add adds what a strategy or a model will take.
func (f *Forecast) add(s *StrategyForecast) {
	f.Strategies = append(f.Strategies, *s)
	f.Calls.Low, f.Calls.High = f.Calls.Low+s.Calls.Low, f.Calls.High+s.Calls.High
	f.USD.Low, f.USD.High = f.USD.Low+s.USD.Low, f.USD.High+s.USD.High
}

// rehearsal is the weather that all models meet in one.
type rehearsal struct {
	takes    time.Duration
	accuracy float64
	failing  float64 // share of calls
}

// rehearsals returns what is tried out for a forecast, the best first.
func (j *Job) rehearsals() []rehearsal {
	return []rehearsal{
		{takes: time.Millisecond, accuracy: 1},
		{takes: time.Millisecond, accuracy: 1, failing: 1},
		{takes: time.Millisecond, accuracy: 1, failing: 0.5},
		{takes: 2 * j.timeout(), accuracy: 1},
		{takes: time.Millisecond, accuracy: 0.3},
	}
}

// toll is what calls have taken.
type toll struct {
	requests, calls int
	low, high       float64 // US dollars
}

// scaled returns the toll of so many requests.
func (t toll) scaled(requests int) (calls int, low, high float64) {
	k := float64(requests) / float64(max(1, t.requests))
	return int(float64(t.calls)*k + 0.5), t.low * k, t.high * k
}

// rehearse sends the beginning of the load through a strategy over mocks.
func (j *Job) rehearse(ctx context.Context, strategy string, w rehearsal) (t toll, err error) {
	targets, err := j.understudies(w)
	if err != nil {
		return toll{}, err
	}
	s, err := j.scenario.Strategy(strategy, targets, 1)
	if err != nil {
		return toll{}, err
	}
	schedule, err := j.schedule()
	if err != nil {
		return toll{}, err
	}
	cfg := virtual.Config{Strategy: s, Seed: j.seed, Timeout: j.timeout(), Settled: func(o *strategies.Outcome) { j.charge(&t, o) }}
	next := uint64(0)
	err = virtual.Run(ctx, cfg, func(r *llm.Request) (time.Duration, bool) {
		due, ok := schedule.Next()
		*r = j.scenario.Workload.Request(next)
		next++
		return due, ok && next <= rehearsed
	})
	return t, err
}

// understudies returns mocks in the place of the real models.
func (j *Job) understudies(w rehearsal) (map[string]llm.Model, error) {
	cfg := mockprovider.Config{Seed: j.seed, Workload: &j.scenario.Workload.Workload}
	for _, m := range j.scenario.Models {
		cfg.Models = append(cfg.Models, mockprovider.Settings{
			Name: m.Name, Format: m.Format, FirstToken: draw.Constant(w.takes), Accuracy: &w.accuracy,
		})
	}
	if w.failing > 0 {
		cfg.Faults = []fault.Window{{Probability: w.failing, Fault: fault.Status{Code: 500, After: time.Millisecond}}}
	}
	models, err := mockprovider.NewModels(cfg)
	targets := make(map[string]llm.Model, len(models))
	for _, m := range models {
		targets[m.Name()] = m
	}
	return targets, err
}

// charge adds what a request's calls would cost: its prompt for nearly no answer,
// and for the longest that is allowed. What a judge is asked is counted where the
// mock has counted it.
func (j *Job) charge(t *toll, o *strategies.Outcome) {
	t.requests++
	for i := range o.Attempts {
		a := &o.Attempts[i]
		for _, m := range j.scenario.Models {
			if !a.Leaf || a.Target != m.Name {
				continue
			}
			t.calls++
			low, high := bill(&m, o.Request, a.Usage.Input)
			t.low, t.high = t.low+low, t.high+high
		}
	}
}

// bill returns what a call may cost: the prompt, of so many tokens at least, with
// one token for an answer, and with the longest that is allowed.
func bill(m *scenarios.Model, r *llm.Request, counted int) (low, high float64) {
	input := max(llm.EstimateTokens(r.System)+llm.EstimateTokens(r.Prompt), counted)
	return m.Price.Cost(llm.Usage{Input: input, Output: 1}),
		m.Price.Cost(llm.Usage{Input: input, Output: m.Remote.AnswerLimit(r.MaxTokens)})
}
