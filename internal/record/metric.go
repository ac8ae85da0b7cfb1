package record

import (
	"math"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// metric returns the function that computes the named metric under weights of
// blocks, or nil if there is no such metric.
func (p *Replicates) metric(s *paired, name string) func(weights []int32) float64 {
	if of := ratioOf(name); of != nil {
		return p.ratio(s, of)
	}
	cut := max(0, strings.LastIndexByte(name, 'p')) // "first_token_" and "p95"
	q, known := quantile(name[cut:])
	of := seriesOf(name[:cut])
	if !known || of == nil {
		return nil
	}
	return p.ranked(s, name[:cut], of).Quantile(q).Under
}

func quantile(name string) (p float64, known bool) {
	switch name {
	case "p50":
		return 0.5, true
	case "p90":
		return 0.9, true
	case "p95":
		return 0.95, true
	case "p99":
		return 0.99, true
	case "p99_9":
		return 0.999, true
	default:
		return 0, false
	}
}

// series gives a request's value in milliseconds; +Inf is a failure, and NaN
// says that the request does not take part.
type series func(w *row) float64

func seriesOf(prefix string) series {
	switch prefix {
	case "":
		return func(w *row) float64 { return latencyOr(w, math.Inf(1)) }
	case "ok_":
		return func(w *row) float64 { return latencyOr(w, math.NaN()) }
	case "first_token_":
		return func(w *row) float64 { return firstOr(w, math.Inf(1)) }
	default:
		return nil
	}
}

func latencyOr(w *row, failure float64) float64 {
	if !w.is(succeeded) {
		return failure
	}
	return float64(w.latency) / 1e3
}

func firstOr(w *row, failure float64) float64 {
	if !w.is(succeeded) || !w.is(hasFirst) {
		return failure
	}
	return float64(w.first) / 1e3
}

// fraction gives a request's share in the numerator and the denominator of a
// ratio.
type fraction func(w *row) (over, under float64)

func ratioOf(name string) fraction {
	switch name {
	case "success":
		return func(w *row) (float64, float64) { return indicator(w.is(succeeded)), 1 }
	case "accuracy":
		return func(w *row) (float64, float64) { return indicator(w.is(isRight)), indicator(w.is(isRight | isWrong)) }
	case "attempts":
		return func(w *row) (float64, float64) { return float64(w.attempts), 1 }
	case "cost":
		return func(w *row) (float64, float64) { return float64(w.value), 1 }
	case "cost_low":
		return func(w *row) (float64, float64) { return float64(w.low), 1 }
	case "cost_high":
		return func(w *row) (float64, float64) { return float64(w.high), 1 }
	case "mean", "ok_mean":
		return func(w *row) (float64, float64) { return latencyOr(w, 0), indicator(w.is(succeeded)) }
	case "first_token_mean":
		return func(w *row) (float64, float64) { return firstOr(w, 0), indicator(w.is(succeeded) && w.is(hasFirst)) }
	default:
		return nil
	}
}

func indicator(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// ratio sums both parts of a fraction per block once, so that a resample costs
// no more than a pass over the blocks.
func (p *Replicates) ratio(s *paired, of fraction) func(weights []int32) float64 {
	over, under := make(stats.Sums, p.blocks.Len()), make(stats.Sums, p.blocks.Len())
	for i := range s.rows {
		o, u := of(&s.rows[i])
		over[p.block[i]] += o
		under[p.block[i]] += u
	}
	return func(weights []int32) float64 { return over.Under(weights) / under.Under(weights) }
}

// ranked sorts a series once for all its quantiles.
func (p *Replicates) ranked(s *paired, prefix string, of series) *stats.Ranked {
	if r, done := s.ranked[prefix]; done {
		return r
	}
	value := make([]float64, 0, len(s.rows))
	block := make([]int32, 0, len(s.rows))
	for i := range s.rows {
		if v := of(&s.rows[i]); !math.IsNaN(v) {
			value = append(value, v)
			block = append(block, p.block[i])
		}
	}
	s.ranked[prefix] = stats.NewRanked(value, block, p.blocks.Len())
	return s.ranked[prefix]
}
