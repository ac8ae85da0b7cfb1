package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// stormy has every way to fail, often enough for each to meet the others.
const stormy = `
name: stormy
load: {rate: 20/s, requests: 600, arrivals: poisson, timeout: 6s}
models:
  a: {first_token: {lognormal: {median: 400ms, p95: 2s}}, per_token: {lognormal: {median: 9ms, p95: 12ms}}, output_tokens: {lognormal: {median: 90, p95: 300}}, price: {input: 3, output: 15}, accuracy: 0.8}
  b: {first_token: {lognormal: {median: 600ms, p95: 1s}}, per_token: 7ms, output_tokens: 80, price: {input: 1, output: 2}, accuracy: 0.7}
faults:
  - {on: a, probability: 0.1, status: {code: 429, retry_after: 2s}}
  - {on: [a, b], from: 5s, to: 10s, outage: {}}
  - {on: a, probability: 0.05, truncate: {}}
  - {on: a, probability: 0.05, reset: {after_share: 0.5}}
  - {on: b, probability: 0.05, reset: {}}
  - {on: b, probability: 0.05, malformed: {}}
  - {on: b, probability: 0.05, hang: {after_tokens: 10}}
  - {on: a, from: 12s, latency: {multiply: 3}}
strategies:
  single: {single: {target: a}}
`

// replaying are the strategies over the models of stormy as they were recorded.
const replaying = `
name: replaying
load: {arrivals: trace, timeout: 6s}
models:
  a: {provider: trace, file: x.trace.ndjson.gz}
  b: {provider: trace, file: x.trace.ndjson.gz}
strategies:
  single: {single: {target: a}}
  race: {race: {targets: [a, b]}}
  hedge: {hedge: {targets: [a, b], delay: 900ms, budget: none}}
`

// recorded records a scenario and returns the trace and the directory it is in.
func recorded(t *testing.T, sc *scenarios.Scenario, o engine.Options) (tr *trace.Trace, dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, "x.trace.ndjson.gz")
	if _, err := engine.Record(t.Context(), sc, o, path, true); err != nil {
		t.Fatal(err)
	}
	tr, err := trace.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return tr, dir
}

// in parses a scenario as if it stood in a directory.
func in(t *testing.T, dir, text string) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Parse(filepath.Join(dir, "test.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// linesOf runs a scenario and returns what became of each request, by strategy.
func linesOf(t *testing.T, sc *scenarios.Scenario, o engine.Options) map[string][]record.Line {
	t.Helper()
	o.Dir = t.TempDir()
	runIt(t, sc, o)
	r, err := record.OpenReader(filepath.Join(o.Dir, engine.RequestsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	all := make(map[string][]record.Line)
	for {
		var l record.Line
		switch err := r.Next(&l); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		lines := all[l.Strategy]
		for uint64(len(lines)) <= l.ID {
			lines = append(lines, record.Line{})
		}
		lines[l.ID] = l
		all[l.Strategy] = lines
	}
}

// A trace that is recorded again while it is replayed is the same trace, to the
// nanosecond and the word, whatever went wrong.
func TestRecord_again(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		one, dir := recorded(t, parse(t, stormy), engine.Options{Seed: &seed})
		two, _ := recorded(t, in(t, dir, replaying), engine.Options{Seed: &seed})
		if one.Len() != 600 || two.Len() != 600 {
			t.Fatalf("%d rows became %d", one.Len(), two.Len())
		}
		for i := range one.Len() {
			if diff := cmp.Diff(one.Row(i), two.Row(i)); diff != "" {
				t.Fatalf("seed %d, row %d:\n%s", seed, i, diff)
			}
		}
	}
}

// A single on a replay is the single on the models that were recorded.
func TestReplay_single(t *testing.T) {
	t.Parallel()
	_, dir := recorded(t, parse(t, stormy), engine.Options{})
	want := linesOf(t, parse(t, stormy), engine.Options{})["single"]
	got := linesOf(t, in(t, dir, replaying), engine.Options{Only: []string{"single"}})["single"]
	for i := range want { // what a hang would have said in the end is not known
		want[i].CostHighUSD, got[i].CostHighUSD, want[i].CostLowUSD, got[i].CostLowUSD = nil, nil, nil, nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Strategies on a replay do what they would with the recorded columns.
func TestReplay_columns(t *testing.T) {
	t.Parallel()
	tr, dir := recorded(t, parse(t, stormy), engine.Options{})
	got := linesOf(t, in(t, dir, replaying), engine.Options{})
	failed := map[string]int{}
	for i := range tr.Len() {
		a, b := tr.Models[0].Call(i), tr.Models[1].Call(i)
		for name, want := range map[string]float64{
			"single": answer(a, 0), "race": math.Min(answer(a, 0), answer(b, 0)), "hedge": hedged(a, b, 900*time.Millisecond),
		} {
			l := got[name][i]
			if want > 6000 {
				failed[name]++
				if l.OK {
					t.Fatalf("%s answered request %d, which both failed: %+v %+v", name, i, a, b)
				}
				continue
			}
			if !l.OK || math.Abs(l.LatencyMS-want) > 0.0011 { // the file has microseconds
				t.Fatalf("%s took %v ms (%v) for request %d, want %v", name, l.LatencyMS, l.OK, i, want)
			}
		}
	}
	if failed["single"] < 50 || failed["race"] == 0 || failed["race"] > failed["hedge"] {
		t.Errorf("failed requests: %v", failed)
	}
}

// answer is when a call begun at the given time answers, in milliseconds.
func answer(c trace.Call, begun time.Duration) float64 {
	if c.Failure != nil {
		return math.Inf(1)
	}
	return float64(begun+c.Latency) / float64(time.Millisecond)
}

// hedged is when a hedge answers: the second is asked after the delay, or when
// the first fails before.
func hedged(a, b trace.Call, delay time.Duration) float64 {
	begun := delay
	if a.Failure != nil && !a.Cut {
		begun = min(delay, a.Latency)
	}
	if a.Failure == nil && a.Latency <= delay {
		return answer(a, 0)
	}
	return math.Min(answer(a, 0), answer(b, begun))
}

// A report says what a replay cannot show, and when it asks too much of a trace.
func TestReplay_warnings(t *testing.T) {
	t.Parallel()
	_, dir := recorded(t, parse(t, stormy), engine.Options{Requests: 50})
	for requests, want := range map[int]int{50: 0, 51: 1} {
		d := runIt(t, in(t, dir, replaying), engine.Options{Requests: requests})
		all := strings.Join(d.Warnings, "\n")
		if !strings.Contains(all, "a, b: replayed from a trace") || strings.Count(all, "the 50 rows of a trace more than once") != want {
			t.Errorf("%d requests: %s", requests, all)
		}
	}
	_, err := engine.Repeat(t.Context(), in(t, dir, replaying), engine.Options{}, 2)
	if !errors.Is(err, engine.ErrOptions) || !strings.Contains(err.Error(), "every seed would meet the same calls") {
		t.Errorf("a trace was repeated: %v", err)
	}
}

// The same scenario and seed give the same bytes.
func TestRecord_deterministic(t *testing.T) {
	t.Parallel()
	sc := parse(t, stormy)
	var files []string
	for range 2 {
		_, dir := recorded(t, sc, engine.Options{Requests: 200})
		data, err := os.ReadFile(filepath.Join(dir, "x.trace.ndjson.gz"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(data))
	}
	if files[0] != files[1] {
		t.Error("the files differ")
	}
}

// All models of a request are asked at once, over sockets as well, and the mock's
// plan is what they do: the same failures, and about the same times.
func TestRecord_real(t *testing.T) {
	t.Parallel()
	const text = `
load: {rate: 200/s, requests: 40}
models:
  a: {first_token: 20ms, per_token: 1ms, output_tokens: 20, price: {input: 3, output: 15}}
  b: {first_token: 30ms, output_tokens: 20}
faults: [{on: b, probability: 0.5, status: {code: 503, retry_after: 2s}}]
strategies: {s: {single: {target: a}}}
`
	planned, _ := recorded(t, parse(t, text), engine.Options{})
	measured, dir := recorded(t, parse(t, text), engine.Options{Clock: engine.Real})
	if measured.Len() != planned.Len() || measured.Header.Clock != "real" {
		t.Fatalf("%d rows on the %s clock", measured.Len(), measured.Header.Clock)
	}
	for i := range planned.Len() {
		want, got := planned.Row(i), measured.Row(i)
		if got.Due != want.Due || got.Prompt != want.Prompt {
			t.Fatalf("row %d is %+v, want %+v", i, got, want)
		}
		for m, w := range want.Calls {
			g := got.Calls[m]
			if g.Usage != w.Usage || g.Text != w.Text || g.Correct != w.Correct || g.Latency < w.Latency || g.HasFirstToken != w.HasFirstToken {
				t.Errorf("row %d: %+v, want %+v", i, g, w)
			}
			if diff := cmp.Diff(w.Failure, g.Failure); diff != "" {
				t.Errorf("row %d: %s", i, diff)
			}
		}
	}
	served := runIt(t, in(t, dir, strings.Replace(replaying, "6s", "30s", 1)), engine.Options{Clock: engine.Real, Only: []string{"single", "race"}})
	if s := strategy(t, served, "race"); s.Succeeded != 40 {
		t.Errorf("replayed over sockets: %d of 40 answered", s.Succeeded)
	}
}

// A recording that is stopped keeps what is done; one that had not begun leaves
// nothing.
func TestRecord_interrupted(t *testing.T) {
	t.Parallel()
	sc := parse(t, stormy)
	for _, after := range []int{0, 512} { // progress is told every 512 requests
		ctx, cancel := context.WithCancel(t.Context())
		if after == 0 {
			cancel()
		}
		path := filepath.Join(t.TempDir(), "x.gz")
		sum, err := engine.Record(ctx, sc, engine.Options{Requests: 20000, Progress: func(engine.Progress) { cancel() }}, path, false)
		cancel()
		if err != nil || !sum.Interrupted || sum.Requests < after || sum.Requests >= 20000 {
			t.Fatalf("recording is %+v (%v)", sum, err)
		}
		tr, err := trace.Load(path)
		switch {
		case after == 0 && !errors.Is(err, os.ErrNotExist):
			t.Errorf("without a request: %v", err)
		case after > 0 && (err != nil || tr.Len() != sum.Requests || tr.Row(0).Calls[0].Text != ""):
			t.Errorf("the trace has no %d rows: %v", sum.Requests, err)
		}
	}
}

func TestRecord_models(t *testing.T) {
	t.Parallel()
	tr, _ := recorded(t, parse(t, stormy), engine.Options{Models: []string{"b"}, Requests: 5})
	if diff := cmp.Diff([]string{"b"}, tr.Names()); diff != "" {
		t.Error(diff)
	}
	_, err := engine.Record(t.Context(), parse(t, stormy), engine.Options{Models: []string{"c"}}, filepath.Join(t.TempDir(), "x"), true)
	if !errors.Is(err, engine.ErrOptions) || !strings.Contains(err.Error(), `there is no model "c": known are a, b`) {
		t.Errorf("error is %v", err)
	}
}

// Arrivals of a trace are due when they were, then all over again, and a rate
// makes them faster.
func TestArrivals_replayed(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	due := []time.Duration{10 * ms, 20 * ms, 60 * ms} // a mean gap of 25 ms
	for name, c := range map[string]struct {
		load engine.Load
		want []time.Duration
	}{
		"once":    {engine.Load{Arrivals: engine.Replayed{Due: due, Speed: 1}, Requests: 3}, due},
		"again":   {engine.Load{Arrivals: engine.Replayed{Due: due, Speed: 1}, Requests: 5}, append(due[:3:3], 95*ms, 105*ms)},
		"faster":  {engine.Load{Arrivals: engine.Replayed{Due: due, Speed: 2}, Requests: 4}, []time.Duration{5 * ms, 10 * ms, 30 * ms, 47500 * time.Microsecond}},
		"shorter": {engine.Load{Arrivals: engine.Replayed{Due: due, Speed: 1}, Duration: 60 * ms}, due[:2]},
	} {
		if diff := cmp.Diff(c.want, dueTimes(t, c.load)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, bad := range []engine.Replayed{{Speed: 1}, {Due: due}, {Due: []time.Duration{2, 1}, Speed: 1}} {
		if _, err := engine.NewSchedule(engine.Load{Arrivals: bad, Requests: 1}); !errors.Is(err, engine.ErrLoad) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// A further call to the same model meets a neighbouring row, and faults come on
// top of what was recorded.
func TestReplay_retryAndFaults(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"schema":"tailgate.trace/v1","models":[{"name":"a","price":{"input":0,"output":0}}]}` + "\n")
	for i := range 200 { // every other row fails
		failure := ""
		if i%2 == 0 {
			failure = `,"error":"overloaded","status":503`
		}
		fmt.Fprintf(&b, `{"id":%d,"due_ms":%d,"models":[{"latency_ms":%d%s}]}`+"\n", i, 50*i, 100+i, failure)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.ndjson"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	const text = `
load: {arrivals: trace}
models: {a: {provider: trace, file: x.ndjson}}
strategies:
  single: {single: {target: a}}
  retry: {retry: {target: a, attempts: 2, budget: none, base: 1ms}}
`
	lines := linesOf(t, in(t, dir, text), engine.Options{})
	saved := 0
	for i, l := range lines["retry"] {
		if lines["single"][i].OK != (i%2 == 1) {
			t.Fatalf("single %d: %+v", i, lines["single"][i])
		}
		if l.OK && i%2 == 0 {
			saved++
		}
	}
	if saved < 30 || saved > 70 { // a binomial of 100 and a half, four deviations
		t.Errorf("%d of 100 failures were made up for, want about half", saved)
	}
	d := runIt(t, in(t, dir, text+"faults: [{on: a, status: {code: 500}}]\n"), engine.Options{Only: []string{"single"}})
	if s := strategy(t, d, "single"); s.Succeeded != 0 || s.Errors["server_error"] != 200 {
		t.Errorf("under a fault: %v", s.Errors)
	}
}
