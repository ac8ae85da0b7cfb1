package engine

import (
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// versus compares a strategy with the baseline.
func (f *figures) versus(i int) *reports.VersusBaseline {
	return &reports.VersusBaseline{
		P50MS: f.delta(i, "p50"), P90MS: f.delta(i, "p90"), P95MS: f.delta(i, "p95"), P99MS: f.delta(i, "p99"),
		P999MS: f.delta(i, "p99_9"), MeanMS: f.delta(i, "mean"),
		FirstTokenP50MS: f.delta(i, "first_token_p50"), FirstTokenP95MS: f.delta(i, "first_token_p95"),
		Success: f.delta(i, "success"), Accuracy: f.delta(i, "accuracy"),
		Attempts: f.delta(i, "attempts"), CostUSD: f.delta(i, "cost"),
		P95Ratio: f.ratio(i, "p95"), CostRatio: f.ratio(i, "cost"),
	}
}

// delta is the paired difference to the baseline.
func (f *figures) delta(i int, metric string) reports.Delta {
	value, replicates, why := f.pair(i, metric, func(own, base float64) float64 { return own - base })
	if why != "" {
		return reports.Delta{Why: why}
	}
	e := f.replicates.Interval(value, replicates)
	return reports.Delta{
		Delta: number(e.Value), Low: number(e.Low), High: number(e.High),
		P: number(f.replicates.PValue(value, replicates)),
	}
}

// familyLevel is the probability with which a report may call any difference
// significant if there were none at all.
const familyLevel = 0.05

// adjust marks the differences to the baseline that are significant when all of
// the report's are taken together (Holm), and returns how many these are.
func adjust(d *reports.Document) (comparisons int) {
	var family []*reports.Delta
	for i := range d.Strategies {
		if v := d.Strategies[i].VersusBaseline; v != nil {
			family = append(family, measured(v)...)
		}
	}
	p := make([]float64, len(family))
	for i, x := range family {
		p[i] = *x.P
	}
	for i, adjusted := range stats.Holm(p) {
		family[i].Significant = adjusted <= familyLevel
	}
	return len(family)
}

// measured returns the differences that have a p-value.
func measured(v *reports.VersusBaseline) (all []*reports.Delta) {
	for _, x := range v.Deltas() {
		if x.P != nil {
			all = append(all, x)
		}
	}
	return all
}
