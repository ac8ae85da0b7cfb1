package main

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/internal/tune/singler"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// hedged is the scenario whose settings are measured.
const hedged = `
load: {rate: 50/s, requests: 10000, arrivals: poisson}
models:
  a: {latency: {lognormal: {median: 1s, p95: 3s}}, price: {input: 3, output: 15}, output_tokens: 100}
  b: {latency: {lognormal: {median: 800ms, p95: 2s}}, price: {input: 1, output: 5}, output_tokens: 100}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 3s, budget: none}}
`

// measureTune measures a search for settings: what one optimum takes, what a
// setting takes, and how much memory ten times as many settings take.
func measureTune(ctx context.Context, e effort) ([]line, error) {
	optimum := optimumTook(max(1000, 200_000/e.scale), e.rounds)
	settings := max(10, 1000/e.scale)
	_, few, err := settingsTook(ctx, settings/10)
	if err != nil {
		return nil, err
	}
	took, many, err := settingsTook(ctx, settings)
	if err != nil {
		return nil, err
	}
	growth := many/few - 1
	return []line{
		{name: "SingleR optimum of 200,000 samples", unit: "ms", value: optimum, goal: atMost(optimum, 50, "< 50")},
		{name: fmt.Sprintf("%d settings of 10,000 requests, %d cores", settings, runtime.GOMAXPROCS(0)), unit: "s", value: took, goal: atMost(took, 30, "< 30")},
		{name: "memory, 10 times the settings", unit: "times more", value: max(0, growth), goal: atMost(growth, 0.25, "flat")},
	}, nil
}

// optimumTook returns the fewest milliseconds that sorting n samples and finding
// their best policy took.
func optimumTook(n, rounds int) float64 {
	samples := make([]singler.Sample, n)
	law := draw.LognormalP95(1, 3)
	for i := range samples {
		key := draw.New(1).Word(uint64(i)) //nolint:gosec // counts from 0
		x := time.Duration(law.Quantile(key.Name("x").Float64()) * float64(time.Second))
		y := time.Duration(law.Quantile(key.Name("y").Float64()) * float64(time.Second))
		samples[i] = singler.Sample{Alone: x, Busy: x, Backup: y, Extra: 1}
	}
	least := time.Hour
	for range rounds {
		began := time.Now()
		singler.New(samples).Optimum(0.95, 0.05)
		least = min(least, time.Since(began))
	}
	return float64(least) / float64(time.Millisecond)
}

// settingsTook runs n settings of a hedge and returns the seconds of processor
// time that took on each core, and the most memory in use at the end of a run, in
// bytes.
func settingsTook(ctx context.Context, n int) (seconds, peak float64, err error) {
	sc, err := scenarios.Parse("bench.yaml", []byte(hedged))
	if err != nil {
		return 0, 0, err
	}
	var most atomic.Uint64
	ends := 0
	o := tune.EvaluatorOptions{Progress: func() {
		if ends++; ends%max(1, n/32) == 0 {
			most.Store(max(most.Load(), inUse()))
		}
	}}
	refs := []objective.Ref{{Strategy: "hedge", Metric: "p95"}, {Strategy: "hedge", Metric: "cost"}}
	e, err := tune.NewEvaluator(sc, []string{"hedge.delay"}, refs, o)
	if err != nil {
		return 0, 0, err
	}
	settings := make([]tune.Setting, n)
	for i := range settings {
		settings[i].Changes = []scenarios.Change{{Key: "hedge.delay", Value: fmt.Sprintf("%dms", 500+3*i)}}
	}
	before, err := processorTime()
	if err != nil {
		return 0, 0, err
	}
	if _, err := e.Measure(ctx, settings, []uint64{1}); err != nil {
		return 0, 0, err
	}
	after, err := processorTime()
	return (after - before).Seconds() / float64(runtime.GOMAXPROCS(0)), float64(most.Load()), err
}

// inUse returns the bytes of memory in use, without what is rubbish already.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
