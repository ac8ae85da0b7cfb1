package scenarios_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// What Places names can be read and changed by its key.
func TestScenario_Places(t *testing.T) {
	t.Parallel()
	sc, err := scenarios.Parse("x.yaml", []byte(`
load: {rate: 1/s, requests: 10}
models:
  a: {latency: {constant: 1s}}
  b: {latency: {constant: 1s}}
strategies:
  plain:   {single: {target: a}}
  guard:   {breaker: {target: a, failures: 2}}
  guarded: {fallback: {targets: [b, {retry: {target: {breaker: {target: a, failures: 3}}}}]}}
  block:
    race:
      targets:
        - {breaker: {target: b, failures: 4}}
        - a
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []scenarios.Place{
		{Key: "guard", Strategy: "guard", Kind: "breaker"},
		{Key: "guarded.targets[1].target", Strategy: "guarded", Kind: "breaker"},
		{Key: "block.targets[0]", Strategy: "block", Kind: "breaker"},
	}
	got := sc.Places("breaker")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	for i, p := range got {
		if text, _ := sc.Current(p.Key + ".failures"); text != string(rune('2'+i)) {
			t.Errorf("%s.failures is %q", p.Key, text)
		}
		if _, err := sc.With(scenarios.Change{Key: p.Key, Value: "{breaker: {target: a, failures: 9}}"}); err != nil {
			t.Errorf("%s: %v", p.Key, err)
		}
	}
	if all := sc.Places("hedge"); all != nil {
		t.Errorf("there is no hedge, and it is at %v", all)
	}
}
