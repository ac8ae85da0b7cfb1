package scenarios_test

import (
	"context"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

const spending = `
models:
  a: {latency: 1s, price: {input: 1, output: 8}}
  b: {preset: gpt-4.1}
strategies:
  both:     {budgeted: {target: race, per_request: 0.01, per_run: 5, max_tokens: 256}}
  race:     {race: {targets: [a, {model: b, max_tokens: 64}], on: first_token, on_break: restart}}
  hedge:    {hedge: {targets: [a, b], delay: 1s, on: first_token, on_break: fail}}
  fallback: {fallback: {targets: [{limited: {target: {model: a, max_tokens: 32}, concurrency: 20}}, b], first_token: 2s, on_break: restart}}
`

func TestSpendingAndStreaming(t *testing.T) {
	t.Parallel()
	s := mustParse(t, spending)
	models := map[string]llm.Model{"a": &echo{name: "a"}, "b": &echo{name: "b"}}
	build := func(name string) strategies.Strategy {
		got, err := s.Strategy(name, models, 2)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	b := build("both").(strategies.Budgeted)
	if b.PerRequest != 0.01 || b.MaxTokens != 256 || b.Target.Name() != "race" || b.Purse == nil {
		t.Errorf("budgeted: %+v", b)
	}
	if a, list := b.Price("a"), b.Price("b"); a != (llm.Price{Input: 1, Output: 8}) || list != (llm.Price{Input: 2, Output: 8}) || b.Price("c") != (llm.Price{}) {
		t.Errorf("prices %v and %v", a, list)
	}
	if again := build("both").(strategies.Budgeted); again.Purse == b.Purse {
		t.Error("two runs share a purse")
	}
	if r := build("race").(strategies.Race); !r.Restart || r.On != strategies.OnFirstToken || r.Targets[1].Model() != models["b"] {
		t.Errorf("race: %+v", r)
	}
	if h := build("hedge").(strategies.Hedge); h.Restart {
		t.Errorf("hedge: %+v", h)
	}
	f := build("fallback").(strategies.Fallback)
	if f.FirstToken.Seconds() != 1 || !f.Restart || f.Targets[0].Name() != "limited(a)" {
		t.Errorf("fallback: %+v", f)
	}
	client := strategies.Client{Strategy: f}
	if _, err := client.Do(t.Context(), &llm.Request{MaxTokens: 99}); err != nil || models["a"].(*echo).most != 32 {
		t.Errorf("asked for %d tokens, want 32: %v", models["a"].(*echo).most, err)
	}
}

// echo remembers how long an answer it was asked for.
type echo struct {
	name string
	most int
}

func (m *echo) Name() string { return m.name }

func (m *echo) Call(_ context.Context, c llm.Call) (llm.Answer, error) {
	m.most = c.Request.MaxTokens
	return llm.Answer{Text: "yes"}, nil
}
