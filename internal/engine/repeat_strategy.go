package engine

import (
	"fmt"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// mergeStrategy makes one of what a strategy did with every seed. What cannot be
// merged (timeline, breakers, A/B tests, judges, tasks) stays that of
// the first.
func mergeStrategy(runs []*reports.Strategy) (reports.Strategy, error) {
	s := *runs[0]
	type of = *reports.Strategy
	s.Requests = total(runs, func(r of) int { return r.Requests })
	s.Succeeded = total(runs, func(r of) int { return r.Succeeded })
	s.Success = share(across(runs, func(r of) stats.Estimate { return r.Success }))
	s.Accuracy = share(across(runs, func(r of) stats.Estimate { return r.Accuracy }))
	s.LatencyMS = mergeLatency(collect(runs, func(r of) reports.Latency { return r.LatencyMS }))
	s.LatencyOKMS = mergeLatency(collect(runs, func(r of) reports.Latency { return r.LatencyOKMS }))
	s.FirstTokenMS = mergeLatency(collect(runs, func(r of) reports.Latency { return r.FirstTokenMS }))
	s.Attempts = reports.Attempts{
		Total: total(runs, func(r of) int { return r.Attempts.Total }), Won: total(runs, func(r of) int { return r.Attempts.Won }),
		Lost: total(runs, func(r of) int { return r.Attempts.Lost }), Failed: total(runs, func(r of) int { return r.Attempts.Failed }),
		Rejected: total(runs, func(r of) int { return r.Attempts.Rejected }), PerRequest: mean(runs, func(r of) float64 { return r.Attempts.PerRequest }),
	}
	s.Hedges = reports.Hedges{
		Fired: total(runs, func(r of) int { return r.Hedges.Fired }), Won: total(runs, func(r of) int { return r.Hedges.Won }),
		Denied: total(runs, func(r of) int { return r.Hedges.Denied }),
	}
	s.Retries = reports.Retries{
		Made: total(runs, func(r of) int { return r.Retries.Made }), Denied: total(runs, func(r of) int { return r.Retries.Denied }),
	}
	s.Calls = mergeShares(collect(runs, func(r of) map[string]float64 { return r.Calls }))
	s.Errors = mergeCounts(collect(runs, func(r of) map[string]int { return r.Errors }))
	s.Cost = mergeCost(collect(runs, func(r of) reports.Cost { return r.Cost }))
	s.Agreement = mergeAgreement(runs)
	s.Models = mergeModels(runs)
	s.Tokens, s.InterTokenMS = mergeTokens(runs), mergeInterToken(runs)
	s.Restarts = total(runs, func(r of) int { return r.Restarts })
	s.Faults = mergeFaults(runs)
	s.VersusBaseline = mergeVersus(runs)
	latency, err := mergeHistograms(collect(runs, func(r of) string { return r.Histogram }))
	if err == nil {
		s.Histogram, err = latency.Encode()
	}
	if err != nil {
		return s, fmt.Errorf("strategy %s: %w", s.Name, err)
	}
	s.Spectrum = reports.Spectrum(record.SpectrumOf(latency, s.Requests))
	return s, nil
}

// share keeps the interval of a share between 0 and 1, where the t interval of a
// mean does not end by itself.
func share(e stats.Estimate) stats.Estimate {
	if e.HasInterval() {
		e.Low, e.High = max(0, e.Low), min(1, e.High)
	}
	return e
}

func mergeLatency(runs []reports.Latency) reports.Latency {
	pick := func(of func(reports.Latency) stats.Estimate) stats.Estimate { return across(runs, of) }
	l := reports.Latency{
		P50: pick(func(l reports.Latency) stats.Estimate { return l.P50 }), P90: pick(func(l reports.Latency) stats.Estimate { return l.P90 }),
		P95: pick(func(l reports.Latency) stats.Estimate { return l.P95 }), P99: pick(func(l reports.Latency) stats.Estimate { return l.P99 }),
		P999: pick(func(l reports.Latency) stats.Estimate { return l.P999 }), Mean: pick(func(l reports.Latency) stats.Estimate { return l.Mean }),
	}
	for _, r := range runs {
		if r.Max != nil && (l.Max == nil || *r.Max > *l.Max) {
			l.Max = r.Max
		}
	}
	return l
}

func mergeRange(runs []reports.Range, merge func([]float64) float64) reports.Range {
	return reports.Range{
		Low:   merge(collect(runs, func(r reports.Range) float64 { return r.Low })),
		Value: merge(collect(runs, func(r reports.Range) float64 { return r.Value })),
		High:  merge(collect(runs, func(r reports.Range) float64 { return r.High })),
	}
}

func mergeCost(runs []reports.Cost) reports.Cost {
	average := func(values []float64) float64 { return stats.Round(stats.Across(values).Value) }
	sum := func(values []float64) float64 { return stats.Round(stats.Across(values).Value * float64(len(values))) }
	return reports.Cost{
		USD:          mergeRange(collect(runs, func(r reports.Cost) reports.Range { return r.USD }), sum),
		Multiplier:   mergeRange(collect(runs, func(r reports.Cost) reports.Range { return r.Multiplier }), average),
		MultiplierCI: across(runs, func(r reports.Cost) stats.Estimate { return r.MultiplierCI }),
		Wasted:       mean(runs, func(r reports.Cost) float64 { return r.Wasted }),
	}
}

func mergeShares(runs []map[string]float64) map[string]float64 {
	merged := map[string]float64{}
	for _, r := range runs {
		for name := range r {
			merged[name] = mean(runs, func(r map[string]float64) float64 { return r[name] })
		}
	}
	return merged
}

func mergeCounts(runs []map[string]int) map[string]int {
	merged := map[string]int{}
	for _, r := range runs {
		for name, n := range r {
			merged[name] += n
		}
	}
	return merged
}

func mergeHistograms(runs []string) (*stats.Histogram, error) {
	merged := stats.NewHistogram()
	for _, encoded := range runs {
		h, err := stats.DecodeHistogram(encoded)
		if err != nil {
			return nil, err
		}
		merged.Merge(h)
	}
	return merged, nil
}

func mergeModels(runs []*reports.Strategy) []reports.Model {
	merged := make([]reports.Model, len(runs[0].Models))
	for i := range merged {
		all := collect(runs, func(r *reports.Strategy) reports.Model { return r.Models[i] })
		merged[i] = reports.Model{
			Name:      all[0].Name,
			Tokens:    mergeModelTokens(all),
			Attempts:  total(all, func(m reports.Model) int { return m.Attempts }),
			Won:       total(all, func(m reports.Model) int { return m.Won }),
			Errors:    mergeCounts(collect(all, func(m reports.Model) map[string]int { return m.Errors })),
			LatencyMS: mergeLatency(collect(all, func(m reports.Model) reports.Latency { return m.LatencyMS })),
			CostUSD:   stats.Round(mean(all, func(m reports.Model) float64 { return m.CostUSD }) * float64(len(all))),
		}
	}
	return merged
}

// mergeFaults merges how a strategy came through each fault: the recovery is
// that of the run that took longest.
func mergeFaults(runs []*reports.Strategy) []reports.Fault {
	merged := make([]reports.Fault, len(runs[0].Faults))
	for i := range merged {
		all := collect(runs, func(r *reports.Strategy) reports.Fault { return r.Faults[i] })
		f := slowest(all)
		f.Requests = total(all, func(f reports.Fault) int { return f.Requests })
		f.SuccessDuring = share(across(all, func(f reports.Fault) stats.Estimate { return f.SuccessDuring }))
		f.P95During = across(all, func(f reports.Fault) stats.Estimate { return f.P95During })
		f.Amplification = mean(all, func(f reports.Fault) float64 { return f.Amplification })
		merged[i] = f
	}
	return merged
}

func slowest(runs []reports.Fault) reports.Fault {
	worst := runs[0]
	for _, f := range runs[1:] {
		if worst.RecoveredAfterMS == nil {
			break
		}
		if f.RecoveredAfterMS == nil || *f.RecoveredAfterMS > *worst.RecoveredAfterMS {
			worst = f
		}
	}
	return worst
}

func mergeAgreement(runs []*reports.Strategy) *reports.Agreement {
	if runs[0].Agreement == nil {
		return nil
	}
	var all []reports.Agreement
	for _, r := range runs {
		if r.Agreement != nil {
			all = append(all, *r.Agreement)
		}
	}
	merged := all[0] // what is not named here stays that of the first
	merged.Rate = share(across(all, func(a reports.Agreement) stats.Estimate { return a.Rate }))
	merged.Pairwise = share(across(all, func(a reports.Agreement) stats.Estimate { return a.Pairwise }))
	merged.FleissKappa = across(all, func(a reports.Agreement) stats.Estimate { return a.FleissKappa })
	merged.AccuracyGivenAgreement = share(across(all, func(a reports.Agreement) stats.Estimate { return a.AccuracyGivenAgreement }))
	return &merged
}
