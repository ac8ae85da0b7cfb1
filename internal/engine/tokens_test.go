package engine_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// Answers of 50 tokens for prompts of a dozen; the backup is asked for 10.
const spending = `
load: {rate: 20/s, requests: 400}
workload: {max_tokens: 50}
models:
  a: {first_token: 500ms, per_token: 10ms, output_tokens: 100, price: {input: 0, output: 1000}}
  b: {first_token: 400ms, per_token: 20ms, output_tokens: 100, price: {input: 0, output: 100}}
faults:
  - {on: a, probability: 0.25, status: {code: 500}}
strategies:
  single: {single: {target: a}}
  backup: {fallback: {targets: [a, {model: b, max_tokens: 10}]}}
  race:   {race: {targets: [a, b]}}
  run:    {budgeted: {target: a, per_run: 5}}
  each:   {budgeted: {target: race, per_request: 0.05}}
  few:    {limited: {target: a, concurrency: 5}}
objectives:
  - run.usd <= 5
  - each.rejected >= 1
  - backup.tokens <= 41
  - single.inter_token_p95 <= 11ms
`

// Spend limits, token limits and concurrency limits hold in a run on either
// clock, and the report counts what they turned away.
func TestSpending(t *testing.T) {
	t.Parallel()
	for _, o := range []engine.Options{{}, {Clock: engine.Real, Requests: 60, TimeScale: 10}} {
		d := runIt(t, parse(t, spending), o)
		valid(t, d)
		requests := float64(d.Planned)

		backup := strategy(t, d, "backup").Models
		if n := backup[1].Tokens; n == nil || n.MeanOutput != 10 || n.Unused != 0 {
			t.Errorf("%s: the backup's answers have %+v tokens, want 10", d.Clock, n)
		}
		if n := backup[0].Tokens; n == nil || n.MeanOutput != 50 {
			t.Errorf("%s: the primary's answers have %+v tokens, want 50", d.Clock, n)
		}
		if s := strategy(t, d, "run"); s.Cost.USD.Value > 5 || requests == 400 && (s.Cost.USD.Value < 4.95 || s.Errors["rejected"] == 0) {
			t.Errorf("%s: spent %v of 5 USD, %v", d.Clock, s.Cost.USD.Value, s.Errors)
		}
		// Of the race of each request only the first call is covered.
		if s := strategy(t, d, "each"); s.Attempts.Rejected != d.Planned || s.Attempts.Total != d.Planned || s.Succeeded == 0 {
			t.Errorf("%s: %+v, want one call a request, and one turned away", d.Clock, s.Attempts)
		}
		if s := strategy(t, d, "few"); s.Errors["rejected"] == 0 || s.Attempts.Rejected != s.Errors["rejected"] {
			t.Errorf("%s: %d calls turned away, errors %v", d.Clock, s.Attempts.Rejected, s.Errors)
		}
		if s := strategy(t, d, "single"); s.InterTokenMS == nil || d.Clock == "virtual" && s.InterTokenMS.Mean.Value != 10 {
			t.Errorf("%s: gaps %+v, want 10 ms", d.Clock, s.InterTokenMS)
		}
	}
}

// A stream that breaks is begun again; the first token stays where it was.
func TestStreamingRestarts(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, `
load: {rate: 20/s, requests: 400}
models:
  a: {first_token: 200ms, per_token: 10ms, output_tokens: 100}
  b: {first_token: 300ms, per_token: 10ms, output_tokens: 100}
faults:
  - {on: a, probability: 0.25, truncate: {share: 0.5}}
strategies:
  fail:     {race: {targets: [a, b], on: first_token}}
  restart:  {race: {targets: [a, b], on: first_token, on_break: restart}}
  fallback: {fallback: {targets: [a, b], first_token: 400ms, on_break: restart}}
`), engine.Options{})
	failed := strategy(t, d, "fail")
	if failed.Restarts != 0 || failed.Errors["truncated"] < 60 {
		t.Errorf("without restarts: %d restarts, errors %v", failed.Restarts, failed.Errors)
	}
	for _, name := range []string{"restart", "fallback"} {
		s := strategy(t, d, name)
		if s.Succeeded != s.Requests || s.Restarts != failed.Errors["truncated"] {
			t.Errorf("%s: %d of %d answered, %d restarts, want %d", name, s.Succeeded, s.Requests, s.Restarts, failed.Errors["truncated"])
		}
		if *s.FirstTokenMS.Max != 200 || time.Duration(*s.LatencyMS.Max)*time.Millisecond < 1900*time.Millisecond {
			t.Errorf("%s: last first token at %v ms, last answer at %v ms", name, *s.FirstTokenMS.Max, *s.LatencyMS.Max)
		}
	}
}
