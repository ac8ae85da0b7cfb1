package reports_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// found is what a small search has found.
func found() *reports.Tuning {
	figures := func(p95, cost float64) map[string]stats.Estimate {
		return map[string]stats.Estimate{
			"hedge.p95": stats.Between(p95, p95-50, p95+50), "hedge.cost": stats.Exactly(cost), "hedge.p99": stats.Missing("in 1 of 3 runs too many requests failed"),
		}
	}
	return &reports.Tuning{
		Schema: reports.TuningSchema, Kind: reports.TuneSearch, Goal: reports.TuningGoal{Metric: "hedge.p95", Unit: "ms", Constraints: []string{"hedge.cost <= 1.2"}},
		Scenario: reports.TuningScenario{Name: "shop", Requests: 1000, Baseline: "single"}, Seeds: reports.TuningSeeds{Choice: []uint64{1, 2, 3}, Fresh: []uint64{1001, 1002, 1003}},
		Metrics: []reports.TuningMetric{{Name: "hedge.p95", Unit: "ms"}, {Name: "hedge.p99", Unit: "ms"}, {Name: "hedge.cost", Unit: "multiple"}},
		Settings: []reports.TuningSetting{
			{Name: "as it is", State: reports.TuneBeaten, Seeds: 3, Predicted: figures(3000, 1), Realised: figures(3100, 1)},
			{
				Name: "hedge.delay=1s", State: reports.TuneInRace, Seeds: 3, Predicted: figures(2000, 1.1), Realised: figures(2100, 1.11),
				Constraints: []reports.TuningConstraint{{Text: "hedge.cost <= 1.2", Verdict: "pass"}},
			},
			{Name: "hedge.delay=1.1s", State: reports.TuneInRace, Seeds: 3, Predicted: figures(2010, 1.1)},
		},
		Recommended: new(1), Current: new(0), Tied: []int{2}, YAML: "hedge: {hedge: {delay: 1s}}\n",
		TradeOff:    []reports.TuningPoint{{Extra: 0, Value: 3000}, {Extra: 0.1, Value: 2000, Values: []reports.TuningValue{{Key: "hedge.delay", Value: "1s"}}}},
		Sensitivity: []reports.TuningSensitivity{{Key: "hedge.delay", From: "900ms", To: "1.1s"}},
		Warnings:    []string{"the end of its range"},
	}
}

func TestWriteTuning(t *testing.T) {
	t.Parallel()
	d := found()
	reports.ConcludeTuning(d)
	var b bytes.Buffer
	must(t, reports.WriteTuning(&b, d, reports.Terminal{Files: []string{"out/tune.json"}}))
	want := `Set hedge.delay=1s.
hedge.p95 is 2.10 s (2.05 s to 2.15 s) on 3 fresh seeds that took no part in the choice; now it is 3.10 s (3.05 s to
3.15 s). The data cannot tell it from 1 other: take whichever you like better.

   setting         predicted  realised        ±    p99   cost
✓  hedge.delay=1s     2.00 s    2.10 s  50.0 ms  fails  1.11×  recommended
   as it is           3.00 s    3.10 s  50.0 ms  fails  1.00×  current

✓ pass       hedge.cost <= 1.2

What it costs: hedge.p95 by extra requests
       0%    3.00 s  as it is
      10%    2.00 s  hedge.delay=1s

hedge.p95 stays within 2% of the best for hedge.delay from 900ms to 1.1s

To paste under strategies:

  hedge: {hedge: {delay: 1s}}

warning: the end of its range

wrote out/tune.json
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// What was not measured is not shown: no figure of a choice without fresh seeds
// stands as realised, and without a choice there is no table.
func TestWriteTuning_stopped(t *testing.T) {
	t.Parallel()
	stopped := found()
	stopped.Interrupted = true
	for i := range stopped.Settings {
		stopped.Settings[i].Realised = nil
	}
	nothing := &reports.Tuning{Schema: reports.TuningSchema, Interrupted: true, Metrics: stopped.Metrics}
	for want, d := range map[string]*reports.Tuning{
		"✓  hedge.delay=1s     2.00 s         –     fails  1.10×  recommended":    stopped,
		"No result.\nThe search was stopped before every setting had been run.\n": nothing,
	} {
		reports.ConcludeTuning(d)
		var b bytes.Buffer
		must(t, reports.WriteTuning(&b, d, reports.Terminal{}))
		if got := b.String(); !strings.Contains(got, want) || d == nothing && got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

// The words follow the state of the search.
func TestConcludeTuning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*reports.Tuning)
		want   string
	}{
		"settled":     {func(d *reports.Tuning) { d.Settled = true }, "It beats each of the 2 other settings"},
		"kept":        {func(d *reports.Tuning) { d.Recommended = new(0) }, "Keep the settings."},
		"interrupted": {func(d *reports.Tuning) { d.Interrupted, d.Settings[1].Realised = true, nil }, "was interrupted"},
		"no fresh":    {func(d *reports.Tuning) { d.Settings[1].Realised = nil }, "has not been measured on fresh ones"},
		"out of time": {func(d *reports.Tuning) { d.OutOfTime = true }, "The time limit ended the search"},
		"nothing":     {func(d *reports.Tuning) { d.Recommended = nil }, "No result."},
		"missed":      {func(d *reports.Tuning) { d.Settings[1].Constraints[0].Verdict = "fail" }, "hedge.cost <= 1.2 does not hold"},
		"a trace":     {func(d *reports.Tuning) { d.Seeds.Part = 50 }, "on 3 fresh parts"},
	} {
		d := found()
		c.change(d)
		reports.ConcludeTuning(d)
		if text := d.Headline + " " + d.Detail; !strings.Contains(text, c.want) {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
}

func TestTuningJSON(t *testing.T) {
	t.Parallel()
	d := found()
	var b bytes.Buffer
	must(t, reports.WriteTuningJSON(&b, d))
	again, err := reports.ReadTuningJSON(bytes.NewReader(b.Bytes()))
	must(t, err)
	if diff := cmp.Diff(d, again, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if _, err := reports.ReadTuningJSON(strings.NewReader(`{"schema": "other/v1"}`)); !errors.Is(err, reports.ErrSchema) {
		t.Errorf("another schema: %v", err)
	}
}

// What is not there is not taken: a key, or what a number stands for.
func TestReadTuningJSON_errors(t *testing.T) {
	t.Parallel()
	for want, damage := range map[string]func(*reports.Tuning){
		"no setting number 7": func(d *reports.Tuning) { d.Recommended = new(7) },
		"no setting number 2": func(d *reports.Tuning) { d.Breaker = &reports.TuningBreaker{Front: []int{2}} },
		"no scenario number 0": func(d *reports.Tuning) {
			d.Breaker = &reports.TuningBreaker{Cells: []reports.TuningCell{{Predicted: map[string]stats.Estimate{}}}}
		},
		"no level number 3": func(d *reports.Tuning) {
			d.Budget = &reports.TuningBudget{Strategies: []reports.TuningBudgetSubject{{Cells: []reports.TuningBudgetCell{{Level: 3}}}}}
		},
		"no model number -1": func(d *reports.Tuning) { d.Panel = &reports.TuningPanel{Pairs: []reports.TuningErrorPair{{A: -1}}} },
	} {
		d := found()
		d.Settings, d.Tied = d.Settings[:2], nil
		damage(d)
		var b bytes.Buffer
		must(t, reports.WriteTuningJSON(&b, d))
		if _, err := reports.ReadTuningJSON(&b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := reports.ReadTuningJSON(strings.NewReader(`{"schema": "tailgate.tune/v1"}`)); err == nil || err.Error() != "read tuning: kind is missing" {
		t.Errorf("error %v", err)
	}
}
