package mockprovider_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// described holds what a control API answers to its description.
type described struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	seen     map[string]bool // method, path and status of each answer
}

func description(t *testing.T) *described {
	t.Helper()
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &described{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), seen: make(map[string]bool)}
	if err := d.compiler.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// object returns the object that stands in the document under the keys, nil if
// none does.
func (d *described) object(keys ...string) map[string]any {
	at := d.doc
	for _, key := range keys {
		at, _ = at[key].(map[string]any)
	}
	return at
}

// methods returns the methods of a path.
func (d *described) methods(path string) (all []string) {
	for method := range d.object("paths", mockprovider.ControlPath+path) {
		if method != "parameters" {
			all = append(all, strings.ToUpper(method))
		}
	}
	return all
}

// hold makes a request and holds the answer. The path is as the document writes it.
func (d *described) hold(t *testing.T, h http.Handler, method, path, body string, header ...string) {
	t.Helper()
	w := ctlAnswer(h, method, mockprovider.ControlPath+strings.Replace(path, "{name}", "one", 1), body, header...)
	path, _, _ = strings.Cut(path, "?")
	d.seen[method+" "+path+" "+strconv.Itoa(w.Code)] = true
	keys := []string{"paths", mockprovider.ControlPath + path, strings.ToLower(method), "responses", strconv.Itoa(w.Code)}
	if d.object(keys...) == nil {
		t.Errorf("%s %s: status %d is not described", method, path, w.Code)
		return
	}
	keys = append(keys, "content")
	if d.object(keys...) == nil && w.Body.Len() == 0 {
		return
	}
	keys = append(keys, w.Header().Get("Content-Type"), "schema")
	if d.object(keys...) == nil {
		t.Errorf("%s %s: %d %v is not described: %s", method, path, w.Code, w.Header(), w.Body)
		return
	}
	at := "openapi.json#"
	for _, key := range keys {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
	}
	schema, err := d.compiler.Compile(at)
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(w.Body); dec.More(); {
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s %s: %v", method, path, err)
		}
	}
}

// TestOpenAPI_answers: every operation answers as it is described, and in every way
// that is: each status of each operation is seen.
func TestOpenAPI_answers(t *testing.T) {
	t.Parallel()
	doc := description(t)
	open, locked := controlOf("").Handler(), controlOf("secret").Handler()
	c := controlOf("")
	c.Faults = mockprovider.NewWeather(time.Now(), nil, func(definition []byte) (fault.Window, error) {
		var named struct{ Fault string }
		if err := json.Unmarshal(definition, &named); err != nil {
			return fault.Window{}, err
		}
		return definitions([]byte(strconv.Quote(named.Fault)))
	})
	for _, end := range []string{"complete", "fail"} {
		e := mockprovider.Entry{Model: "m", End: end}
		c.Journal.Begin(&e)
		c.Journal.Finish(&e)
	}
	h := c.Handler()
	const one, all = "faults/{name}", "faults"
	slow, large := `{"fault": "slow"}`, strings.Repeat("x", 70_000)
	for _, step := range [][3]string{
		{"POST", all, slow},
		{"POST", all, slow},
		{"POST", all + "?ttl=1h", `{"fault": "half"}`},
		{"POST", all, `{}`},
		{"POST", all, large},
		{"PUT", one, `{"fault": "later"}`},
		{"PUT", one, `no`},
		{"PUT", one, large},
		{"GET", all, ""},
		{"GET", one, ""},
		{"DELETE", one, ""},
		{"DELETE", one, ""},
		{"GET", one, ""},
		{"GET", "counters", ""},
		{"GET", "journal", ""},
		{"GET", "journal?format=ndjson", ""},
		{"GET", "journal?after=x", ""},
		{"GET", "openapi.json", ""},
		{"POST", "reset", ""},
	} {
		doc.hold(t, h, step[0], step[1], step[2])
	}
	for i := range 1001 { // more than there may be
		ctl(h, "PUT", mockprovider.ControlPath+"faults/"+strconv.Itoa(i), slow)
	}
	doc.hold(t, h, "PUT", one, slow)
	for path := range doc.object("paths") {
		path := strings.TrimPrefix(path, mockprovider.ControlPath)
		for _, method := range doc.methods(path) {
			doc.hold(t, open, method, path, "", "Host", "mock.example")
			doc.hold(t, locked, method, path, "")
		}
	}
	for path := range doc.object("paths") {
		path := strings.TrimPrefix(path, mockprovider.ControlPath)
		for _, method := range doc.methods(path) {
			for status := range doc.object("paths", mockprovider.ControlPath+path, strings.ToLower(method), "responses") {
				if one := method + " " + path + " " + status; !doc.seen[one] {
					t.Errorf("%s is described, and never seen", one)
				}
			}
		}
	}
}
