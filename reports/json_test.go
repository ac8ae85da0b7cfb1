package reports_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tailgate-bench/tailgate/reports"
)

func encode(t *testing.T, d *reports.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, reports.WriteJSON(&b, d))
	return b.Bytes()
}

// validate holds a document against the published schema.
func validate(t *testing.T, data []byte) error {
	t.Helper()
	contract, err := jsonschema.UnmarshalJSON(bytes.NewReader(reports.JSONSchema()))
	must(t, err)
	c := jsonschema.NewCompiler()
	must(t, c.AddResource("report.schema.json", contract))
	compiled, err := c.Compile("report.schema.json")
	must(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	must(t, err)
	return compiled.Validate(value)
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	golden(t, "report.json", encode(t, small().document()))
}

func TestWriteJSON_schema(t *testing.T) {
	t.Parallel()
	for name, d := range shapes() {
		if name == "zero" {
			d = &reports.Document{Schema: reports.Schema, Clock: "real"} // every list is nil
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := validate(t, encode(t, d)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestJSONSchema_strict checks that the schema finds what is wrong.
func TestJSONSchema_strict(t *testing.T) {
	t.Parallel()
	good := string(encode(t, small().document()))
	for name, edit := range map[string][2]string{
		"version": {`"tailgate.report/v1"`, `"tailgate.report/v9"`},
		"clock":   {`"clock": "virtual"`, `"clock": "wall"`},
		"verdict": {`"verdict": "pass"`, `"verdict": "maybe"`},
		"number":  {`"requests": 12000`, `"requests": "12000"`},
		"missing": {`"strategies": [`, `"strategy": [`},
		"state":   {`"to": "half_open"`, `"to": "ajar"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, edit[0], edit[1], 1)
			if bad == good {
				t.Fatalf("%q is not in the document", edit[0])
			}
			if validate(t, []byte(bad)) == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestReadJSON_roundTrip(t *testing.T) {
	t.Parallel()
	for name, d := range shapes() {
		if name == "zero" {
			continue // has no schema
		}
		first := encode(t, d)
		read, err := reports.ReadJSON(bytes.NewReader(first))
		must(t, err)
		if diff := cmp.Diff(string(first), string(encode(t, read))); diff != "" {
			t.Errorf("%s changed (-first +second):\n%s", name, diff)
		}
	}
}

// TestReadJSON_released reads one report of every released version, for ever.
func TestReadJSON_released(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/reports/v1/*.json")
	must(t, err)
	if len(paths) == 0 {
		t.Fatal("no reports to read")
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		must(t, err)
		d, err := reports.ReadJSON(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if len(d.Strategies) == 0 || d.Verdict.Headline == "" {
			t.Errorf("%s: something was lost", path)
		}
		must(t, validate(t, data))
	}
}

func TestReadJSON_unknownKeys(t *testing.T) {
	t.Parallel()
	known := encode(t, small().document())
	in := strings.NewReplacer(`"seed":`, `"later": {"a": [1]}, "seed":`, `"kind":`, `"later": 1, "kind":`, `"severity": "medium"`, `"severity": "dire"`).Replace(string(known))
	if in == string(known) {
		t.Fatal("nothing was added")
	}
	d, err := reports.ReadJSON(strings.NewReader(in))
	must(t, err)
	if again := encode(t, d); !strings.Contains(in, `"later"`) || bytes.Contains(again, []byte("later")) {
		t.Errorf("got %s", again)
	}
}

func TestReadJSON_errors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"empty", "", "unexpected end"},
		{"syntax", "{\n  \"schema\": oops}", "line 2, column 14"},
		{"html", "<!doctype html>", "line 1"},
		{"other schema", `{"schema": "other/v1"}`, `schema is "other/v1"`},
		{"none", `{}`, `schema is ""`},
		{"later version", `{"schema": "tailgate.report/v2"}`, "tailgate.report/v2"},
		{"kind", "{\"schema\": \"tailgate.report/v1\",\n\"seed\": \"x\"}", `line 2`},
		{"cut", `{"schema": "tailgate.report/v1"}`, "read report: scenario is missing"},
		{"list", `[1]`, "array"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := reports.ReadJSON(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := reports.ReadJSON(strings.NewReader(`{"schema": "x"}`)); !errors.Is(err, reports.ErrSchema) {
		t.Errorf("%v is not ErrSchema", err)
	}
}

// A key that is missing, or null, is not read as zero. (A list may be null: it is
// empty.)
func TestReadJSON_missing(t *testing.T) {
	t.Parallel()
	good := string(encode(t, small().document()))
	for name, c := range map[string]struct{ old, new, want string }{
		"key":          {`"planned"`, `"plan"`, "read report: planned is missing"},
		"in a list":    {`"succeeded"`, `"successes"`, "strategies[0].succeeded is missing"},
		"in a value":   {`"p99_9"`, `"p999"`, "strategies[0].latency_ms.p99_9 is missing"},
		"null":         {`"requests": 12000`, `"requests": null`, "strategies[0].requests is null, must be integer"},
		"null in list": {`"findings": [`, `"findings": [null, `, "verdict.findings[0] is null, must be object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatalf("%q is not in the document", c.old)
			}
			if _, err := reports.ReadJSON(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// FuzzReadJSON checks that what can be read can be written, read again without
// loss, and printed in every format.
func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	s := small()
	s.requests, s.bins = 300, 3
	if err := reports.WriteJSON(&b, s.document()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(bytes.Replace(b.Bytes(), []byte(`"rows": [`), []byte(`"rows": [[null], `), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := reports.ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		first := encode(t, d)
		again, err := reports.ReadJSON(bytes.NewReader(first))
		must(t, err)
		if diff := cmp.Diff(string(first), string(encode(t, again))); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		d.Verdict = reports.Decide(d)
		html(t, d)
		terminal(t, d, reports.Terminal{})
		must(t, reports.WriteMarkdown(&b, d))
		must(t, reports.WriteCSV(&b, d))
	})
}

// TestWriteJSON_layout checks that laying out keeps every token.
func TestWriteJSON_layout(t *testing.T) {
	t.Parallel()
	d := hostile()
	var got, want bytes.Buffer
	must(t, json.Compact(&got, encode(t, d)))
	data, err := json.Marshal(d)
	must(t, err)
	want.Write(data)
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Error(diff)
	}
}
