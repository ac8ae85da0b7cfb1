package tune_test

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// steady are two alike models, one hedge and nothing else.
const steady = `
load: {rate: 50/s, requests: 1000, arrivals: poisson}
models:
  a: {latency: {exponential: {mean: 1s}}, price: {input: 1, output: 10}, output_tokens: 100}
  b: {latency: {exponential: {mean: 1s}}, price: {input: 1, output: 10}, output_tokens: 100}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 3s, budget: none}}
`

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Parse("x.yaml", []byte(text))
	must(t, err)
	return sc
}

// study returns a study of a scenario with the given goal and knobs.
func study(t *testing.T, text, goal string, constraints []string, vary ...string) *tune.Study {
	t.Helper()
	sc := parse(t, text)
	g, err := tune.ParseGoal(sc, goal, false, constraints)
	must(t, err)
	s := &tune.Study{
		Scenario: sc, Kind: reports.TuneSearch, Goal: g, Seed: 1, Seeds: 6, Fresh: 5,
		Current: &tune.Setting{Label: "as it is"}, Shown: tune.Shown("hedge"),
	}
	for _, v := range vary {
		k, err := tune.ParseKnob(v)
		must(t, err)
		s.Knobs = append(s.Knobs, k)
	}
	return s
}

// written returns the document as JSON after holding it against the schema.
func written(t *testing.T, d *reports.Tuning) string {
	t.Helper()
	var b bytes.Buffer
	must(t, reports.WriteTuningJSON(&b, d))
	contract, err := jsonschema.UnmarshalJSON(bytes.NewReader(reports.TuningJSONSchema()))
	must(t, err)
	c := jsonschema.NewCompiler()
	must(t, c.AddResource("tune.schema.json", contract))
	compiled, err := c.Compile("tune.schema.json")
	must(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	must(t, err)
	if err := compiled.Validate(value); err != nil {
		t.Errorf("against the schema: %v", err)
	}
	return b.String()
}
