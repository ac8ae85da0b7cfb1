package main

import (
	"context"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// plain is a model with exponential latency and nothing else, so that what is
// measured is the driver.
type plain struct {
	name string
	key  uint64
	mean time.Duration
}

var _ virtual.Planner = (*plain)(nil)

// Name implements [llm.Model].
func (m *plain) Name() string { return m.name }

// Call implements [llm.Model]; it is never called on the virtual clock.
func (m *plain) Call(context.Context, llm.Call) (llm.Answer, error) { return llm.Answer{}, nil }

// Station implements [virtual.Planner]: there is no limit.
func (m *plain) Station() *fault.Station { return nil }

// Plan implements [virtual.Planner].
func (m *plain) Plan(p *fault.Plan, r *llm.Request, ordinal int, _ time.Duration) {
	u := draw.New(m.key).Word(r.ID).Word(uint64(ordinal)).Float64()
	d := time.Duration(draw.Exponential{Mean: float64(m.mean)}.Quantile(u))
	*p = fault.Plan{Wait: d, FirstToken: d, Tokens: 100, Input: 20, Text: "yes"}
}

// simulate sends n requests, 50 ms apart, through a hedge whose primary is
// slower than the delay about half of the time, and returns how many attempts
// that made.
func simulate(ctx context.Context, n int) (attempts int, err error) {
	hedge := strategies.Hedge{
		Targets: []strategies.Target{
			strategies.ModelTarget(&plain{"A", 1, time.Second}), strategies.ModelTarget(&plain{"B", 2, time.Second}),
		},
		Delay: 700 * time.Millisecond,
	}
	cfg := virtual.Config{
		Strategy: hedge, Timeout: 30 * time.Second,
		Settled: func(o *strategies.Outcome) { attempts += len(o.Attempts) },
	}
	id := 0
	err = virtual.Run(ctx, cfg, func(r *llm.Request) (time.Duration, bool) {
		*r = llm.Request{ID: uint64(id), Prompt: "?"}
		id++
		return time.Duration(id) * 50 * time.Millisecond, id <= n
	})
	return attempts, err
}

// measureVirtual measures the virtual driver alone. It runs on one goroutine,
// so attempts per second of processor time are attempts per second and core.
func measureVirtual(ctx context.Context, e effort) ([]line, error) {
	n := max(1_000_000/e.scale, 1)
	rate, err := repeat(e.rounds, func() (float64, error) {
		before, err := processorTime()
		if err != nil {
			return 0, err
		}
		attempts, err := simulate(ctx, n)
		if err != nil {
			return 0, err
		}
		after, err := processorTime()
		return float64(attempts) / (after - before).Seconds(), err
	})
	if err != nil {
		return nil, err
	}
	// What a simulation allocates once does not count: the difference between
	// a long one and a short one does.
	once, err := allocations(1, func() error { _, err := simulate(ctx, n); return err })
	if err != nil {
		return nil, err
	}
	twice, err := allocations(1, func() error { _, err := simulate(ctx, 2*n); return err })
	if err != nil {
		return nil, err
	}
	perRequest := max(0, (twice-once)/float64(n))
	return []line{
		{name: "virtual driver, hedge", unit: "attempts/s/core", value: rate, goal: atLeast(rate, 1e6, ">= 1,000,000")},
		{name: "virtual driver, hedge", unit: "allocations/request", value: perRequest, goal: atMost(perRequest, 0.001, "0")},
	}, nil
}
