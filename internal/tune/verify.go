package tune

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// verify runs what is to be reported with fresh seeds, and the references with
// those of the choice too.
func (s *Study) verify(ctx context.Context, e *counted, f *Finding, seeds, fresh []uint64) error {
	for _, r := range s.References {
		f.Result.Entrants = append(f.Result.Entrants, &Entrant{Setting: r, State: Reference})
	}
	picked := s.picked(f.Result)
	seeds = seeds[:f.Result.Best.Runs.Seeds()]
	e.plan(len(picked)*len(fresh) + len(s.References)*len(seeds))
	for _, t := range f.Result.Entrants {
		if t.State != Reference {
			continue
		}
		runs, err := e.Measure(ctx, []Setting{t.Setting}, seeds)
		if err != nil {
			return err
		}
		t.Runs = runs[0]
	}
	settings := make([]Setting, len(picked))
	for i, t := range picked {
		settings[i] = t.Setting
	}
	runs, err := e.Measure(ctx, settings, fresh)
	if err != nil {
		return err
	}
	for i, t := range picked {
		f.Realised[t] = runs[i]
	}
	return nil
}

// picked returns the entrants that are measured on fresh seeds: the best, the
// current one, a few of those that tie, the references, and all that are asked
// for.
func (s *Study) picked(r *Result) []*Entrant {
	ties := r.Tied[:min(len(r.Tied), shownTies)]
	var all []*Entrant
	for _, t := range r.Entrants {
		current := s.Current != nil && t.Setting.same(*s.Current)
		if t == r.Best || current || t.Setting.Always || t.State == Reference || slices.Contains(ties, t) {
			all = append(all, t)
		}
	}
	return all
}

// estimate returns a formula over the seeds of some runs.
func estimate(r Runs, f formula) stats.Estimate {
	vector, err := r.Vector(f)
	if err != nil {
		return stats.Missing(err.Error())
	}
	failed := 0
	for _, v := range vector {
		if math.IsInf(v, 0) {
			failed++
		}
	}
	if failed > 0 {
		return stats.Missing(fmt.Sprintf("in %d of %d runs too many requests failed", failed, len(vector)))
	}
	e := stats.Across(vector)
	if e.Low == e.High { // no seed differs
		return stats.Exactly(e.Value)
	}
	return e
}
