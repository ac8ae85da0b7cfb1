package engine_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// shard runs a scenario with a seed and reads its report from the file it would
// have left.
func shard(t *testing.T, scenario string, seed uint64, o engine.Options) engine.Shard {
	t.Helper()
	o.Seed = &seed
	return engine.Shard{Path: scenario, Report: reread(t, runIt(t, load(t, scenario), o))}
}

func reread(t *testing.T, d *reports.Document) *reports.Document {
	t.Helper()
	var b bytes.Buffer
	if err := reports.WriteJSON(&b, d); err != nil {
		t.Fatal(err)
	}
	again, err := reports.ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// Runs of single seeds merge to the report of their repetition, in any order.
func TestMerge(t *testing.T) {
	t.Parallel()
	o := engine.Options{Requests: 1500}
	want := reread(t, repeat(t, "primary-outage", o, 3))
	shards := []engine.Shard{shard(t, "primary-outage", 3, o), shard(t, "primary-outage", 1, o), shard(t, "primary-outage", 2, o)}
	merged, err := engine.Merge(shards)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, merged)
	got := reread(t, merged)
	nine := cmp.Options{ // a file keeps nine digits, and sums of what was rounded are off by as much
		cmpopts.EquateApprox(1e-6, 1e-6),
		cmp.Comparer(func(a, b stats.Estimate) bool {
			near := func(a, b float64) bool {
				return math.IsNaN(a) == math.IsNaN(b) && (math.IsNaN(a) || a == b || math.Abs(a-b) <= 1e-6*max(1, math.Abs(a)))
			}
			return a.Why == b.Why && near(a.Value, b.Value) && near(a.Low, b.Low) && near(a.High, b.High)
		}),
	}
	if diff := cmp.Diff(want, got, nine); diff != "" {
		t.Error(diff)
	}
	for i, s := range got.Strategies {
		if s.Requests != 4500 || s.Histogram != want.Strategies[i].Histogram {
			t.Errorf("%s has %d requests, or other latencies than the repetition", s.Name, s.Requests)
		}
	}
}

// A run that was too busy to say anything keeps the others from deciding.
func TestMerge_withheld(t *testing.T) {
	t.Parallel()
	o := engine.Options{Requests: 2500}
	shards := []engine.Shard{shard(t, "steady", 1, o), shard(t, "steady", 2, o)}
	decided := func() int {
		d, err := engine.Merge(shards)
		if err != nil {
			t.Fatal(err)
		}
		return slices.IndexFunc(d.Objectives, func(o reports.Objective) bool { return o.Verdict == "pass" && o.Low != nil && o.High != nil })
	}
	i := decided()
	if i < 0 {
		t.Fatal("no objective of steady passes")
	}
	late := &shards[1].Report.Objectives[i]
	late.Verdict, late.Why = "undecided", "the load generator was late"
	d, err := engine.Merge(shards)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Objectives[i]; got.Verdict != "undecided" || got.Why != late.Why {
		t.Errorf("%s is decided all the same: %+v", got.Text, got)
	}
}

// The spectrum is that of all requests together.
func TestMerge_spectrum(t *testing.T) {
	t.Parallel()
	o := engine.Options{Requests: 1500, Only: []string{"hedge"}}
	a, b := shard(t, "steady", 1, o), shard(t, "steady", 2, o)
	merged, err := engine.Merge([]engine.Shard{a, b})
	if err != nil {
		t.Fatal(err)
	}
	alone, together := a.Report.Strategies[0].Spectrum, merged.Strategies[0].Spectrum
	if last := together.Percentile[len(together.Percentile)-1]; last <= alone.Percentile[len(alone.Percentile)-1] {
		t.Errorf("twice the requests reach no further than %v", last)
	}
	h, err := stats.DecodeHistogram(merged.Strategies[0].Histogram)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range together.Percentile {
		rank := stats.Rank(3000, p/100)
		if want := stats.Millis(h.AtRank(rank)); together.MS[i] == nil || *together.MS[i] != want {
			t.Errorf("P%v is not %v", p, want)
		}
	}
}

func TestMerge_mistakes(t *testing.T) {
	t.Parallel()
	o := engine.Options{Requests: 500, Only: []string{"single", "hedge"}}
	base := shard(t, "steady", 1, o)
	with := func(change func(d *reports.Document)) engine.Shard {
		s := shard(t, "steady", 2, o)
		s.Path = "other"
		change(s.Report)
		return s
	}
	for name, c := range map[string]struct {
		shards []engine.Shard
		want   string
	}{
		"one":         {[]engine.Shard{base}, "it takes two or more, not 1"},
		"same seed":   {[]engine.Shard{base, {Path: "twice", Report: base.Report}}, "steady and twice both have seed 1"},
		"scenario":    {[]engine.Shard{base, shard(t, "latency-spike", 2, engine.Options{Requests: 500})}, "differ in scenario"},
		"strategies":  {[]engine.Shard{base, shard(t, "steady", 2, engine.Options{Requests: 500})}, "differ in strategies"},
		"length":      {[]engine.Shard{base, shard(t, "steady", 2, engine.Options{Requests: 900, Only: o.Only})}, "differ in length"},
		"rate":        {[]engine.Shard{base, shard(t, "steady", 2, engine.Options{Requests: 500, Only: o.Only, Rate: 40})}, "differ in rate"},
		"clock":       {[]engine.Shard{base, with(func(d *reports.Document) { d.Clock = "real" })}, "differ in clock"},
		"objectives":  {[]engine.Shard{base, with(func(d *reports.Document) { d.Objectives = make([]reports.Objective, 9) })}, "differ in objectives"},
		"models":      {[]engine.Shard{base, with(func(d *reports.Document) { d.Strategies[0].Models = nil })}, "differ in what they report"},
		"repeated":    {[]engine.Shard{base, with(func(d *reports.Document) { d.Repeats = &reports.Repeats{} })}, "other is of several seeds already"},
		"real models": {[]engine.Shard{base, with(func(d *reports.Document) { d.Spending = &reports.Spending{} })}, "other asked real models"},
		"a trace":     {[]engine.Shard{base, with(func(d *reports.Document) { d.Scenario.Models[0].Provider = "trace" })}, "other replays a trace"},
		"interrupted": {[]engine.Shard{base, with(func(d *reports.Document) { d.Interrupted = true })}, "other was interrupted"},
	} {
		if _, err := engine.Merge(c.shards); !errors.Is(err, engine.ErrMerge) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	damaged := with(func(d *reports.Document) { d.Strategies[0].Histogram = "HISTF" })
	if _, err := engine.Merge([]engine.Shard{base, damaged}); err == nil || !strings.Contains(err.Error(), "strategy single") {
		t.Errorf("a damaged histogram: %v", err)
	}
}
