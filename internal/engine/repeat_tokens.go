package engine

import "github.com/tailgate-bench/tailgate/reports"

func mergeTokens(runs []*reports.Strategy) *reports.Tokens {
	var sum *reports.Tokens
	for _, r := range runs {
		if r.Tokens == nil {
			continue
		}
		if sum == nil {
			sum = new(reports.Tokens)
		}
		sum.Input += r.Tokens.Input
		sum.Output += r.Tokens.Output
		sum.Unused += r.Tokens.Unused
	}
	return sum
}

func mergeInterToken(runs []*reports.Strategy) *reports.Latency {
	var all []reports.Latency
	for _, r := range runs {
		if r.InterTokenMS != nil {
			all = append(all, *r.InterTokenMS)
		}
	}
	if len(all) == 0 {
		return nil
	}
	merged := mergeLatency(all)
	return &merged
}

func mergeModelTokens(runs []reports.Model) *reports.ModelTokens {
	var all []reports.ModelTokens
	for _, r := range runs {
		if r.Tokens != nil {
			all = append(all, *r.Tokens)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &reports.ModelTokens{
		Input:      total(all, func(t reports.ModelTokens) int { return t.Input }),
		Output:     total(all, func(t reports.ModelTokens) int { return t.Output }),
		Unused:     total(all, func(t reports.ModelTokens) int { return t.Unused }),
		MeanOutput: mean(all, func(t reports.ModelTokens) float64 { return t.MeanOutput }),
	}
}
