package engine

import (
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/reports"
)

// tokens shows counts of tokens, nil where nothing was counted.
func tokens(t record.Tokens) *reports.Tokens {
	if t == (record.Tokens{}) {
		return nil
	}
	out := reports.Tokens(t)
	return &out
}

func modelTokens(t record.ModelTokens) *reports.ModelTokens {
	if t.Tokens == (record.Tokens{}) {
		return nil
	}
	return &reports.ModelTokens{Input: t.Input, Output: t.Output, Unused: t.Unused, MeanOutput: t.MeanOutput}
}

// interToken shows the gaps between tokens, nil where there were none.
func interToken(r *record.Recorder) *reports.Latency {
	l, ok := r.InterToken()
	if !ok {
		return nil
	}
	out := reports.Latency(l)
	return &out
}
