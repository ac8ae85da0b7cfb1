package fault_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestWindow_Strength(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct {
		window fault.Window
		want   map[time.Duration]float64
	}{
		"always": {fault.Window{}, map[time.Duration]float64{0: 1, 1000 * time.Hour: 1}},
		"the start is inside, the end is not": {
			fault.Window{From: 2 * s, To: 5 * s},
			map[time.Duration]float64{2*s - 1: 0, 2 * s: 1, 5*s - 1: 1, 5 * s: 0},
		},
		"ramps": {
			fault.Window{From: 10 * s, To: 20 * s, RampIn: 4 * s, RampOut: 2 * s},
			map[time.Duration]float64{10 * s: 0, 11 * s: 0.25, 14 * s: 1, 18 * s: 1, 19 * s: 0.5, 20 * s: 0},
		},
		"ramps that meet": {
			fault.Window{To: 10 * s, RampIn: 10 * s, RampOut: 10 * s},
			map[time.Duration]float64{2 * s: 0.2, 5 * s: 0.5, 9 * s: 0.1},
		},
		"no ramp out of an open end": {
			fault.Window{RampOut: 10 * s}, map[time.Duration]float64{0: 1, time.Hour: 1},
		},
		"flapping": {
			fault.Window{From: s, Period: 10 * s, OnFor: 3 * s},
			map[time.Duration]float64{0: 0, s: 1, 4*s - 1: 1, 4 * s: 0, 11*s - 1: 0, 11 * s: 1, 14 * s: 0},
		},
		"flapping by halves": {
			fault.Window{Period: 10 * s},
			map[time.Duration]float64{0: 1, 5*s - 1: 1, 5 * s: 0, 10 * s: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at, want := range c.want {
				got, on := c.window.Strength(at)
				if got != want || on != (want > 0) {
					t.Errorf("at %v: %v, %v, want %v", at, got, on, want)
				}
			}
		})
	}
}

func TestWindow_Hits(t *testing.T) {
	t.Parallel()
	if w := (&fault.Window{}); !w.Hits("a") {
		t.Error("a window on no model in particular spares one")
	}
	if w := (&fault.Window{On: []string{"a", "b"}}); !w.Hits("b") || w.Hits("c") {
		t.Error("a window on a and b hits the wrong models")
	}
}

// TestWindow_victims: an error hits with probability times strength, a slowdown
// hits with probability and scales itself.
func TestWindow_victims(t *testing.T) {
	t.Parallel()
	const n = 20_000
	at := func(f fault.Fault) *fault.Window {
		return &fault.Window{To: 20, RampIn: 2, Probability: 0.4, Fault: f}
	}
	hurt := func(p *fault.Plan) bool { return p.End != fault.EndComplete || p.FirstToken != 100*ms }
	count := func(w *fault.Window) float64 {
		hit := 0
		for i := range n {
			p := plan()
			in := full(uint64(i))
			in.At = 1 // half way up the ramp
			w.Apply(&p, in)
			if hurt(&p) {
				hit++
			}
		}
		return float64(hit) / n
	}
	near(t, "refused", count(at(fault.Refuse{})), 0.2, n)
	near(t, "slowed", count(at(fault.Latency{Multiply: 3})), 0.4, n)
}

func TestWindow_scalesASlowdown(t *testing.T) {
	t.Parallel()
	w := fault.Window{RampIn: 100, Fault: fault.Latency{Add: 100 * ms}}
	p := plan()
	in := full(0)
	in.At = 25
	w.Apply(&p, in)
	if want := 125 * ms; p.FirstToken != want {
		t.Errorf("first token after %v, want %v", p.FirstToken, want)
	}
}

// TestWindow_Together: the same requests are hit on both models, or not.
func TestWindow_Together(t *testing.T) {
	t.Parallel()
	victims := func(together bool, model string) (hit []uint64) {
		w := fault.Window{Probability: 0.3, Together: together, Fault: fault.Refuse{}}
		for i := range uint64(1000) {
			request := draw.New(1).Word(i)
			p := plan()
			w.Apply(&p, fault.Instant{Draw: request.Name(model), Shared: request})
			if p.End == fault.EndRefuse {
				hit = append(hit, i)
			}
		}
		return hit
	}
	if diff := cmp.Diff(victims(true, "a"), victims(true, "b")); diff != "" {
		t.Errorf("together, a and b differ:\n%s", diff)
	}
	if cmp.Equal(victims(false, "a"), victims(false, "b")) {
		t.Error("apart, a and b are hit by the same requests")
	}
	if diff := cmp.Diff(victims(false, "a"), victims(false, "a")); diff != "" {
		t.Errorf("the same draws hit others:\n%s", diff)
	}
}

func TestWindow_Fresh(t *testing.T) {
	t.Parallel()
	w := fault.Window{Name: "limit", Fault: &fault.RateLimit{Requests: 1}}
	first, second := w.Fresh(), w.Fresh()
	for _, f := range []fault.Window{first, second} {
		p := plan()
		if f.Apply(&p, full(0)); p.End != fault.EndComplete {
			t.Error("a fresh bucket is not full")
		}
	}
	p := plan()
	if first.Apply(&p, full(0)); p.End != fault.EndFail {
		t.Error("the bucket keeps no state")
	}
}

//nolint:paralleltest // counts the allocations of the whole process
func TestApply_doesNotAllocate(t *testing.T) {
	for _, f := range everyFault() {
		w := fault.Window{Probability: 0.9, Fault: f}
		w = w.Fresh()
		p := plan()
		n := uint64(0)
		if got := testing.AllocsPerRun(1000, func() {
			p = plan()
			n++
			in := full(n)
			in.At = time.Duration(n) * ms
			w.Apply(&p, in)
		}); got != 0 {
			t.Errorf("%T allocates %v times", f, got)
		}
	}
}

// TestApply_keepsPlansSound: whatever hits whatever, a plan stays one that a
// performer can carry out.
func TestApply_keepsPlansSound(t *testing.T) {
	t.Parallel()
	for _, first := range everyFault() {
		for _, second := range everyFault() {
			for i := range uint64(50) {
				p := plan()
				first.Apply(&p, full(i))
				second.Apply(&p, full(i))
				if p.Wait < 0 || p.FirstToken < p.Wait || p.Until > p.Tokens || p.End == fault.EndFail && p.Failure == nil {
					t.Fatalf("%T then %T: %+v", first, second, p)
				}
				if p.Until < 0 && p.End != fault.EndReset && p.End != fault.EndHang && p.Accepted() {
					t.Fatalf("%T then %T: no headers, but end %d", first, second, p.End)
				}
				if d, ends := p.Lasts(); ends && d < 0 {
					t.Fatalf("%T then %T lasts %v", first, second, d)
				}
			}
		}
	}
}

func everyFault() []fault.Fault {
	return []fault.Fault{
		fault.Latency{Add: ms, Multiply: 2, Replace: draw.Lognormal{Median: 1e8, Sigma: 1}},
		fault.Status{Code: 500, After: time.Second},
		fault.Outage{},
		fault.Hang{},
		fault.Hang{AfterTokens: 3},
		fault.Reset{},
		fault.Reset{AfterShare: 0.5},
		fault.Refuse{},
		&fault.RateLimit{Requests: 60, Tokens: 1000},
		fault.Capacity{Concurrency: 1},
		fault.Truncate{},
		fault.Malformed{},
		fault.InStream{},
		fault.Status{Code: 500, Page: true},
		fault.FirstToken{Add: ms},
		fault.Stall{For: ms},
		fault.Blank{},
		fault.Empty{},
		fault.Refusal{},
		fault.Refusal{Unmarked: true},
		fault.WrongModel{},
		fault.NoUsage{},
		fault.Brownout{Errors: 0.5},
		&fault.KeyLimit{Tokens: 1000},
		&fault.Incidents{Gap: draw.Constant(ms), Duration: draw.Constant(ms)},
	}
}
