package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

const viewed = `
load: {rate: 100/s, requests: 2000}
models: {a: {latency: {lognormal: {median: 80ms, p95: 200ms}}, price: {input: 1, output: 2}}, b: {latency: 50ms, price: {input: 3, output: 4}}}
strategies: {one: {single: {target: a}}, two: {race: {targets: [a, b]}}}`

// A view sees the run grow, on both clocks, and nothing before it or after it; the
// report is what it is without a view.
func TestView(t *testing.T) {
	t.Parallel()
	for _, clock := range []engine.Clock{engine.Virtual, engine.Real} {
		t.Run(string(clock), func(t *testing.T) {
			t.Parallel()
			o := engine.Options{Clock: clock, View: new(engine.View)}
			if clock == engine.Real {
				o.TimeScale, o.Requests = 20, 400
			}
			requests := func(d *reports.Document) (n int) {
				if d == nil {
					return 0
				}
				for i := range d.Strategies {
					n += d.Strategies[i].Requests
				}
				return n
			}
			var last, looks atomic.Int64
			o.Progress = func(engine.Progress) {
				d, err := o.View.Report()
				if err != nil || d == nil {
					t.Errorf("no report while the run is under way: %v", err)
					return
				}
				n := int64(requests(d))
				looks.Add(1)
				if was := last.Swap(n); clock == engine.Real && n < was {
					t.Errorf("%d requests, there were %d", n, was)
				}
				if d.Verdict.Recommend != "" || len(d.Objectives) > 0 {
					t.Errorf("a conclusion before the end: %+v", d.Verdict)
				}
			}
			if d, err := o.View.Report(); d != nil || err != nil {
				t.Errorf("before the run: %v, %v", d, err)
			}
			d, err := engine.Run(context.Background(), parse(t, viewed), o)
			if err != nil {
				t.Fatal(err)
			}
			if looks.Load() == 0 || last.Load() < int64(requests(d)/2) {
				t.Errorf("in %d looks the last saw %d requests of %d", looks.Load(), last.Load(), requests(d))
			}
			if d, err := o.View.Report(); d != nil || err != nil {
				t.Errorf("after the run: %v, %v", d, err)
			}
		})
	}
}

// What a view says of costs and latency at the end is what the report says.
func TestView_last(t *testing.T) {
	t.Parallel()
	var seen *reports.Document
	o := engine.Options{View: new(engine.View), Only: []string{"one"}}
	o.Progress = func(p engine.Progress) {
		if p.Done == p.Planned {
			seen, _ = o.View.Report()
		}
	}
	d, err := engine.Run(context.Background(), parse(t, viewed), o)
	if err != nil {
		t.Fatal(err)
	}
	got, want := seen.Strategies[0], d.Strategies[0]
	if got.LatencyMS.P95 != want.LatencyMS.P95 || got.Cost.USD != want.Cost.USD || got.Cost.Multiplier != want.Cost.Multiplier || got.Requests != want.Requests {
		t.Errorf("the view says %+v %+v, the report %+v %+v", got.LatencyMS.P95, got.Cost, want.LatencyMS.P95, want.Cost)
	}
}

// How long a look at so many requests of one strategy takes, in which none can be
// recorded.
func BenchmarkView(b *testing.B) {
	sc := parse(b, viewed)
	o := engine.Options{View: new(engine.View), Only: []string{"two"}, Requests: 240_000}
	o.Progress = func(p engine.Progress) {
		if p.Done != p.Planned {
			return
		}
		began := time.Now()
		_, _ = o.View.Report()
		b.ReportMetric(time.Since(began).Seconds()*1e3, "ms/look")
	}
	for b.Loop() {
		if _, err := engine.Run(context.Background(), sc, o); err != nil {
			b.Fatal(err)
		}
	}
}
