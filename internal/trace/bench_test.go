package trace_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// large writes a trace of 200,000 requests to three models, with answers.
func large(b *testing.B) string {
	b.Helper()
	h := header()
	h.Models = append(h.Models, trace.Info{Name: "c"})
	latency := draw.LognormalP95(float64(time.Second), float64(3*time.Second))
	rows := make([]trace.Row, 200_000)
	for i := range rows {
		k := draw.New(1).Word(uint64(i))
		rows[i] = trace.Row{ID: uint64(i), Due: time.Duration(i) * 50 * time.Millisecond, Prompt: k.Uint64(), Calls: make([]trace.Call, 3)}
		for m := range rows[i].Calls {
			rows[i].Calls[m] = answered(time.Duration(latency.Quantile(k.Word(uint64(m)).Float64())))
		}
	}
	return written(b, h, rows...)
}

func BenchmarkLoad(b *testing.B) {
	path := large(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var t *trace.Trace
	for b.Loop() {
		t = load(b, path)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(info.Size())/float64(3*t.Len()), "file-B/call")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(3*t.Len()), "heap-B/call")
	runtime.KeepAlive(t)
}

func BenchmarkPlan(b *testing.B) {
	t := load(b, written(b, header(), trace.Row{Prompt: draw.Hash("why?"), Calls: []trace.Call{answered(1), answered(1)}}))
	y, r := trace.Replay{Model: t.Models[0], TimeScale: 1}, &llm.Request{Prompt: "why?"}
	var p fault.Plan
	b.ReportAllocs()
	for b.Loop() {
		y.Plan(&p, r, 0, draw.New(1))
	}
}
