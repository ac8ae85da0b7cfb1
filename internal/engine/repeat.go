package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Repeat runs sc with count seeds, the seed of the run and those after it, and
// returns one report of them all: counts are sums, histograms are merged, and
// every estimate is the mean over the seeds with its interval across them. Where
// [Options.Dir] is set, the requests of the first seed are kept.
//
// A trace cannot be repeated: it is the same for every seed.
//
// When ctx is cancelled it returns the report of the runs that were complete, or
// that of the first run as far as it came.
func Repeat(ctx context.Context, sc *scenarios.Scenario, o Options, count int) (*reports.Document, error) {
	first, err := New(sc, o)
	if err != nil || count <= 1 {
		return Run(ctx, sc, o)
	}
	if names, _ := first.replayed(); len(names) > 0 {
		return nil, fmt.Errorf("%w: every seed would meet the same calls, since a trace is replayed (%s): "+
			"intervals across seeds would be too narrow", ErrOptions, strings.Join(names, ", "))
	}
	var runs []*reports.Document
	for i := range count {
		again := o
		again.Seed = new(first.seed + uint64(i)) //nolint:gosec // counts from 0
		if i > 0 {
			again.Dir = ""
		}
		d, err := Run(ctx, sc, again)
		if err != nil {
			return nil, err
		}
		if d.Interrupted && i > 0 {
			break
		}
		runs = append(runs, d)
		if d.Interrupted {
			break
		}
	}
	return merged(sc, runs, count)
}

// merged is the report of as many runs as there was time for, of count.
func merged(sc *scenarios.Scenario, runs []*reports.Document, count int) (*reports.Document, error) {
	missing := count - len(runs)
	if len(runs) > 1 {
		return merge(sc.Objectives, runs, missing)
	}
	d := runs[0]
	d.Interrupted = d.Interrupted || missing > 0
	d.Planned *= count
	d.Verdict = reports.Decide(d)
	return d, nil
}

// merge makes one report of several; missing is how many more were planned.
func merge(objectives []*objective.Objective, runs []*reports.Document, missing int) (*reports.Document, error) {
	d := *runs[0]
	d.Interrupted = missing > 0
	d.Planned *= missing + 1
	for _, r := range runs[1:] {
		d.Planned += r.Planned
	}
	d.Repeats = &reports.Repeats{Count: len(runs), Why: "values are means over the seeds, and their intervals those of Student's t " +
		"across them: the requests of one run are no independent repetitions of it"}
	d.Strategies = make([]reports.Strategy, len(runs[0].Strategies))
	for i := range d.Strategies {
		all := collect(runs, func(r *reports.Document) *reports.Strategy { return &r.Strategies[i] })
		s, err := mergeStrategy(all)
		if err != nil {
			return nil, err
		}
		d.Strategies[i] = s
	}
	for _, r := range runs {
		d.Repeats.Seeds = append(d.Repeats.Seeds, r.Seed)
	}
	d.Comparisons = adjust(&d)
	d.Objectives = []reports.Objective{}
	for i, o := range objectives {
		d.Objectives = append(d.Objectives, mergeObjective(o, collect(runs, func(r *reports.Document) reports.Objective { return r.Objectives[i] })))
	}
	d.Warnings = append([]string{fmt.Sprintf(
		"%d seeds were run: estimates are means over them with intervals across them, counts are sums, spectra are of all requests; timelines, breakers, A/B tests, judges and tasks are those of seed %d",
		len(runs), d.Seed)}, warnings(runs)...)
	d.SendLag = worst(runs)
	d.Verdict = reports.Decide(&d)
	return &d, nil
}

// warnings are those of all runs, each once.
func warnings(runs []*reports.Document) (all []string) {
	for _, r := range runs {
		for _, w := range r.Warnings {
			if !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// worst is the send lag of the run in which it was longest.
func worst(runs []*reports.Document) (lag *reports.SendLag) {
	for _, r := range runs {
		if r.SendLag != nil && (lag == nil || r.SendLag.P99 > lag.P99) {
			lag = r.SendLag
		}
	}
	return lag
}

// collect returns one thing of every run.
func collect[R, T any](runs []R, of func(R) T) []T {
	all := make([]T, len(runs))
	for i, r := range runs {
		all[i] = of(r)
	}
	return all
}

// across merges one estimate of every run.
func across[R any](runs []R, of func(R) stats.Estimate) stats.Estimate {
	return stats.AcrossEstimates(collect(runs, of))
}

func mean[R any](runs []R, of func(R) float64) float64 {
	return stats.Round(stats.Across(collect(runs, of)).Value)
}

func total[R any](runs []R, of func(R) int) (sum int) {
	for _, r := range runs {
		sum += of(r)
	}
	return sum
}
