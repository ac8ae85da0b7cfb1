package mockprovider

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

type openAPIDocument struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas map[string]struct {
			Properties map[string]any
			Required   []string
		}
	}
}

func document(t *testing.T) (doc openAPIDocument) {
	t.Helper()
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// The document has every route, and no other.
func TestOpenAPI_Routes(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, r := range routes() {
		want = append(want, r.method+" "+ControlPath+r.path)
	}
	for path, operations := range document(t).Paths {
		for method := range operations {
			if method != "parameters" {
				got = append(got, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The document has every field of what is answered, and no other.
func TestOpenAPI_Fields(t *testing.T) {
	t.Parallel()
	doc := document(t)
	for name, v := range map[string]any{"Fault": StandingFault{}, "Entry": Entry{}, "MetFault": MetFault{}, "Counters": Counters{}} {
		want := make(map[string]bool)
		for f := range reflect.TypeOf(v).Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			want[key] = true
		}
		got := make(map[string]bool)
		for key := range doc.Components.Schemas[name].Properties {
			got[key] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The ends in the document are those that a journal writes.
func TestOpenAPI_Ends(t *testing.T) {
	t.Parallel()
	end, _ := document(t).Components.Schemas["Entry"].Properties["end"].(map[string]any)
	var got []string
	for _, name := range end["enum"].([]any) {
		got = append(got, name.(string))
	}
	if diff := cmp.Diff(endNames[:], got); diff != "" {
		t.Error(diff)
	}
	if len(endNames) != int(fault.EndDeclined)+1 || slices.Contains(endNames[:], "") {
		t.Errorf("an end has no name: %v", endNames)
	}
	if len(slices.Collect(maps.Keys(document(t).Paths))) == 0 {
		t.Error("no paths")
	}
}
