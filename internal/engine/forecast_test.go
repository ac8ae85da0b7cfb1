package engine_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// What strategies take at least and at most, where it can be counted by hand.
func TestForecast(t *testing.T) {
	t.Parallel()
	j, err := engine.New(parse(t, `
load: {rate: 10/s, requests: 1000, timeout: 30s}
workload: {max_tokens: 100}
models:
  a: {provider: openai, base_url: "http://127.0.0.1:1", price: {input: 0, output: 10}}
  b: {provider: openai, base_url: "http://127.0.0.1:1", price: {input: 0, output: 20}, max_tokens: 50}
strategies:
  single: {single: {target: a}}
  race: {race: {targets: [a, b]}}
  fallback: {fallback: {targets: [a, b]}}
  hedge: {hedge: {targets: [a, b], delay: 1s, budget: none}}
  retry: {retry: {target: a, attempts: 3, budget: none, base: 1ms}}
`), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := j.Forecast(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type want struct {
		calls     engine.CallRange
		low, high float64
	}
	wants := map[string]want{ // in a run of 1000; an answer is 1 token, or 100 of a and 50 of b, which cost the same
		"single":   {engine.CallRange{Low: 1000, High: 1000}, 0.01, 1},
		"race":     {engine.CallRange{Low: 2000, High: 2000}, 0.03, 2},
		"fallback": {engine.CallRange{Low: 1000, High: 2000}, 0.01, 2},
		"hedge":    {engine.CallRange{Low: 1000, High: 2000}, 0.01, 2},
		"retry":    {engine.CallRange{Low: 1000, High: 3000}, 0.01, 3},
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	for _, s := range f.Strategies {
		w := wants[s.Name]
		if s.Calls != w.calls || !near(s.USD.Low, w.low) || !near(s.USD.High, w.high) {
			t.Errorf("%s: %+v, want %+v", s.Name, s, w)
		}
	}
	if diff := cmp.Diff(engine.CallRange{Low: 6002, High: 10002}, f.Calls); diff != "" || !near(f.USD.High, 10.00048) || f.Probes != 2 {
		t.Errorf("in all: %+v %s", f, diff)
	}
}

// A recording asks every model once before the load, and once for each request.
func TestForecastRecording(t *testing.T) {
	t.Parallel()
	j, err := engine.New(parse(t, `
load: {rate: 10/s, requests: 1000, timeout: 30s}
workload: {max_tokens: 100}
models:
  a: {provider: openai, base_url: "http://127.0.0.1:1", price: {input: 0, output: 10}}
  b: {provider: openai, base_url: "http://127.0.0.1:1", price: {input: 0, output: 20}, max_tokens: 50}
strategies: {single: {single: {target: a}}}
`), engine.Options{Models: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	f := j.ForecastRecording()
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if want := (engine.CallRange{Low: 2002, High: 2002}); f.Calls != want || f.Probes != 2 || len(f.Strategies) != 2 ||
		!near(f.USD.Low, 0.03003) || !near(f.USD.High, 2.00048) { // 16 tokens of each before the load
		t.Errorf("%+v, want %+v for 0.03003 to 2.00048 USD", f, want)
	}
}
