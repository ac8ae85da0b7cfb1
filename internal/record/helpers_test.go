package record_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

func models() []record.ModelInfo {
	return []record.ModelInfo{
		{Name: "a", Price: llm.Price{Input: 3, Output: 15}},
		{Name: "b", Price: llm.Price{Input: 1, Output: 5}},
	}
}

// request is answered by model a with one attempt.
func request(id uint64, due, latency time.Duration) *record.Request {
	return &record.Request{
		ID: id, Due: due, Sent: due, End: due + latency, FirstToken: due + latency/2, HasFirstToken: true, OK: true,
		Attempts: []record.Attempt{{
			Role: "first", State: record.StateWon, Start: due, End: due + latency, Usage: llm.Usage{Input: 100, Output: 200}, Whole: 200,
		}},
	}
}

// failing turns q into a request whose only attempt failed.
func failing(q *record.Request, kind llm.Kind) *record.Request {
	q.OK, q.Kind, q.Winner, q.HasFirstToken = false, kind, -1, false
	q.Attempts[0].State, q.Attempts[0].Kind, q.Attempts[0].Usage = record.StateFailed, kind, llm.Usage{}
	return q
}

// run adds n requests, one every gap, made by serve.
func run(cfg record.Config, n int, gap time.Duration, serve func(id uint64, due time.Duration) *record.Request) *record.Recorder {
	cfg.Models = models()
	r := record.NewRecorder(cfg)
	for i := range n {
		r.Add(serve(uint64(i), time.Duration(i)*gap))
	}
	return r
}

// weather is a latency that depends on the request only.
func weather(id uint64) time.Duration {
	u := draw.New(7).Word(id).Float64()
	return time.Duration(draw.LognormalP95(900, 2900).Quantile(u) * float64(time.Millisecond))
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}
