package scenarios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// panelOf makes the panel of targets a, b and c with the given settings.
func panelOf(t *testing.T, settings string) strategies.Consensus {
	t.Helper()
	s := mustParse(t, panelText(settings))
	built, err := mockprovider.NewModels(s.Mock(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	models := make(map[string]llm.Model)
	for _, m := range built {
		models[m.Name()] = m
	}
	p, err := s.Strategy("p", models, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p.(strategies.Consensus)
}

func panelText(settings string) string {
	return "models: {a: {latency: 1s}, b: {latency: 1s}, c: {latency: 1s}}\nstrategies: {p: {consensus: {targets: [a, b, c], " + settings + "}}}\n"
}

func TestConsensus(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, c := range []struct {
		settings string
		want     strategies.Consensus
	}{
		{"quorum: majority", strategies.Consensus{}},
		{"quorum: 2", strategies.Consensus{Quorum: 2}},
		{"quorum: 60%", strategies.Consensus{Share: 0.6}},
		{"quorum: 2.5, weights: [2, 1, 0.5]", strategies.Consensus{Quorum: 2.5, Weights: []float64{2, 1, 0.5}}},
		{"quorum: plurality", strategies.Consensus{Plurality: true}},
		{"quorum: plurality, tie: first", strategies.Consensus{Plurality: true, Tie: strategies.TieFirst}},
		{"quorum: plurality, tie: order", strategies.Consensus{Plurality: true, Tie: strategies.TieOrder}},
		{"wait: all", strategies.Consensus{WaitAll: true}},
		{"extract: {number: {tolerance: 0.5}}", strategies.Consensus{Tolerance: 0.5}},
		{"on_disagreement: fail", strategies.Consensus{}},
		{"on_disagreement: {best_single: b}", strategies.Consensus{Best: "b"}},
	} {
		t.Run(c.settings, func(t *testing.T) {
			t.Parallel()
			got := panelOf(t, c.settings)
			got.Targets, got.Extract = nil, nil
			if want, shown := fmt.Sprintf("%+v", c.want), fmt.Sprintf("%+v", got); shown != want {
				t.Errorf("%s, want %s", shown, want)
			}
			if err := validate(t, schema, panelText(c.settings)); err != nil {
				t.Errorf("the schema: %v", err)
			}
		})
	}
}

// What votes are read from an answer, with and without an abstention.
func TestConsensusExtract(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{
		"extract: number":                   "0.85",
		"extract: {number: {tolerance: 1}}": "0.85",
		"extract: {json: category}":         "billing",
		"extract: {json: category}, abstain: {field: confidence, below: 85%}": "billing",
		"abstain: {field: confidence, below: 0.9}, extract: {json: category}": "",
		"abstain: {field: confidence, below: 0.8}":                            `{"category": "billing", "confidence": 0.85}`,
	} {
		if got, ok := panelOf(t, settings).Extract(`{"category": "billing", "confidence": 0.85}`); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", settings, got, ok, want)
		}
	}
}

// Every run learns anew, and asks whom it is told to.
func TestConsensusFresh(t *testing.T) {
	t.Parallel()
	p, again := panelOf(t, "weights: learned, warmup: 50, on_disagreement: {escalate: {retry: {target: c}}}"), panelOf(t, "weights: learned")
	if p.Learned == nil || again.Learned == nil || p.Learned.Weights() != nil {
		t.Errorf("learned %v and %v", p.Learned, again.Learned)
	}
	if p.Escalate == nil || p.Escalate.Name() != "retry(c)" || again.Escalate != nil {
		t.Errorf("escalates to %v and %v", p.Escalate, again.Escalate)
	}
}

func TestConsensusMistakes(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{
		"weights: [1, 2]":                         "p.consensus.weights: has 2 weights for 3 targets",
		"weights: [0, 0, 0]":                      "weights: must not all be 0",
		"weights: [1, 1, -1]":                     `weights[2]: "-1": must be a number of at least 0`,
		"weights: equal":                          `weights: "equal": must be learned, or a list of weights`,
		"warmup: 50":                              `warmup: "50": has no meaning without weights: learned`,
		"weights: learned, quorum: 2":             `quorum: "2": has no meaning with learned weights`,
		"weights: [1, 1, 1.5], quorum: 4":         `quorum: "4": is more than all votes weigh, 3.5`,
		"quorum: 120%":                            `quorum: "120%": must be a share`,
		"quorum: most":                            `quorum: "most": must be majority, or a number of votes`,
		"tie: first":                              `tie: "first": has no meaning without quorum: plurality`,
		"quorum: plurality, tie: last":            `tie: "last": unknown tie rule: allowed are fail, first, order`,
		"wait: some":                              `wait: "some": unknown wait: allowed are decision, all`,
		"extract: {number: {within: 2}}":          `unknown key: allowed are tolerance`,
		"extract: {number: {tolerance: -1}}":      `tolerance: "-1": must be a number`,
		"abstain: {below: 0.5}":                   `abstain: lacks the key "field"`,
		"on_disagreement: escalate":               `on_disagreement: "escalate": must be fail, {best_single: TARGET} or {escalate: TARGET}`,
		"on_disagreement: {best_single: d}":       `on_disagreement: unknown target of this panel: allowed are a, b, c`,
		"on_disagreement: {escalate: d}":          `on_disagreement.escalate: "d": unknown target: allowed are a, b, c, p`,
		"on_disagreement: {escalate: p}":          `makes a cycle of targets: p → p`,
		"on_disagreement: {escalat: a}":           `unknown way out (did you mean "escalate"?)`,
		"on_disagreement: {escalate: a, best: b}": `must have exactly one key, the way out, and has 2`,
	} {
		_, err := scenarios.Parse("x.yaml", []byte(panelText(settings)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", settings, err, want)
		}
	}
}
