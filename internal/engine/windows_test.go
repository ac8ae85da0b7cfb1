package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

const hourly = `
load: {rate: 5/s, duration: 10m}
models:
  a: {latency: 100ms}
strategies:
  single: {single: {target: a}}
faults:
  - {name: down, incidents: {gap: {exponential: {mean: 1m}}, duration: {exponential: {mean: 10s}}, outage: {unavailable: 1}}}
`

// A report has the incidents that came about, and what is said of the fault is what
// happened in them.
func TestRun_incidents(t *testing.T) {
	t.Parallel()
	var told []engine.Event
	d := runIt(t, parse(t, hourly), engine.Options{Clock: engine.Virtual, OnEvent: func(e engine.Event) { told = append(told, e) }})
	valid(t, d)
	spans, s := d.Scenario.Faults[0].Incidents, strategy(t, d, "single")
	if len(spans) < 3 || len(told) != 2*len(spans) || told[0].AtMS != spans[0].FromMS || told[1].AtMS != spans[0].ToMS {
		t.Fatalf("incidents %v were told as %v", spans, told)
	}
	f := s.Faults[0]
	if failed := s.Requests - s.Succeeded; failed == 0 || f.Requests != failed || f.SuccessDuring.Value != 0 {
		t.Errorf("%d requests failed; of %d in incidents %v succeeded", failed, f.Requests, f.SuccessDuring)
	}
	if f.Recovery != "recovered" {
		t.Errorf("recovery is %s", f.Recovery)
	}
}

// A fault that cannot have hit anybody is said to.
func TestRun_faultsInVain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{name: late, from: 11m, hang: {}}":           "fault late begins at 11m0s, when the load has ended at 10m0s: it hit nothing",
		"{name: later, from: 11m, to: 12m, hang: {}}": "fault later begins at 11m0s, when the load has ended at 10m0s: it hit nothing",
		"{name: rare, incidents: {gap: 1h}}":          "fault rare has no incident in this run",
	} {
		sc := parse(t, strings.ReplaceAll(hourly, hourly[strings.Index(hourly, "{name: down"):], text+"\n"))
		d := runIt(t, sc, engine.Options{Clock: engine.Virtual})
		valid(t, d)
		if !slices.ContainsFunc(d.Warnings, func(w string) bool { return strings.HasPrefix(w, want) }) {
			t.Errorf("%s: warnings %q, want %q", text, d.Warnings, want)
		}
		if f := d.Scenario.Faults[0]; f.ToMS < f.FromMS || slices.ContainsFunc(f.Incidents, func(s reports.Span) bool { return s.ToMS < s.FromMS }) {
			t.Errorf("%s: window %+v", text, f)
		}
	}
}
