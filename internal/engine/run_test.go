package engine_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

func load(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func parse(tb testing.TB, text string) *scenarios.Scenario {
	tb.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return sc
}

func runIt(t *testing.T, sc *scenarios.Scenario, o engine.Options) *reports.Document {
	t.Helper()
	d, err := engine.Run(t.Context(), sc, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func asJSON(t *testing.T, d *reports.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := reports.WriteJSON(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func strategy(t *testing.T, d *reports.Document, name string) *reports.Strategy {
	t.Helper()
	for i := range d.Strategies {
		if d.Strategies[i].Name == name {
			return &d.Strategies[i]
		}
	}
	t.Fatalf("no strategy %q in the report", name)
	return nil
}

// schema returns the schema every report must meet.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(reports.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, d *reports.Document) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(v); err != nil {
		t.Errorf("the report does not meet its schema: %v", err)
	}
}

// Every scenario that ships holds what it promises, and what it prints is valid.
func TestRun_embeddedScenarios(t *testing.T) {
	t.Parallel()
	for _, name := range scenarios.List() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := runIt(t, load(t, name), engine.Options{})
			valid(t, d)
			if len(d.Objectives) == 0 {
				t.Error("the scenario has no objectives")
			}
			for _, o := range d.Objectives {
				if o.Verdict != "pass" {
					t.Errorf("%s: %s %s", o.Text, o.Verdict, o.Why)
				}
			}
		})
	}
}

// The same scenario and seed give the same bytes, however the lanes are
// scheduled.
func TestRun_deterministic(t *testing.T) {
	t.Parallel()
	sc := load(t, "primary-outage")
	var runs [2]struct{ report, requests []byte }
	for i := range runs {
		dir := t.TempDir()
		runs[i].report = asJSON(t, runIt(t, sc, engine.Options{Dir: dir, Requests: 3000}))
		var err error
		if runs[i].requests, err = os.ReadFile(filepath.Join(dir, engine.RequestsFile)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(runs[0].report), string(runs[1].report)); diff != "" {
		t.Errorf("reports differ (-first +second)\n%s", diff)
	}
	if !bytes.Equal(runs[0].requests, runs[1].requests) {
		t.Error("the files of requests differ")
	}
	seed := uint64(99)
	other := asJSON(t, runIt(t, sc, engine.Options{Seed: &seed, Requests: 3000}))
	if bytes.Equal(other, runs[0].report) {
		t.Error("another seed gives the same report")
	}
}

const twoModels = `
name: two
load: {rate: 50/s, requests: 400, arrivals: poisson, timeout: 20s}
models:
  a: {first_token: {exponential: {mean: 300ms}}, per_token: 2ms, output_tokens: {uniform: {min: 20, max: 60}}, price: {input: 1, output: 2}, accuracy: 0.8}
  b: {format: anthropic, latency: {uniform: {min: 100ms, max: 900ms}}, output_tokens: 30, price: {input: 1, output: 4}, accuracy: 0.9}
faults:
  - {name: down, on: a, from: 2s, to: 4s, status: {code: 503}}
strategies:
  single: {single: {target: a}}
  fallback: {fallback: {targets: [a, b]}}
  race: {race: {targets: [a, b]}}
objectives:
  - fallback.success >= 99%
  - race.p95 <= 0.9 * single.p95
  - single.success >= 99%
  - race.p99 <= 10s
`

// Both clocks send the same requests into the same weather: what does not
// depend on time is the same to the last answer and the last token.
func TestRun_clocksAgree(t *testing.T) {
	t.Parallel()
	sc := parse(t, twoModels)
	simulated := runIt(t, sc, engine.Options{})
	measured := runIt(t, sc, engine.Options{Clock: engine.Real, TimeScale: 4})
	valid(t, measured)
	for _, name := range []string{"single", "fallback"} {
		v, r := strategy(t, simulated, name), strategy(t, measured, name)
		if r.Requests != 400 || v.Requests != 400 {
			t.Errorf("%s: %d requests on the real clock, %d on the virtual, want 400", name, r.Requests, v.Requests)
		}
		if v.Accuracy.Known() != r.Accuracy.Known() || r.Attempts.Total == 0 {
			t.Errorf("%s: accuracy %v and %v, %d attempts", name, v.Accuracy, r.Accuracy, r.Attempts.Total)
		}
	}
	if measured.SendLag == nil || simulated.SendLag != nil {
		t.Errorf("send lag: real %v, virtual %v", measured.SendLag, simulated.SendLag)
	}
	// Without a fault at the edge of whose window a request may fall on either
	// side, everything but time is equal.
	calm := parse(t, strings.Replace(twoModels, "{name: down, on: a, from: 2s, to: 4s, status: {code: 503}}",
		"{name: down, on: a, from: 0s, to: 1h, probability: 0.3, status: {code: 503}}", 1))
	v := strategy(t, runIt(t, calm, engine.Options{Only: []string{"fallback"}}), "fallback")
	r := strategy(t, runIt(t, calm, engine.Options{Only: []string{"fallback"}, Clock: engine.Real, TimeScale: 10}), "fallback")
	if v.Attempts != r.Attempts || v.Accuracy != r.Accuracy || v.Cost.USD != r.Cost.USD {
		t.Errorf("virtual %+v %v %v\nreal    %+v %v %v", v.Attempts, v.Accuracy, v.Cost.USD, r.Attempts, r.Accuracy, r.Cost.USD)
	}
}

func TestRun_objectives(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, twoModels), engine.Options{Requests: 2000})
	want := map[string]string{
		"fallback.success >= 99%": "pass", "race.p95 <= 0.9 * single.p95": "pass", "single.success >= 99%": "fail", "race.p99 <= 10s": "pass",
	}
	for _, o := range d.Objectives {
		if o.Verdict != want[o.Text] {
			t.Errorf("%s: %s (%s), want %s", o.Text, o.Verdict, o.Why, want[o.Text])
		}
	}
	few := runIt(t, parse(t, twoModels), engine.Options{Requests: 60})
	for _, o := range few.Objectives {
		if strings.Contains(o.Text, "p99") && (o.Verdict != "undecided" || !strings.Contains(o.Why, "needs 368 requests")) {
			t.Errorf("%s over 60 requests: %s (%s), want undecided", o.Text, o.Verdict, o.Why)
		}
	}
}

func TestRun_only(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, twoModels), engine.Options{Only: []string{"race"}})
	if len(d.Strategies) != 1 || d.Baseline != "race" {
		t.Errorf("%d strategies with baseline %q, want race alone", len(d.Strategies), d.Baseline)
	}
	for _, o := range d.Objectives {
		if o.Strategies[0] == "single" && (o.Verdict != "undecided" || !strings.Contains(o.Why, "was not run")) {
			t.Errorf("%s: %s (%s), want undecided because it was not run", o.Text, o.Verdict, o.Why)
		}
	}
	_, err := engine.Run(t.Context(), parse(t, twoModels), engine.Options{Only: []string{"hedgehog"}})
	if !errors.Is(err, engine.ErrOptions) || !strings.Contains(err.Error(), `"hedgehog"`) {
		t.Errorf("an unknown strategy gives %v", err)
	}
}

// A run that is stopped reports what it has measured.
func TestRun_interrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	o := engine.Options{Requests: 200_000, Dir: dir, Progress: func(p engine.Progress) {
		if p.Done > 5000 {
			stop()
		}
	}}
	d, err := engine.Run(ctx, parse(t, twoModels), o)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Interrupted || d.Planned != 200_000 {
		t.Errorf("interrupted %v, planned %d", d.Interrupted, d.Planned)
	}
	most := 0
	for _, s := range d.Strategies {
		most = max(most, s.Requests)
	}
	if most < 5000 || most >= 200_000 {
		t.Errorf("%d requests reported, want those before the stop", most)
	}
	valid(t, d)
	if _, err := os.Stat(filepath.Join(dir, engine.RequestsFile)); err != nil {
		t.Error(err)
	}
}

// The time scale makes a run short and leaves its results in the scenario's
// time.
func TestRun_timeScale(t *testing.T) {
	t.Parallel()
	sc := parse(t, twoModels)
	plain := strategy(t, runIt(t, sc, engine.Options{}), "single")
	scaled := strategy(t, runIt(t, sc, engine.Options{TimeScale: 10}), "single")
	p, s := plain.LatencyMS.P50.Value, scaled.LatencyMS.P50.Value
	if plain.Succeeded != scaled.Succeeded || p-s > 0.01 || s-p > 0.01 {
		t.Errorf("P50 %v of %d, scaled %v of %d", p, plain.Succeeded, s, scaled.Succeeded)
	}
}

func TestRun_progress(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"single", "race"} {
		var last engine.Progress
		o := engine.Options{Only: []string{name}, Progress: func(p engine.Progress) { last = p }}
		runIt(t, parse(t, twoModels), o)
		if last.Strategy != name || last.Done != 400 || last.Planned != 400 || last.At <= 0 || last.At > time.Minute {
			t.Errorf("last progress %+v", last)
		}
		if last.P95 == 0 || (last.P95 < 0) != (last.Failed > 20) {
			t.Errorf("P95 is %v with %d of 400 failed", last.P95, last.Failed)
		}
	}
}
