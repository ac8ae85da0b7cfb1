package scenarios_test

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tailgate-bench/tailgate/scenarios"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(scenarios.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}

// The schema accepts what the reader accepts.
func TestSchemaAccepts(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	sources := map[string]string{"minimal": minimal, "every kind": everyKind, "every fault": everyFault, "real models": realModels}
	for _, name := range scenarios.List() {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = s.Source
	}
	for name, text := range sources {
		if err := validate(t, schema, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema refuses mistakes of shape.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, text := range []string{
		"name: x",
		minimal + "sead: 3",
		minimal + "load: {rate: 20}",
		minimal + "load: {timeout: -3s}",
		minimal + "load: {timeout: 3}",
		minimal + "workload: {correlation: 1.5}",
		minimal + "faults: [{from: 1m}]",
		minimal + "faults: [{hang: {}, refuse: {}}]",
		minimal + "faults: [{probability: 2, refuse: {}}]",
		minimal + "faults: [{stall: {}}]",
		minimal + "faults: [{key_limit: {period: 1m}}]",
		minimal + "faults: [{incidents: {ramp: 0.6}}]",
		minimal + "faults: [{status: {code: 429, reason: rpm}}]",
		minimal + "faults: [{in_stream: {kind: auth}}]",
		minimal + "objectives: [s.p95]",
		"models: {m: {latency: {normal: {mean: 3s}}}}\nstrategies: {s: {single: {target: m}}}",
		"models: {m: {provider: openai, key: x}}\nstrategies: {s: {single: {target: m}}}",
		"models: {m: {provider: openai, key_env: sk-x, price: {input: 1, output: 1}}}\nstrategies: {s: {single: {target: m}}}",
		"models: {m: {preset: ollama, latency: 1s}}\nstrategies: {s: {single: {target: m}}}",
		"models: {m: {preset: ollama, timeouts: {connet: 1s}}}\nstrategies: {s: {single: {target: m}}}",
		"models: {m: {}}\nstrategies: {s: {single: {target: m}}}",
		"models: {m: {latency: 1s}}\nstrategies: {s: {hdge: {targets: [m]}}}",
		"models: {m: {latency: 1s}}\nstrategies: {s: {race: {targets: []}}}",
		"models: {m: {latency: 1s}}\nstrategies: {s: {hedge: {targets: [m]}}}",
		"models: {m: {latency: 1s}}\nstrategies: {s: {hedge: {targets: [m], delay: 3}}}",
		"models: {m: {latency: 1s}}\nstrategies: {s: {breaker: {target: m, window: 30s}}}",
	} {
		if err := validate(t, schema, text); err == nil {
			t.Errorf("accepted: %s", text)
		}
		if _, err := scenarios.Parse("x.yaml", []byte(text)); err == nil {
			t.Errorf("the reader accepted: %s", text)
		}
	}
}
