package virtual_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

const ms = time.Millisecond

// served is a model with limited concurrency.
type served struct {
	plain
	station *fault.Station
	service func(r *llm.Request) time.Duration
}

func (m *served) Station() *fault.Station { return m.station }

func (m *served) Plan(p *fault.Plan, r *llm.Request, _ int, _ time.Duration) {
	d := m.service(r)
	*p = fault.Plan{Wait: d, FirstToken: d, Tokens: 100, Input: 20, Text: "yes"}
}

// limited returns a model that serves so many at once, and queues so many.
func limited(concurrency, queue int, service func(r *llm.Request) time.Duration) *served {
	capacity := fault.Capacity{Concurrency: concurrency, Queue: queue}
	return &served{
		plain:   plain{name: "A"},
		station: fault.NewStation(func(time.Duration) (fault.Capacity, bool) { return capacity, true }),
		service: service,
	}
}

// hanging is a model that never answers.
type hanging struct{ plain }

func (m *hanging) Plan(p *fault.Plan, _ *llm.Request, _ int, _ time.Duration) {
	*p = fault.Plan{End: fault.EndHang, Until: -1}
}

// at gives requests due at the given times.
func at(due ...time.Duration) virtual.Arrivals {
	n := 0
	return func(r *llm.Request) (time.Duration, bool) {
		if n == len(due) {
			return 0, false
		}
		*r = llm.Request{ID: uint64(n), Prompt: "?"} //nolint:gosec // a count
		n++
		return due[n-1], true
	}
}

// poisson gives n requests with exponential gaps of the given mean.
func poisson(n int, mean time.Duration) virtual.Arrivals {
	id, now := 0, time.Duration(0)
	gap := draw.Exponential{Mean: float64(mean)}
	return func(r *llm.Request) (time.Duration, bool) {
		now += time.Duration(gap.Quantile(draw.New(77).Word(uint64(id)).Float64())) //nolint:gosec // a count
		*r = llm.Request{ID: uint64(id), Prompt: "?"}                               //nolint:gosec // a count
		id++
		return now, id <= n
	}
}

// run simulates and shows every outcome.
func run(t *testing.T, cfg virtual.Config, arrivals virtual.Arrivals, each func(o *strategies.Outcome)) {
	t.Helper()
	cfg.Settled = each
	if err := virtual.Run(t.Context(), cfg, arrivals); err != nil {
		t.Fatal(err)
	}
}

// journal runs a simulation that uses all strategies and writes down every bit
// of its outcomes.
func journal(t *testing.T, seed uint64) string {
	t.Helper()
	model := func(name string, key uint64) strategies.Target {
		return strategies.ModelTarget(&plain{name, key, time.Second})
	}
	a, b, c := model("A", seed), model("B", seed+1), model("C", seed+2)
	guarded := strategies.NewBreaker(a, strategies.BreakerConfig{FailureRate: 0.4, WindowTime: 10 * time.Second, SlowCall: time.Second, Open: 2 * time.Second})
	inner := strategies.Hedge{
		Targets:  []strategies.Target{strategies.NestedTarget("guarded", guarded), b},
		Adaptive: strategies.NewAdaptiveDelay(90, time.Second), Budget: strategies.NewBudget(0.2), Probability: 0.7,
	}
	panel := strategies.Consensus{Targets: []strategies.Target{
		strategies.NestedTarget("hedge", inner), b,
		strategies.NestedTarget("race", strategies.Race{Targets: []strategies.Target{a, c}, On: strategies.OnFirstToken}),
	}}
	outer := strategies.Retry{Target: strategies.NestedTarget("fallback", strategies.Fallback{
		Targets: []strategies.Target{strategies.NestedTarget("panel", panel), c}, Timeout: 1500 * ms,
	})}
	var log strings.Builder
	cfg := virtual.Config{Strategy: outer, Seed: seed, Timeout: 4 * time.Second}
	run(t, cfg, poisson(300, 100*ms), func(o *strategies.Outcome) {
		fmt.Fprintf(&log, "%+v %+v %+v %v %v %v\n", *o.Request, o.Answer, o.Attempts, o.Took, o.Spoke, o.Err)
		fmt.Fprintf(&log, "%+v\n", o.Notes)
	})
	return log.String()
}
