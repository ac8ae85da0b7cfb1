package scenarios

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// strategyKinds are the kinds of strategies and how their settings are read.
func strategyKinds() map[string]func(value) recipe {
	return map[string]func(value) recipe{
		"single":    readSingle,
		"retry":     readRetry,
		"fallback":  readFallback,
		"race":      readRace,
		"hedge":     readHedge,
		"consensus": readConsensus,
		"breaker":   readBreaker,
		"budgeted":  readBudgeted,
		"limited":   readLimited,
		"ab":        readAB,
		"best_of":   readBestOf,
		"route":     readRoute,
	}
}

// The defaults of the format, where they are not the Go API's, which leaves
// budgets to the caller.
const (
	defaultRetryBudget = 0.20
	defaultHedgeBudget = 0.10
	defaultHedgeCap    = 5 * time.Second
)

func readSingle(v value) recipe {
	var target targetRecipe
	v.need(v.object(fields{"target": func(v value) { target = v.target() }}), "target")
	return func(k *kitchen) strategies.Strategy { return strategies.Single{Target: target(k)} }
}

func readRetry(v value) recipe {
	var s strategies.Retry
	var target targetRecipe
	budget := budgetOf(defaultRetryBudget)
	v.need(v.object(fields{
		"target":   func(v value) { target = v.target() },
		"attempts": func(v value) { s.Attempts = v.count() },
		"base":     func(v value) { s.Base = v.positive() },
		"cap":      func(v value) { s.Cap = v.positive() },
		"budget":   func(v value) { budget = v.budget() },
	}), "target")
	if s.Base == 0 {
		s.Base = 500 * time.Millisecond
	}
	if s.Cap == 0 {
		s.Cap = max(8*time.Second, s.Base)
	}
	if s.Cap < s.Base {
		v.fail("has a cap, %v, below its base, %v", s.Cap, s.Base)
	}
	return func(k *kitchen) strategies.Strategy {
		fresh := s
		fresh.Target, fresh.Budget = target(k), budget()
		fresh.Base, fresh.Cap = k.time(s.Base), k.time(s.Cap)
		return fresh
	}
}

func readFallback(v value) recipe {
	s := strategies.Fallback{Timeout: 30 * time.Second}
	var targets []targetRecipe
	found := v.object(fields{
		"targets":     func(v value) { targets = v.targets() },
		"timeout":     func(v value) { s.Timeout = v.positive() },
		"on":          func(v value) { v.oneOrMore("kinds of failure", func(v value) { s.On = append(s.On, v.kind()) }) },
		"first_token": func(v value) { s.FirstToken = v.positive() },
		"on_break":    func(v value) { s.Restart = v.restart() },
	})
	v.need(found, "targets")
	checkStream(found, found.has("first_token"), "first_token")
	return func(k *kitchen) strategies.Strategy {
		return strategies.Fallback{
			Targets: k.targets(targets), Timeout: k.time(s.Timeout), On: append([]llm.Kind(nil), s.On...),
			FirstToken: k.time(s.FirstToken), Restart: s.Restart,
		}
	}
}

func readRace(v value) recipe {
	var s strategies.Race
	var targets []targetRecipe
	found := v.object(fields{
		"targets":  func(v value) { targets = v.targets() },
		"on":       func(v value) { s.On = v.trigger() },
		"on_break": func(v value) { s.Restart = v.restart() },
	})
	v.need(found, "targets")
	checkStream(found, s.On == strategies.OnFirstToken, "on: first_token")
	return func(k *kitchen) strategies.Strategy {
		fresh := s
		fresh.Targets = k.targets(targets)
		return fresh
	}
}

func readHedge(v value) recipe {
	var s strategies.Hedge
	var targets []targetRecipe
	var delay hedgeDelay
	limit := defaultHedgeCap
	budget := budgetOf(defaultHedgeBudget)
	found := v.object(fields{
		"targets":     func(v value) { targets = v.targets() },
		"delay":       func(v value) { delay = v.hedgeDelay() },
		"cap":         func(v value) { limit = v.positive() },
		"max_hedges":  func(v value) { s.MaxHedges = v.count() },
		"budget":      func(v value) { budget = v.budget() },
		"probability": func(v value) { s.Probability = v.chance() },
		"on":          func(v value) { s.On = v.trigger() },
		"on_break":    func(v value) { s.Restart = v.restart() },
	})
	v.need(found, "targets", "delay")
	checkStream(found, s.On == strategies.OnFirstToken, "on: first_token")
	if found.has("cap") && found.has("delay") && delay.percentile == 0 {
		found["cap"].fail("has no meaning beside a fixed delay: it bounds a delay such as p95")
	}
	return func(k *kitchen) strategies.Strategy {
		fresh := s
		fresh.Targets, fresh.Budget = k.targets(targets), budget()
		if delay.percentile > 0 {
			fresh.Adaptive = strategies.NewAdaptiveDelay(delay.percentile, k.time(limit))
		} else {
			fresh.Delay = k.time(delay.fixed)
		}
		return fresh
	}
}

func readBreaker(v value) recipe {
	var c strategies.BreakerConfig
	var target targetRecipe
	found := v.object(fields{
		"target":       func(v value) { target = v.target() },
		"failures":     func(v value) { c.Failures = v.count() },
		"failure_rate": func(v value) { c.FailureRate = v.chance() },
		"window":       func(v value) { c.WindowCalls, c.WindowTime = v.window() },
		"minimum":      func(v value) { c.Minimum = v.count() },
		"slow_call":    func(v value) { c.SlowCall = v.positive() },
		"open":         func(v value) { c.Open = v.positive() },
		"probes":       func(v value) { c.Probes = v.count() },
		"successes":    func(v value) { c.Successes = v.count() },
	})
	v.need(found, "target")
	checkRate(v, found, c)
	if c.Open == 0 {
		c.Open = time.Minute
	}
	return func(k *kitchen) strategies.Strategy {
		fresh := c
		fresh.WindowTime, fresh.SlowCall, fresh.Open = k.time(c.WindowTime), k.time(c.SlowCall), k.time(c.Open)
		return strategies.NewBreaker(target(k), fresh)
	}
}

// checkRate checks that a breaker's rate and window come together.
func checkRate(v value, found present, c strategies.BreakerConfig) {
	if found.has("failure_rate") && !found.has("window") {
		v.fail("has a failure_rate without a window: write window: 100 calls or window: 30s")
	}
	for _, key := range []string{"window", "minimum"} {
		if found.has(key) && !found.has("failure_rate") {
			found[key].fail("has no meaning without failure_rate")
		}
	}
	if c.WindowCalls > 0 && c.Minimum > c.WindowCalls {
		found["minimum"].fail("is more than the window holds, %d calls", c.WindowCalls)
	}
}

// targets reads a list of at least one target.
func (v value) targets() []targetRecipe {
	items := v.list("targets")
	if v.isList() && len(items) == 0 {
		v.fail("must not be empty: allowed are models, strategies, and strategies in place")
	}
	all := make([]targetRecipe, len(items))
	for i, it := range items {
		all[i] = it.target()
	}
	return all
}
