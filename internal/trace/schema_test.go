package trace_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
)

// contract is the JSON Schema of a line.
func contract(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("trace.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("trace.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("trace.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func validate(schema *jsonschema.Schema, line []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// Every line that is written meets the schema, whatever was measured.
func TestSchema(t *testing.T) {
	t.Parallel()
	schema, dir := contract(t), t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "x.gz")
		w, err := trace.Create(path, header())
		if err != nil {
			t.Fatal(err)
		}
		rows := drawRows(t)
		for i := range rows {
			w.Add(&rows[i])
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for _, line := range lines(t, path) {
			if err := validate(schema, line); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	})
}

func lines(t *rapid.T, path string) (all [][]byte) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(z); in.Scan(); {
		all = append(all, bytes.Clone(in.Bytes()))
	}
	return all
}

// The schema refuses what no trace has, and knows every kind of failure.
func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for _, line := range []string{
		`{}`, `{"schema":"tailgate.trace/v2"}`, `{"id":-1,"due_ms":0,"models":[{"latency_ms":1}]}`, `{"id":1,"due_ms":0,"models":[]}`,
		`{"id":1,"due_ms":0,"models":[{}]}`, `{"id":1,"due_ms":0,"models":[{"latency_ms":1,"error":"nosuch"}]}`,
		`{"id":1,"due_ms":0,"models":[{"latency_ms":1,"cut":true}]}`,
	} {
		if validate(schema, []byte(line)) == nil {
			t.Errorf("passes: %s", line)
		}
	}
	for _, k := range llm.Kinds() {
		if err := validate(schema, []byte(`{"id":1,"due_ms":0,"models":[{"latency_ms":1,"error":"`+k.String()+`"}]}`)); err != nil {
			t.Errorf("%v: %v", k, err)
		}
	}
}
