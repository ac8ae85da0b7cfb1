package scenarios

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/tailgate-bench/tailgate/strategies"
)

// consensus is a panel as it is written.
type consensus struct {
	strategies.Consensus
	targets  []targetRecipe
	learned  bool
	warmup   int
	escalate targetRecipe
}

func readConsensus(v value) recipe {
	var c consensus
	var confident func(strategies.Extractor) strategies.Extractor
	found := v.object(fields{
		"targets":         func(v value) { c.targets = v.targets() },
		"weights":         c.readWeights,
		"warmup":          func(v value) { c.warmup = v.count() },
		"quorum":          c.readQuorum,
		"tie":             c.readTie,
		"wait":            func(v value) { c.WaitAll = v.choice("wait", "decision", "all") == "all" },
		"extract":         func(v value) { c.Extract, c.Tolerance = v.extractor() },
		"abstain":         func(v value) { confident = v.abstain() },
		"on_disagreement": c.readDisagreement,
	})
	v.need(found, "targets")
	c.checkWeights(found)
	c.checkQuorum(found)
	c.checkBest(found)
	if confident != nil {
		c.Extract = confident(c.Extract)
	}
	return c.build
}

// build makes the panel afresh.
func (c *consensus) build(k *kitchen) strategies.Strategy {
	fresh := c.Consensus
	fresh.Targets = k.targets(c.targets)
	if c.learned {
		fresh.Learned = strategies.NewLearnedWeights(c.warmup)
	}
	if c.escalate != nil {
		target := c.escalate(k)
		fresh.Escalate = &target
	}
	return fresh
}

// readWeights reads a weight for each target, or "learned".
func (c *consensus) readWeights(v value) {
	if text, ok := scalar(v.node); ok && text == "learned" {
		c.learned = true
		return
	}
	if !v.isList() {
		v.must("learned, or a list of weights, one for each target")
		return
	}
	for _, w := range v.list("weights") {
		c.Weights = append(c.Weights, w.amount())
	}
}

func (c *consensus) checkWeights(found present) {
	if n := len(c.targets); found.has("weights") && !c.learned && n > 0 && found["weights"].isList() && len(c.Weights) != n {
		found["weights"].fail("has %d weights for %d targets", len(c.Weights), n)
	}
	if len(c.Weights) > 0 && slices.Max(c.Weights) == 0 {
		found["weights"].fail("must not all be 0")
	}
	if found.has("warmup") && !c.learned {
		found["warmup"].fail("has no meaning without weights: learned")
	}
}

// readQuorum reads how much must agree.
func (c *consensus) readQuorum(v value) {
	const what = "majority, or a number of votes (a weight, where votes have weights) above 0, or a share such as 60%, or plurality"
	switch text, _ := scalar(v.node); {
	case text == "majority":
	case text == "plurality":
		c.Plurality = true
	case strings.HasSuffix(text, "%"):
		c.Share = v.chance()
	default:
		n, ok := parseFloat(text)
		if !ok || n <= 0 {
			v.must(what)
			return
		}
		c.Quorum = n
	}
}

func (c *consensus) checkQuorum(found present) {
	total := float64(len(c.targets))
	if len(c.Weights) > 0 {
		total = 0
		for _, w := range c.Weights {
			total += w
		}
	}
	switch {
	case c.learned && c.Quorum > 0:
		found["quorum"].fail("has no meaning with learned weights: write majority, plurality or a share such as 60%%")
	case total > 0 && c.Quorum > total && len(c.Weights) > 0:
		found["quorum"].fail("is more than all votes weigh, %v", total)
	case total > 0 && c.Quorum > total:
		found["quorum"].fail("is more than the %v targets: allowed are majority and 1 to %v", total, total)
	}
	if found.has("tie") && !c.Plurality {
		found["tie"].fail("has no meaning without quorum: plurality, since at most one vote can reach a quorum first")
	}
}

func (c *consensus) readTie(v value) {
	switch v.choice("tie rule", "fail", "first", "order") {
	case "first":
		c.Tie = strategies.TieFirst
	case "order":
		c.Tie = strategies.TieOrder
	}
}

// readDisagreement reads what is done without a quorum.
func (c *consensus) readDisagreement(v value) {
	const what = "fail, {best_single: TARGET} or {escalate: TARGET}"
	if !v.isMapping() {
		if text, _ := scalar(v.node); text != "fail" {
			v.must(what)
		}
		return
	}
	ways := []string{"best_single", "escalate"}
	e, ok := v.one("way out", ways)
	if !ok {
		return
	}
	switch e.key {
	case "best_single":
		c.Best = e.string()
	case "escalate":
		c.escalate = e.target()
	default:
		e.at.fail("%s", unknown("way out", e.key, ways))
	}
}

// checkBest checks that the best target is one of the panel.
func (c *consensus) checkBest(found present) {
	if c.Best == "" || !found.has("targets") {
		return
	}
	list, ok := found["targets"].node.(*ast.SequenceNode)
	if !ok {
		return
	}
	var names []string
	for _, n := range list.Values {
		names = append(names, label(n))
	}
	if !slices.Contains(names, c.Best) {
		found["on_disagreement"].fail("%s", unknown("target of this panel", c.Best, names))
	}
}

// extractor reads how a vote is found in an answer, and how far numbers may be
// apart.
func (v value) extractor() (extract strategies.Extractor, tolerance float64) {
	const what = "exact, normalized, {json: FIELD} or {regexp: PATTERN}, or for numbers number or {number: {tolerance: 0.5}}"
	if !v.isMapping() {
		switch text, _ := scalar(v.node); text {
		case "exact":
			return strategies.ExtractExact, 0
		case "normalized":
			return strategies.ExtractNormalized, 0
		case "number":
			return strategies.ExtractNumber, 0
		default:
			v.must(what)
			return nil, 0
		}
	}
	ways := []string{"json", "regexp", "number"}
	e, ok := v.one("way to find a vote", ways)
	if !ok {
		return nil, 0
	}
	switch e.key {
	case "json":
		return strategies.ExtractJSON(e.string()), 0
	case "regexp":
		return e.regexp(), 0
	case "number":
		e.need(e.object(fields{"tolerance": func(v value) { tolerance = v.amount() }}), "tolerance")
		return strategies.ExtractNumber, tolerance
	}
	e.at.fail("%s", unknown("way to find a vote", e.key, ways))
	return nil, 0
}

// abstain reads when an answer is too unsure of itself to vote.
func (v value) abstain() func(strategies.Extractor) strategies.Extractor {
	var field string
	var below float64
	v.need(v.object(fields{
		"field": func(v value) { field = v.string() },
		"below": func(v value) { below = v.share() },
	}), "field", "below")
	return func(extract strategies.Extractor) strategies.Extractor {
		if extract == nil {
			extract = strategies.ExtractExact
		}
		return strategies.Confident(extract, field, below)
	}
}
