package engine

import (
	"fmt"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// mergeVersus merges the differences to the baseline. Each seed's is paired; the
// interval of their mean is that of their spread.
func mergeVersus(runs []*reports.Strategy) *reports.VersusBaseline {
	if runs[0].VersusBaseline == nil {
		return nil
	}
	all := collect(runs, func(r *reports.Strategy) *reports.VersusBaseline { return r.VersusBaseline })
	merged := *all[0]
	merged.P95Ratio = across(all, func(v *reports.VersusBaseline) stats.Estimate { return v.P95Ratio })
	merged.CostRatio = across(all, func(v *reports.VersusBaseline) stats.Estimate { return v.CostRatio })
	for i, x := range merged.Deltas() {
		*x = mergeDelta(collect(all, func(v *reports.VersusBaseline) *reports.Delta { return v.Deltas()[i] }))
	}
	return &merged
}

func mergeDelta(runs []*reports.Delta) reports.Delta {
	values := make([]float64, 0, len(runs))
	why := ""
	for _, x := range runs {
		if x.Delta != nil {
			values = append(values, *x.Delta)
		} else if why == "" {
			why = x.Why
		}
	}
	if lacking := len(runs) - len(values); lacking > 0 {
		return reports.Delta{Why: fmt.Sprintf("%d of %d runs have none: %s", lacking, len(runs), why)}
	}
	e := stats.Across(values)
	return reports.Delta{Delta: number(e.Value), Low: number(e.Low), High: number(e.High), P: number(stats.AcrossPValue(values))}
}

// mergeObjective decides an objective by the mean over the seeds of what it
// compares, left minus right, with its interval across them. Where some seed has
// no value, it is decided only if every seed decides it alike; where the seeds do
// not differ, the first decides; where a run withholds its verdict, there is none.
func mergeObjective(o *objective.Objective, runs []reports.Objective) reports.Objective {
	out := runs[0]
	var margins, limits []float64
	alike := true
	for _, r := range runs {
		if withheld(o, r) {
			return r
		}
		alike = alike && r.Verdict == runs[0].Verdict
		if r.Value != nil && r.Limit != nil {
			margins, limits = append(margins, *r.Value-*r.Limit), append(limits, *r.Limit)
		}
	}
	if len(margins) < len(runs) {
		if !alike {
			out.Verdict, out.Why = undecided, fmt.Sprintf("%d of %d runs have no value", len(runs)-len(margins), len(runs))
			out.Value, out.Low, out.High = nil, nil, nil
		}
		return out
	}
	margin, limit := stats.Across(margins), stats.Across(limits).Value
	if margin.Low == margin.High { // see stats.AcrossEstimates
		return out
	}
	out.Value, out.Limit = number(limit+margin.Value), number(limit)
	out.Low, out.High, out.Why = number(limit+margin.Low), number(limit+margin.High), ""
	out.Verdict = undecided
	switch low, high := o.Holds(limit+margin.Low, limit), o.Holds(limit+margin.High, limit); {
	case low && high:
		out.Verdict = pass
	case !low && !high:
		out.Verdict = fail
	default:
		out.Why = "the interval holds the limit; more seeds would decide"
	}
	return out
}

// withheld says whether a run gave no verdict although its interval would have
// decided: a run in which requests were sent too late says too little.
func withheld(o *objective.Objective, r reports.Objective) bool {
	if r.Verdict != undecided || r.Low == nil || r.High == nil || r.Limit == nil {
		return false
	}
	return o.Holds(*r.Low, *r.Limit) == o.Holds(*r.High, *r.Limit)
}
