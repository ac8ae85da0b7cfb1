package trace_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
)

// header names the models a and b.
func header() trace.Header {
	return trace.Header{
		Tool: trace.Tool{Version: "v1"}, Scenario: "s", Clock: "virtual", Seed: 7, Started: time.Unix(0, 0).UTC(), Answers: true,
		Load:   trace.Schedule{Arrivals: "constant", RatePerS: 20, TimeoutMS: 30000},
		Models: []trace.Info{{Name: "a", Provider: "mock", Format: "openai", Price: trace.Price{Input: 3, Output: 15}}, {Name: "b"}},
	}
}

// written writes rows, in their order, and returns the path of the file.
func written(tb testing.TB, h trace.Header, rows ...trace.Row) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "x.trace.ndjson.gz")
	w, err := trace.Create(path, h)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range rows {
		w.Add(&rows[i])
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

func load(tb testing.TB, path string) *trace.Trace {
	tb.Helper()
	tr, err := trace.Load(path)
	if err != nil {
		tb.Fatal(err)
	}
	return tr
}

// answered is a call of the given latency with ten tokens.
func answered(latency time.Duration) trace.Call {
	return trace.Call{
		Latency: latency, FirstToken: latency / 2, HasFirstToken: true, Usage: llm.Usage{Input: 5, Output: 10},
		Text: "billing", Correct: trace.Right,
	}
}
