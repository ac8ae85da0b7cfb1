package virtual_test

import (
	"context"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// plain is a model with exponential latency and nothing else.
type plain struct {
	name string
	key  uint64
	mean time.Duration
}

func (m *plain) Name() string { return m.name }

func (m *plain) Station() *fault.Station { return nil }

func (m *plain) Call(context.Context, llm.Call) (llm.Answer, error) { panic("not simulated") }

func (m *plain) Plan(p *fault.Plan, r *llm.Request, ordinal int, _ time.Duration) {
	u := draw.New(m.key).Word(r.ID).Word(uint64(ordinal)).Float64()
	d := time.Duration(draw.Exponential{Mean: float64(m.mean)}.Quantile(u))
	*p = fault.Plan{Wait: d, FirstToken: d, Tokens: 100, Input: 20, Text: "yes"}
}

// BenchmarkHedge measures the driver alone: hedged requests at 20/s whose
// primary is slower than the delay about half of the time.
func BenchmarkHedge(b *testing.B) {
	h := strategies.Hedge{
		Targets: []strategies.Target{
			strategies.ModelTarget(&plain{"A", 1, time.Second}), strategies.ModelTarget(&plain{"B", 2, time.Second}),
		},
		Delay: 700 * time.Millisecond,
	}
	b.ReportAllocs()
	attempts, n := 0, 0
	cfg := virtual.Config{Strategy: h, Timeout: 30 * time.Second, Settled: func(o *strategies.Outcome) { attempts += len(o.Attempts) }}
	err := virtual.Run(b.Context(), cfg, func(r *llm.Request) (time.Duration, bool) {
		*r = llm.Request{ID: uint64(n), Prompt: "?"}
		n++
		return time.Duration(n) * 50 * time.Millisecond, n <= b.N
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(attempts)/b.Elapsed().Seconds(), "attempts/s")
}
