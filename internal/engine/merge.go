package engine

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/reports"
)

// ErrMerge is what errors about runs that cannot be merged wrap.
var ErrMerge = errors.New("the runs cannot be merged")

// Shard is the report of a run of one seed.
type Shard struct {
	// Path is what the user calls it.
	Path   string
	Report *reports.Document
}

// Merge makes one report of runs of the same scenario with different seeds, in
// whatever order they are given: the one that [Repeat] would have made of them.
// Histograms are merged without loss; what cannot be merged is that of the lowest
// seed, and the report says so. The error wraps [ErrMerge] and names the runs.
func Merge(shards []Shard) (*reports.Document, error) {
	if len(shards) < 2 {
		return nil, fmt.Errorf("%w: it takes two or more, not %d", ErrMerge, len(shards))
	}
	shards = slices.Clone(shards)
	slices.SortStableFunc(shards, func(a, b Shard) int { return cmp.Compare(a.Report.Seed, b.Report.Seed) })
	for i, s := range shards {
		if why := s.unfit(); why != "" {
			return nil, fmt.Errorf("%w: %s %s", ErrMerge, s.Path, why)
		}
		if i == 0 {
			continue
		}
		if what := differ(shards[0].Report, s.Report); what != "" {
			return nil, fmt.Errorf("%w: %s and %s differ in %s", ErrMerge, shards[0].Path, s.Path, what)
		}
		if s.Report.Seed == shards[i-1].Report.Seed {
			return nil, fmt.Errorf("%w: %s and %s both have seed %d, so they hold the same requests", ErrMerge, shards[i-1].Path, s.Path, s.Report.Seed)
		}
	}
	runs := collect(shards, func(s Shard) *reports.Document { return s.Report })
	var objectives []*objective.Objective
	for _, o := range runs[0].Objectives {
		parsed, err := objective.Parse(o.Text)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: objective %q: %w", ErrMerge, shards[0].Path, o.Text, err)
		}
		objectives = append(objectives, parsed)
	}
	return merge(objectives, runs, 0)
}

// unfit says why a run cannot be merged with any other, or "".
func (s Shard) unfit() string {
	traced := func(m reports.ScenarioModel) bool { return m.Provider == "trace" }
	switch d := s.Report; {
	case slices.ContainsFunc(d.Scenario.Models, traced):
		return "replays a trace, which is the same for every seed: intervals across seeds would be too narrow"
	case d.Repeats != nil:
		return "is of several seeds already, and holds no values of each: merge the runs of single seeds"
	case d.Spending != nil:
		return "asked real models, which have no seed: one longer run says more than two"
	case d.Interrupted:
		return "was interrupted: its requests would weigh as much as those of a whole run"
	default:
		return ""
	}
}

// differ says in what two runs differ besides their seeds and what follows from
// these, or "".
func differ(a, b *reports.Document) string {
	names := func(d *reports.Document) (all []string) {
		return collect(d.Strategies, func(s reports.Strategy) string { return s.Name })
	}
	demands := func(d *reports.Document) (all []string) {
		return collect(d.Objectives, func(o reports.Objective) string { return o.Text })
	}
	for _, c := range []struct {
		what string
		same bool
	}{
		{"scenario", a.Scenario.Source == b.Scenario.Source && a.Scenario.Name == b.Scenario.Name},
		{"clock", a.Clock == b.Clock && a.Scenario.TimeScale == b.Scenario.TimeScale},
		{"strategies", slices.Equal(names(a), names(b)) && a.Baseline == b.Baseline},
		{"objectives", slices.Equal(demands(a), demands(b))},
		{"rate", near(a.Scenario.RatePerS, b.Scenario.RatePerS, a.Planned)},
		{"length", near(a.Scenario.DurationMS, b.Scenario.DurationMS, a.Planned)},
		{"what they report", slices.EqualFunc(a.Strategies, b.Strategies, alike)},
	} {
		if !c.same {
			return c.what
		}
	}
	return ""
}

// near says whether two rates or lengths of a load of n requests are the same but
// for the chance in its arrivals: within five standard deviations of a Poisson
// count.
func near(a, b float64, n int) bool {
	return math.Abs(a-b) <= 5*max(a, b)/math.Sqrt(float64(max(n, 1)))
}

// alike says whether two reports of a strategy have the same parts.
func alike(a, b reports.Strategy) bool {
	return slices.EqualFunc(a.Models, b.Models, func(a, b reports.Model) bool { return a.Name == b.Name }) &&
		slices.EqualFunc(a.Faults, b.Faults, func(a, b reports.Fault) bool { return a.Name == b.Name }) &&
		(a.VersusBaseline == nil) == (b.VersusBaseline == nil)
}
