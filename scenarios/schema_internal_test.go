package scenarios

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The schema knows every kind of strategy and fault, and no other.
func TestSchemaKnowsEveryKind(t *testing.T) {
	t.Parallel()
	var doc struct {
		Defs struct {
			Strategy struct{ Properties map[string]any }
			Fault    struct {
				Properties map[string]any
				OneOf      []struct{ Required []string }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys(strategyKinds()), slices.Sorted(maps.Keys(doc.Defs.Strategy.Properties))); diff != "" {
		t.Error(diff)
	}
	var faults []string
	for _, one := range doc.Defs.Fault.OneOf {
		faults = append(faults, one.Required...)
	}
	slices.Sort(faults)
	if diff := cmp.Diff(keys(faultKinds()), faults); diff != "" {
		t.Error(diff)
	}
	for _, kind := range faults {
		if _, ok := doc.Defs.Fault.Properties[kind]; !ok {
			t.Errorf("the schema requires %q and does not describe it", kind)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"hedge", "race", "fallback", "single"}
	for name, want := range map[string]string{
		"hdge": "hedge", "hegde": "hedge", "Hedge": "hedge", "falback": "fallback", "rcae": "race", "zz": "", "consensus": "", "": "",
	} {
		if got, _ := nearest(name, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}
