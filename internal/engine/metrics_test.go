package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/objective"
)

// Every metric an objective may name is measured, by itself, in arithmetic
// with another strategy's, and in a fault.
func TestRun_objectiveMetrics(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`
name: metrics
load: {rate: 20/s, duration: 40s}
workload: {prompts: tickets, max_tokens: 32}
models:
  a: {preset: gpt-4.1, accuracy: 0.9}
  b: {preset: gemini-2.5-flash, accuracy: 0.9}
faults:
  - {name: slow, on: a, from: 10s, to: 20s, latency: {multiply: 3}}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 500ms}}
objectives:
`)
	for _, m := range objective.Metrics() {
		fmt.Fprintf(&b, "  - hedge.%s - hedge.%s <= hedge.%s + single.%s\n  - 2 * hedge.%s >= hedge.%s / 2\n", m, m, m, m, m, m)
	}
	for _, m := range objective.FaultMetrics() {
		fmt.Fprintf(&b, "  - hedge.during(slow).%s + single.during(slow).%s >= single.during(slow).%s\n", m, m, m)
	}
	d := runIt(t, parse(t, b.String()), engine.Options{})
	decided := 0
	for _, o := range d.Objectives {
		if strings.Contains(o.Why, "not measured") || strings.Contains(o.Why, "no such fault") {
			t.Errorf("%s: %s", o.Text, o.Why)
		}
		if o.Verdict == "pass" {
			decided++
		}
	}
	if decided < len(d.Objectives)/2 {
		t.Errorf("%d of %d objectives pass", decided, len(d.Objectives))
	}
}
