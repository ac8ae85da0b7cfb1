package engine_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// coverageSeeds is how many runs "make intervals" counts the coverage of
// intervals over. Without it a few are run, enough to notice a blunder.
var coverageSeeds = flag.Int("seeds", 0, "print the coverage of intervals over `N` seeds and demand 93 % to 97 %")

// coverageScenario lasts as long as it is told. The hedges of budgeted are few,
// so that its latencies are mostly those of single.
const coverageScenario = `
name: coverage
load: {rate: 20/s, requests: %d, timeout: 60s}
models:
  a: {first_token: {lognormal: {median: 600ms, p95: 2s}}, per_token: 8ms, output_tokens: {lognormal: {median: 60, p95: 150}}}
  b: {first_token: {lognormal: {median: 700ms, p95: 1.8s}}, per_token: 8ms, output_tokens: {lognormal: {median: 60, p95: 150}}}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 1s, budget: 100%%}}
  race: {race: {targets: [a, b]}}
  budgeted: {hedge: {targets: [a, b], delay: 1s, budget: 10%%}}
`

// statement is one number of a report that has an interval.
type statement struct {
	name string
	of   func(d *reports.Document) stats.Estimate
	p    float64 // of a percentile, whose coverage is known
	// cautious statements are about two strategies that treat most requests
	// alike. What is left is the rounding of quantiles to single requests, which
	// resampling overstates: their intervals are wider than need be.
	cautious bool
}

func statements() []statement {
	latency := func(strategy int, of func(*reports.Latency) stats.Estimate) func(*reports.Document) stats.Estimate {
		return func(d *reports.Document) stats.Estimate { return of(&d.Strategies[strategy].LatencyMS) }
	}
	p50 := func(l *reports.Latency) stats.Estimate { return l.P50 }
	p95 := func(l *reports.Latency) stats.Estimate { return l.P95 }
	p99 := func(l *reports.Latency) stats.Estimate { return l.P99 }
	delta := func(strategy int, of func(*reports.VersusBaseline) reports.Delta) func(*reports.Document) stats.Estimate {
		return func(d *reports.Document) stats.Estimate {
			x := of(d.Strategies[strategy].VersusBaseline)
			return stats.Between(*x.Delta, *x.Low, *x.High)
		}
	}
	d50 := func(v *reports.VersusBaseline) reports.Delta { return v.P50MS }
	d95 := func(v *reports.VersusBaseline) reports.Delta { return v.P95MS }
	d99 := func(v *reports.VersusBaseline) reports.Delta { return v.P99MS }
	return []statement{
		{"single P50", latency(0, p50), 0.5, false},
		{"single P95", latency(0, p95), 0.95, false},
		{"single P99", latency(0, p99), 0.99, false},
		{"hedge P50", latency(1, p50), 0.5, false},
		{"hedge P95", latency(1, p95), 0.95, false},
		{"hedge P99", latency(1, p99), 0.99, false},
		{"race - single P50", delta(2, d50), 0, false},
		{"race - single P95", delta(2, d95), 0, false},
		{"hedge - single P95", delta(1, d95), 0, false},
		{"hedge - single P99", delta(1, d99), 0, false},
		{"budgeted - single P95", delta(3, d95), 0, true},
	}
}

// How often the intervals of a report hold the truth, which a run of a million
// requests tells to a tenth of an interval or better.
func TestCoverageOfIntervals(t *testing.T) {
	t.Parallel()
	seeds, sizes, long := *coverageSeeds, []int{2_000, 10_000}, 1_000_000
	least, most := 0.93, 0.97
	if seeds == 0 {
		seeds, sizes, long = 25, sizes[:1], 100_000
		least, most = 0.75, 1
	}
	all := statements()
	truth := runIt(t, parse(t, fmt.Sprintf(coverageScenario, long)), engine.Options{Seed: new(uint64(1 << 40))})
	for _, n := range sizes {
		held := cover(t, parse(t, fmt.Sprintf(coverageScenario, n)), seeds, all, truth)
		t.Log(coverageTable(all, held, seeds, n))
		for i, st := range all {
			share := float64(held[i]) / float64(seeds)
			if share < least || share > most && !st.cautious {
				t.Errorf("%d requests: %.1f %% of the intervals of %s hold the truth", n, 100*share, st.name)
			}
		}
	}
}

// cover counts for each statement how many seeds' intervals hold its truth.
func cover(t *testing.T, sc *scenarios.Scenario, seeds int, all []statement, truth *reports.Document) []int {
	t.Helper()
	held := make([]int, len(all))
	for seed := range seeds {
		d := runIt(t, sc, engine.Options{Seed: new(uint64(seed + 1))})
		for i, st := range all {
			if e, v := st.of(d), st.of(truth).Value; e.Low <= v && v <= e.High {
				held[i]++
			}
		}
	}
	return held
}

func coverageTable(all []statement, held []int, seeds, requests int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d seeds of %d requests\n\n", seeds, requests)
	tab := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "interval of\tholds the truth\twith noise\tin theory\t")
	for i, st := range all {
		share := stats.Wilson(held[i], seeds)
		theory := ""
		if st.p > 0 {
			theory = fmt.Sprintf("%.1f %%", 100*stats.Coverage(requests, st.p))
		}
		fmt.Fprintf(tab, "%s\t%.1f %%\t%.1f to %.1f\t%s\t\n", st.name, 100*share.Value, 100*share.Low, 100*share.High, theory)
	}
	_ = tab.Flush() // into memory
	return b.String()
}
