package scenarios

import (
	"context"
	"fmt"
	"slices"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Mock returns the configuration of the scenario's models for one run, with
// everything that keeps state fresh. Every duration is divided by scale, which
// must be positive; 1 is full length.
func (s *Scenario) Mock(seed uint64, scale float64) mockprovider.Config {
	c := mockprovider.Config{Seed: seed, Workload: &s.Workload.Workload, Correlation: s.Workload.Correlation}
	for i := range s.Models {
		c.Models = append(c.Models, s.Models[i].scaled(timescale(scale)))
	}
	for i := range s.Faults {
		c.Faults = append(c.Faults, s.Faults[i].window(timescale(scale)))
	}
	return c
}

// Strategy makes the named strategy for one run, its budgets, breakers and
// delay estimates fresh, with the given models for its targets. Every duration
// is divided by scale, which must be positive; 1 is full length. The error says
// that there is no such strategy, or which of the models it may call is missing.
func (s *Scenario) Strategy(name string, models map[string]llm.Model, scale float64) (strategies.Strategy, error) {
	if !slices.ContainsFunc(s.Strategies, func(t Strategy) bool { return t.Name == name }) {
		return nil, fmt.Errorf("scenario %q has no strategy %q", s.Name, name)
	}
	for _, m := range s.Callable(name) {
		if models[m] == nil {
			return nil, fmt.Errorf("scenario %q: model %q is missing", s.Name, m)
		}
	}
	take := func(m string) llm.Model { return models[m] }
	k := &kitchen{timescale: timescale(scale), model: take, named: make(map[string]strategies.Strategy), all: s.Strategies, price: s.price}
	return k.strategy(name), nil
}

// Callable returns the names of the models that the named strategies may call,
// judges included, in the scenario's order. Unknown names count for nothing.
func (s *Scenario) Callable(names ...string) []string {
	called := make(map[string]bool)
	note := func(m string) llm.Model {
		called[m] = true
		return nobody(m)
	}
	k := &kitchen{timescale: 1, model: note, named: make(map[string]strategies.Strategy), all: s.Strategies, price: s.price}
	for _, t := range s.Strategies {
		if slices.Contains(names, t.Name) {
			k.strategy(t.Name)
		}
	}
	var all []string
	for i := range s.Models {
		if called[s.Models[i].Name] {
			all = append(all, s.Models[i].Name)
		}
	}
	return all
}

// nobody is a model that is named and never called.
type nobody string

// Name implements [llm.Model].
func (n nobody) Name() string { return string(n) }

// Call implements [llm.Model].
func (n nobody) Call(context.Context, llm.Call) (llm.Answer, error) {
	return llm.Answer{}, &llm.Error{Kind: llm.NotFound}
}

// Scaled returns the schedule on a time scale: rates are multiplied by scale,
// durations divided by it.
func (l Schedule) Scaled(scale float64) Schedule {
	s := timescale(scale)
	l.Rate *= scale
	l.Duration, l.Timeout = s.time(l.Duration), s.time(l.Timeout)
	a := &l.Arrivals
	a.From, a.To, a.Amplitude = a.From*scale, a.To*scale, a.Amplitude*scale
	a.Period, a.Due = s.time(a.Period), s.due(a.Due)
	a.Steps = slices.Clone(a.Steps)
	for i, step := range a.Steps {
		a.Steps[i] = Step{Rate: step.Rate * scale, For: s.time(step.For)}
	}
	return l
}
