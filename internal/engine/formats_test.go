package engine_test

import (
	"fmt"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

const formatScenario = `
name: formats
load: {rate: 20/s, requests: 40}
workload: {prompts: tickets, max_tokens: 32}
models:
  a: {format: %s, first_token: 200ms, per_token: 2ms, output_tokens: 20, accuracy: 1, price: {input: 1, output: 2}}
  b: {format: %s, first_token: 200ms, per_token: 2ms, output_tokens: 20, accuracy: 1, price: {input: 1, output: 2}}
faults:
  - {name: wrong-name, on: a, from: 1s, status: {code: 404}}
strategies:
  single: {single: {target: a}}
  retry: {retry: {target: a, attempts: 3, budget: 100%%}}
  fallback: {fallback: {targets: [a, b]}}
`

func formats(t *testing.T, primary, backup string) (single, retry, fallback *reports.Strategy) {
	t.Helper()
	sc := parse(t, fmt.Sprintf(formatScenario, primary, backup))
	d := runIt(t, sc, engine.Options{Clock: engine.Real, TimeScale: 4})
	return strategy(t, d, "single"), strategy(t, d, "retry"), strategy(t, d, "fallback")
}

// checkFormat demands that over a socket the answers of a format are read, each
// of them right, with their tokens, and that its 404 is known as permanent: it
// is not retried, and the fallback moves on, to another format.
func checkFormat(t *testing.T, primary, backup string) {
	t.Helper()
	single, retry, fallback := formats(t, primary, backup)
	if single.Succeeded == 0 || single.Accuracy.Value != 1 {
		t.Errorf("single: %d answers, accuracy %v", single.Succeeded, single.Accuracy)
	}
	if single.Errors["not_found"] != single.Requests-single.Succeeded || len(single.Errors) != 1 {
		t.Errorf("single: errors are %v, want not_found only", single.Errors)
	}
	if retry.Attempts.Total != retry.Requests || retry.Retries.Made != 0 {
		t.Errorf("retry: %d attempts for %d requests, a 404 is permanent", retry.Attempts.Total, retry.Requests)
	}
	if fallback.Succeeded != fallback.Requests || fallback.Accuracy.Value != 1 || !fallback.FirstTokenMS.P50.Known() {
		t.Errorf("fallback: %d of %d answered, accuracy %v, first token %+v",
			fallback.Succeeded, fallback.Requests, fallback.Accuracy, fallback.FirstTokenMS.P50)
	}
	if moved := fallback.Models[1].Won; moved == 0 || moved != fallback.Models[0].Errors["not_found"] {
		t.Errorf("fallback: %d answers of the second for %v of the first", moved, fallback.Models[0].Errors)
	}
	if fallback.Cost.USD.Value <= 0 {
		t.Error("fallback: no tokens were read")
	}
}

func TestFormats_openai(t *testing.T) {
	t.Parallel()
	checkFormat(t, "openai", "anthropic")
}

func TestFormats_anthropic(t *testing.T) {
	t.Parallel()
	checkFormat(t, "anthropic", "gemini")
}

func TestFormats_gemini(t *testing.T) {
	t.Parallel()
	checkFormat(t, "gemini", "openai_responses")
}

func TestFormats_openaiResponses(t *testing.T) {
	t.Parallel()
	checkFormat(t, "openai_responses", "openai")
}

// A misspelt model is no model to come back to: it costs a single every request
// and a retry not one call more.
func TestRun_wrongModel(t *testing.T) {
	t.Parallel()
	sc, err := scenarios.Load("wrong-model")
	if err != nil {
		t.Fatal(err)
	}
	for _, clock := range []engine.Clock{engine.Virtual, engine.Real} {
		d := runIt(t, sc, engine.Options{Clock: clock, Requests: 40, Rate: 20, TimeScale: 4, Only: []string{"retry", "fallback"}})
		retry, fallback := strategy(t, d, "retry"), strategy(t, d, "fallback")
		if retry.Succeeded != 0 || retry.Attempts.Total != 40 || retry.Errors["not_found"] != 40 {
			t.Errorf("%s: retry succeeded %d times with %d attempts: %v", clock, retry.Succeeded, retry.Attempts.Total, retry.Errors)
		}
		if fallback.Succeeded != 40 || fallback.Models[1].Won != 40 {
			t.Errorf("%s: fallback succeeded %d times, %d by the second model", clock, fallback.Succeeded, fallback.Models[1].Won)
		}
	}
}
