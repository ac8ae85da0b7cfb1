package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/record"
)

// The figures without a report are those of the report.
func TestMeasure(t *testing.T) {
	t.Parallel()
	sc := parse(t, `
load: {rate: 50/s, requests: 800, arrivals: poisson}
models:
  a: {latency: {lognormal: {median: 1s, p95: 4s}}, price: {input: 1, output: 10}}
  b: {latency: 2s, price: {input: 1, output: 2}}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 1s, budget: 20%}}
`)
	document := runIt(t, sc, engine.Options{})
	job, err := engine.New(sc, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := job.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := strategy(t, document, "hedge")
	for metric, value := range map[string]float64{
		"p95": want.LatencyMS.P95.Value, "success": want.Success.Value, "cost": want.Cost.MultiplierCI.Value,
		"attempts": want.Attempts.PerRequest, "hedge_rate": float64(want.Hedges.Fired) / 800,
	} {
		got := m.Value(objective.Ref{Strategy: "hedge", Metric: metric})
		if !got.Known() || got.Value != value {
			t.Errorf("%s is %v, the report says %v", metric, got, value)
		}
	}
	c, ok := m.Columns("hedge")
	attempts := 0
	for _, n := range c.Attempts {
		attempts += n
	}
	if !ok || len(c.Latency) != 800 || attempts != want.Attempts.Total {
		t.Errorf("%d requests with %d attempts, want 800 with %d", len(c.Latency), attempts, want.Attempts.Total)
	}
}

// A run that begins with a later request meets the same as a run that came there.
func TestMeasure_first(t *testing.T) {
	t.Parallel()
	sc := parse(t, `
load: {rate: 50/s, requests: 300}
models: {a: {latency: {lognormal: {median: 1s, p95: 4s}}}}
strategies: {single: {single: {target: a}}}
`)
	columns := func(o engine.Options) record.Columns {
		job, err := engine.New(sc, o)
		if err != nil {
			t.Fatal(err)
		}
		m, err := job.Measure(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, _ := m.Columns("single")
		return c
	}
	all, late := columns(engine.Options{}), columns(engine.Options{First: 200, Requests: 100})
	if diff := cmp.Diff(all.Latency[200:], late.Latency); diff != "" {
		t.Error(diff)
	}
}
