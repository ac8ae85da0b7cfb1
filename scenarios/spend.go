package scenarios

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

func readBudgeted(v value) recipe {
	var s strategies.Budgeted
	var target targetRecipe
	perRun := 0.0
	found := v.object(fields{
		"target":      func(v value) { target = v.target() },
		"per_request": func(v value) { s.PerRequest = v.above() },
		"per_run":     func(v value) { perRun = v.above() },
		"max_tokens":  func(v value) { s.MaxTokens = v.count() },
	})
	v.need(found, "target")
	if v.isMapping() && !found.has("per_request") && !found.has("per_run") {
		v.fail("lacks a limit: give per_request or per_run, in USD")
	}
	return func(k *kitchen) strategies.Strategy {
		fresh := s
		fresh.Target, fresh.Price = target(k), k.price
		if perRun > 0 {
			fresh.Purse = strategies.NewPurse(perRun)
		}
		return fresh
	}
}

func readLimited(v value) recipe {
	places := 0
	var target targetRecipe
	v.need(v.object(fields{
		"target":      func(v value) { target = v.target() },
		"concurrency": func(v value) { places = v.count() },
	}), "target", "concurrency")
	return func(k *kitchen) strategies.Strategy { return strategies.NewLimited(target(k), places) }
}

// price returns what a model of the scenario charges.
func (s *Scenario) price(model string) llm.Price {
	i := slices.IndexFunc(s.Models, func(m Model) bool { return m.Name == model })
	if i < 0 {
		return llm.Price{}
	}
	return s.Models[i].Price
}

// limitedTarget reads a target with a limit of its own, such as {model: gpt-4.1,
// max_tokens: 64}.
func (v value) limitedTarget() targetRecipe {
	var target targetRecipe
	most := 0
	v.need(v.object(fields{
		"model":      func(v value) { target = v.target() },
		"max_tokens": func(v value) { most = v.count() },
	}), "model", "max_tokens")
	if target == nil {
		return nil
	}
	return func(k *kitchen) strategies.Target { return target(k).WithMaxTokens(most) }
}

// modelOf returns what a target with a limit of its own limits.
func modelOf(n ast.Node) (ast.Node, bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return nil, false
	}
	for _, line := range m.Values {
		if key, _ := scalar(line.Key); key == "model" {
			return line.Value, true
		}
	}
	return nil, false
}

// restart reads what happens when a stream breaks that a caller is reading.
func (v value) restart() bool { return v.choice("way", "fail", "restart") == "restart" }

// checkStream checks that a strategy that is told what to do when its stream
// breaks passes a stream on.
func checkStream(found present, streams bool, how string) {
	if found.has("on_break") && !streams {
		found["on_break"].fail("has no meaning without %s: nothing is passed on before an answer is complete", how)
	}
}
