package mockprovider_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

const ms = time.Millisecond

// steady is a model without chance: 100 ms to the first of 11 tokens, the others
// 10 ms apart.
func steady(name string) mockprovider.Settings {
	return mockprovider.Settings{
		Name:         name,
		FirstToken:   draw.Constant(100 * ms),
		PerToken:     draw.Constant(10 * ms),
		OutputTokens: draw.Constant(11),
	}
}

// models builds the models of c or fails the test.
func models(tb testing.TB, c mockprovider.Config) []*mockprovider.Model {
	tb.Helper()
	all, err := mockprovider.NewModels(c)
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// one builds a steady model with the given faults.
func one(tb testing.TB, faults ...fault.Fault) *mockprovider.Model {
	tb.Helper()
	c := mockprovider.Config{Seed: 1, Models: []mockprovider.Settings{steady("m")}}
	for _, f := range faults {
		c.Faults = append(c.Faults, fault.Window{Kind: "fault", Fault: f})
	}
	return models(tb, c)[0]
}

// tickets returns the embedded workload.
func tickets(tb testing.TB) *mockprovider.Workload {
	tb.Helper()
	items, ok := mockprovider.Embedded(mockprovider.Tickets)
	if !ok {
		tb.Fatal("no embedded tickets")
	}
	return &mockprovider.Workload{Items: items}
}

// planned returns what m plans for the first call of r at the beginning.
func planned(m *mockprovider.Model, r *llm.Request) fault.Plan {
	var p fault.Plan
	m.Plan(&p, r, 0, 0)
	return p
}

// draws is how many requests a test of shares makes.
const draws = 30_000

// near fails the test if n of the draws is further from the share want than six
// standard errors.
func near(t *testing.T, what string, n int, want float64) {
	t.Helper()
	got := float64(n) / draws
	if d := got - want; d*d > 36*want*(1-want)/draws {
		t.Errorf("%s: %.4f, want about %.4f", what, got, want)
	}
}
