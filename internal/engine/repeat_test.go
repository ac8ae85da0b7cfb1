package engine_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

func repeat(t *testing.T, scenario string, o engine.Options, count int) *reports.Document {
	t.Helper()
	d, err := engine.Repeat(t.Context(), load(t, scenario), o, count)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, d)
	return d
}

// The report of three seeds says of each value the mean of theirs, with the t
// interval across them, and counts and histograms add up.
func TestRepeat(t *testing.T) {
	t.Parallel()
	o := engine.Options{Requests: 2000, Only: []string{"single", "hedge"}}
	merged := repeat(t, "steady", o, 3)
	var runs []*reports.Document
	for seed := range uint64(3) {
		o.Seed = new(seed + 1)
		runs = append(runs, runIt(t, load(t, "steady"), o))
	}
	hedge := strategy(t, merged, "hedge")
	var p95, deltas []float64
	requests := 0
	for _, r := range runs {
		s := strategy(t, r, "hedge")
		p95, deltas = append(p95, s.LatencyMS.P95.Value), append(deltas, *s.VersusBaseline.P95MS.Delta)
		requests += s.Requests
	}
	sameEstimate(t, "p95", hedge.LatencyMS.P95, stats.Across(p95))
	x, want := hedge.VersusBaseline.P95MS, stats.Across(deltas)
	sameEstimate(t, "difference of p95", stats.Between(*x.Delta, *x.Low, *x.High), want)
	if hedge.Requests != requests {
		t.Errorf("%d requests, want %d", hedge.Requests, requests)
	}
	h, err := stats.DecodeHistogram(hedge.Histogram)
	if err != nil || h.Count() != hedge.Succeeded {
		t.Errorf("the histogram holds %d latencies, want %d: %v", h.Count(), hedge.Succeeded, err)
	}
	if r := merged.Repeats; r == nil || r.Count != 3 || len(r.Seeds) != 3 || r.Seeds[2] != 3 || !strings.Contains(r.Why, "across") {
		t.Errorf("repeats are %+v", r)
	}
	output := 0
	for _, r := range runs {
		output += strategy(t, r, "hedge").Tokens.Output
	}
	if hedge.Tokens.Output != output || hedge.Models[0].Tokens == nil {
		t.Errorf("%d tokens, want %d", hedge.Tokens.Output, output)
	}
	if merged.Seed != 1 || !strings.HasPrefix(merged.Warnings[0], "3 seeds were run") {
		t.Errorf("seed %d, warnings %q", merged.Seed, merged.Warnings)
	}
}

func sameEstimate(t *testing.T, what string, got, want stats.Estimate) {
	t.Helper()
	if math.Abs(got.Value-want.Value) > 1e-4 || math.Abs(got.Low-want.Low) > 1e-4 || math.Abs(got.High-want.High) > 1e-4 {
		t.Errorf("%s is %+v, want %+v", what, got, want)
	}
}

// One seed is a run, requests are kept of the first, and faults, models and
// objectives are merged as well.
func TestRepeat_faults(t *testing.T) {
	t.Parallel()
	o := engine.Options{Dir: t.TempDir(), Only: []string{"single", "race", "guarded"}}
	if d := repeat(t, "primary-outage", o, 1); d.Repeats != nil {
		t.Errorf("one seed is %+v", d.Repeats)
	}
	one, err := os.ReadFile(filepath.Join(o.Dir, engine.RequestsFile))
	if err != nil {
		t.Fatal(err)
	}
	d := repeat(t, "primary-outage", o, 3)
	if many, err := os.ReadFile(filepath.Join(o.Dir, engine.RequestsFile)); err != nil || len(many) != len(one) {
		t.Errorf("the requests kept are of %d bytes, want those of the first seed, %d: %v", len(many), len(one), err)
	}
	single := strategy(t, d, "single")
	if f := single.Faults[0]; f.Requests < 3*3500 || !f.SuccessDuring.Known() || f.SuccessDuring.Low < 0 {
		t.Errorf("the outage is %+v", f)
	}
	if single.LatencyMS.P95.Known() || single.LatencyMS.P95.Why == "" {
		t.Errorf("single has the P95 %+v, but 30 %% of its requests failed", single.LatencyMS.P95)
	}
	if race := strategy(t, d, "race"); race.Success.Value == 1 && race.Success.Low == 1 {
		t.Errorf("no failure seen is no proof of none: %+v", race.Success)
	}
	for _, o := range d.Objectives {
		if o.Verdict != "pass" {
			t.Errorf("%s: %s %s", o.Text, o.Verdict, o.Why)
		}
	}
}

func TestRepeat_interrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := engine.Options{Requests: 3000, Only: []string{"single"}, Progress: func(p engine.Progress) {
		if p.Done >= 1000 {
			cancel()
		}
	}}
	d, err := engine.Repeat(ctx, load(t, "steady"), o, 3)
	if err != nil || !d.Interrupted || d.Repeats != nil || d.Planned != 9000 {
		t.Errorf("interrupted in the first run: %+v, %v", d, err)
	}
}

// A repetition that is stopped later is the report of the seeds that were done,
// and says how much of all that is.
func TestRepeat_interruptedLater(t *testing.T) {
	t.Parallel()
	for whole := 1; whole <= 2; whole++ {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		seeds := 0
		o := engine.Options{Requests: 1000, Only: []string{"single"}, Progress: func(p engine.Progress) {
			if p.Done == p.Planned {
				seeds++
			} else if seeds == whole {
				cancel()
			}
		}}
		d, err := engine.Repeat(ctx, load(t, "steady"), o, 4)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("the run stopped after %d%% of the planned requests", 25*whole); !strings.Contains(d.Verdict.Detail, want) {
			t.Errorf("after %d seeds: %q", whole, d.Verdict.Detail)
		}
		if !d.Interrupted || d.Planned != 4000 || (d.Repeats != nil) != (whole > 1) {
			t.Errorf("after %d seeds: planned %d, interrupted %v, repeats %v", whole, d.Planned, d.Interrupted, d.Repeats)
		}
	}
}

// Differences are significant only as a family: with no difference at all few
// reports call any of their differences significant.
func TestRun_significance(t *testing.T) {
	t.Parallel()
	sc := parse(t, `
name: twins
load: {rate: 20/s, requests: 1000}
models:
  a: {first_token: {lognormal: {median: 600ms, p95: 2s}}}
  b: {first_token: {lognormal: {median: 600ms, p95: 2s}}}
strategies:
  one: {single: {target: a}}
  other: {single: {target: b}}
  both: {race: {targets: [a, b]}}
`)
	wrong, found := 0, 0
	const seeds = 60
	for seed := range uint64(seeds) {
		d := runIt(t, sc, engine.Options{Seed: &seed})
		if d.Comparisons < 16 {
			t.Fatalf("%d comparisons", d.Comparisons)
		}
		for _, x := range strategy(t, d, "other").VersusBaseline.Deltas() {
			if x.Significant {
				wrong++
				break
			}
		}
		if strategy(t, d, "both").VersusBaseline.Attempts.Significant {
			found++
		}
	}
	if wrong > 8 {
		t.Errorf("%d of %d reports find a difference between two alike", wrong, seeds)
	}
	if found < seeds {
		t.Errorf("only %d of %d reports see that two calls are more than one", found, seeds)
	}
}
