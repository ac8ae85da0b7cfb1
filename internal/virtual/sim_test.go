package virtual_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// The same seed gives the same outcomes to the last bit, on one processor and
// on many, alone and beside other simulations; another seed gives others.
func TestRunIsDeterministic(t *testing.T) {
	t.Parallel()
	want := journal(t, 1)
	if !strings.Contains(want, "lost") && !strings.Contains(want, "hedge") || len(want) < 300_000 {
		t.Fatalf("the journal has %d bytes; it should have met everything", len(want))
	}
	before := runtime.GOMAXPROCS(1)
	alone := journal(t, 1)
	runtime.GOMAXPROCS(before)
	if alone != want {
		t.Error("another journal on one processor")
	}
	if journal(t, 2) == want {
		t.Error("the same journal for another seed")
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if journal(t, 1) != want {
				t.Error("another journal beside other simulations")
			}
		})
	}
	wg.Wait()
}

// Requests are shown in order of finishing, each once, with time counted from
// when it was due.
func TestRunShowsEveryRequest(t *testing.T) {
	t.Parallel()
	s := strategies.Single{Target: strategies.ModelTarget(&plain{"A", 1, time.Second})}
	seen := map[uint64]bool{}
	last := time.Duration(0)
	run(t, virtual.Config{Strategy: s}, poisson(2000, 100*ms), func(o *strategies.Outcome) {
		end := virtual.Since(o.Began) + o.Took
		if seen[o.Request.ID] || end < last || o.Err != nil {
			t.Errorf("request %d: again: %v, ended %v after %v, %v", o.Request.ID, seen[o.Request.ID], end, last, o.Err)
		}
		seen[o.Request.ID], last = true, end
	})
	if len(seen) != 2000 {
		t.Errorf("%d requests were shown, want 2000", len(seen))
	}
}

// A request that nothing would ever end fails when everything else is over.
func TestRunStuckRequest(t *testing.T) {
	t.Parallel()
	hang := strategies.ModelTarget(&hanging{plain{name: "H"}})
	nested := strategies.NestedTarget("n", strategies.Race{Targets: []strategies.Target{hang, hang}})
	for _, s := range []strategies.Strategy{
		strategies.Single{Target: hang},
		strategies.Single{Target: nested},
		strategies.Hedge{Targets: []strategies.Target{nested, hang}, Delay: time.Second},
	} {
		var failed []llm.Kind
		run(t, virtual.Config{Strategy: s}, at(0, time.Second, 5*time.Second), func(o *strategies.Outcome) {
			failed = append(failed, o.Err.Kind)
			for i, a := range o.Attempts {
				if a.State != strategies.Lost {
					t.Errorf("attempt %d is %s, want lost", i, a.State)
				}
			}
		})
		if diff := cmp.Diff([]llm.Kind{llm.Internal, llm.Internal, llm.Internal}, failed); diff != "" {
			t.Errorf("%T (-want +got)\n%s", s, diff)
		}
	}
}

// A model whose behaviour is not known in advance fails, rather than being
// called for real.
func TestRunNeedsPlanners(t *testing.T) {
	t.Parallel()
	s := strategies.Single{Target: strategies.ModelTarget(opaque{})}
	run(t, virtual.Config{Strategy: s}, at(0), func(o *strategies.Outcome) {
		if o.Err == nil || o.Err.Kind != llm.Internal {
			t.Errorf("%v, want kind internal", o.Err)
		}
	})
}

type opaque struct{}

func (opaque) Name() string { return "opaque" }

func (opaque) Call(context.Context, llm.Call) (llm.Answer, error) { panic("called") }

// counted counts how many of its runs have not returned.
type counted struct {
	strategies.Strategy
	open *int
}

func (c counted) Run(x *strategies.Exchange) (llm.Answer, error) {
	*c.open++
	defer func() { *c.open-- }()
	return c.Strategy.Run(x)
}

// Every coroutine ends with Run, whether it came to its end or was cancelled in
// the middle, and every strategy gets to return.
//
//nolint:paralleltest // counts the goroutines of the process
func TestRunLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	open := 0
	hang := strategies.ModelTarget(&hanging{plain{name: "H"}})
	inner := strategies.NestedTarget("inner", counted{strategies.Hedge{
		Targets: []strategies.Target{strategies.ModelTarget(&plain{"A", 1, time.Second}), hang}, Delay: 100 * ms,
	}, &open})
	s := counted{strategies.Race{Targets: []strategies.Target{inner, inner, hang}}, &open}
	for _, c := range []struct {
		name   string
		settle func(n int, cancel func())
		err    error
	}{
		{"to the end", func(int, func()) {}, nil},
		{"cancelled", func(n int, cancel func()) {
			if n == 1000 {
				cancel()
			}
		}, context.Canceled},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		shown := 0
		cfg := virtual.Config{Strategy: s, Timeout: 30 * time.Second, Settled: func(*strategies.Outcome) {
			shown++
			c.settle(shown, cancel)
		}}
		err := virtual.Run(ctx, cfg, poisson(4000, 10*ms))
		cancel()
		if !errors.Is(err, c.err) || c.err != nil && shown >= 4000 {
			t.Errorf("%s: %v after %d requests, want %v", c.name, err, shown, c.err)
		}
		if open != 0 {
			t.Errorf("%s: %d strategies have not returned", c.name, open)
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%s: %d goroutines, %d before", c.name, n, before)
		}
	}
}

// A context that is cancelled already lets nothing happen.
func TestRunCancelledBefore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := strategies.Single{Target: strategies.ModelTarget(&plain{"A", 1, time.Second})}
	shown := 0
	err := virtual.Run(ctx, virtual.Config{Strategy: s, Settled: func(*strategies.Outcome) { shown++ }}, at(0, 0, 0))
	if !errors.Is(err, context.Canceled) || shown != 0 {
		t.Errorf("%v after %d requests, want context.Canceled after none", err, shown)
	}
}

// In the long run a request costs no allocation: everything is used again.
//
//nolint:paralleltest // counts the allocations of the process
func TestRunDoesNotAllocatePerRequest(t *testing.T) {
	a := strategies.ModelTarget(&plain{"A", 1, time.Second})
	b := strategies.ModelTarget(&plain{"B", 2, time.Second})
	both := []strategies.Target{a, b}
	guarded := []strategies.Target{
		strategies.NestedTarget("guarded", strategies.NewBreaker(a, strategies.BreakerConfig{Failures: 3, Open: time.Second})), b,
	}
	for name, s := range map[string]strategies.Strategy{
		"hedge":    strategies.Hedge{Targets: both, Delay: 700 * ms, Budget: strategies.NewBudget(0.5)},
		"adaptive": strategies.Hedge{Targets: both, Adaptive: strategies.NewAdaptiveDelay(90, time.Second)},
		"nested":   strategies.Fallback{Targets: guarded, Timeout: 500 * ms},
	} {
		allocs := func(n int) float64 {
			return testing.AllocsPerRun(1, func() {
				cfg := virtual.Config{Strategy: s, Timeout: 30 * time.Second, Settled: func(*strategies.Outcome) {}}
				_ = virtual.Run(t.Context(), cfg, poisson(n, 50*ms)) // nothing cancels it
			})
		}
		const n = 3000
		if each := (allocs(2*n) - allocs(n)) / n; each > 0.15 { // pools still grow a little
			t.Errorf("%s: %.3f allocations a request, want none", name, each)
		}
	}
}
