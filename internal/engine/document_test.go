package engine_test

import (
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// A baseline that costs nothing, or takes no time, has no multiples; the report
// says so and keeps to its schema.
func TestRun_freeBaseline(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, `
name: free
load: {rate: 50/s, requests: 200}
models:
  free: {latency: 0s, price: {input: 0, output: 0}}
  also: {latency: 0s, price: {input: 0, output: 0}}
  paid: {latency: 1s, price: {input: 1, output: 2}}
strategies:
  base: {single: {target: free}}
  same: {single: {target: also}}
  more: {single: {target: paid}}
objectives:
  - more.cost <= 2
  - same.cost <= 2
`), engine.Options{})
	valid(t, d)
	for name, multiplier := range map[string]float64{"base": 1, "same": 1, "more": 0} {
		s := strategy(t, d, name)
		if s.Cost.Multiplier.Value != multiplier {
			t.Errorf("%s costs %v times nothing, want %v", name, s.Cost.Multiplier.Value, multiplier)
		}
		if e := s.Cost.MultiplierCI; e.Known() || e.Why != "base has a cost of 0: nothing is a multiple of it" {
			t.Errorf("%s: multiplier %+v", name, e)
		}
		if v := s.VersusBaseline; v != nil && (v.CostRatio.Known() || v.P95Ratio.Known()) {
			t.Errorf("%s: ratios %+v, %+v", name, v.CostRatio, v.P95Ratio)
		}
	}
	for i, want := range []string{"fail", "undecided"} {
		if o := d.Objectives[i]; o.Verdict != want || !strings.Contains(o.Why, "cost of 0") {
			t.Errorf("%s: %s (%s), want %s", o.Text, o.Verdict, o.Why, want)
		}
	}
}
