package tune_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/scenarios"
)

const steady = `
load: {rate: 50/s, requests: 2000, arrivals: poisson}
models:
  a: {latency: {exponential: {mean: 1s}}, price: {input: 1, output: 10}, output_tokens: 100}
  b: {latency: {exponential: {mean: 1s}}, price: {input: 1, output: 10}, output_tokens: 100}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 3s, budget: none}}
`

func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func search(t *testing.T, text, goal string, constraints []string, vary ...string) *tune.Result {
	t.Helper()
	sc := parse(t, text)
	g, err := tune.ParseGoal(sc, goal, false, constraints)
	if err != nil {
		t.Fatal(err)
	}
	var knobs []tune.Knob
	var keys []string
	for _, v := range vary {
		k, err := tune.ParseKnob(v)
		if err != nil {
			t.Fatal(err)
		}
		knobs, keys = append(knobs, k), append(keys, k.Key)
	}
	e, err := tune.NewEvaluator(sc, keys, g.Refs(), tune.EvaluatorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	grid, err := tune.Grid(knobs)
	if err != nil {
		t.Fatal(err)
	}
	s := tune.Search{Evaluator: e, Goal: g, Seeds: []uint64{1, 2, 3, 4, 5, 6, 7, 8}, Settings: grid, Knobs: knobs}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSearch(t *testing.T) {
	t.Parallel()
	r := search(t, steady, "hedge.p95", []string{"hedge.hedge_rate <= 20%"}, "hedge.delay=500ms..10s")
	t.Log(r.Best.Setting.Name(), len(r.Trials), len(r.Tied))
	for _, x := range r.Trials {
		t.Log(x.Setting.Name(), x.State, x.Runs.Seeds())
	}
}
