package mockprovider_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// result is what a call gave, and when.
type result struct {
	Kind   llm.Kind // Unknown for a success
	Usage  llm.Usage
	Spoke  time.Duration // -1 if never
	Lasted time.Duration
}

func call(ctx context.Context, m *mockprovider.Model, id uint64) result {
	began := time.Now()
	r := result{Spoke: -1}
	ans, err := m.Call(ctx, llm.Call{
		Request:    &llm.Request{ID: id, Prompt: "What now?"},
		FirstToken: func() { r.Spoke = time.Since(began) },
	})
	r.Lasted, r.Usage = time.Since(began), ans.Usage
	if err != nil {
		r.Kind = llm.AsError(err).Kind
	}
	return r
}

func TestModel_Call(t *testing.T) {
	t.Parallel()
	whole, half := llm.Usage{Input: 3, Output: 11}, llm.Usage{Input: 3, Output: 5}
	for name, c := range map[string]struct {
		fault fault.Fault
		want  result
	}{
		"good":      {fault.Latency{}, result{llm.Unknown, whole, 100 * ms, 200 * ms}},
		"slow":      {fault.Latency{Multiply: 3}, result{llm.Unknown, whole, 300 * ms, 400 * ms}},
		"status":    {fault.Status{Code: 503}, result{llm.Overloaded, llm.Usage{}, -1, 50 * ms}},
		"refused":   {fault.Refuse{}, result{llm.Connection, llm.Usage{}, -1, 0}},
		"reset":     {fault.Reset{AfterShare: 0.5}, result{llm.Connection, half, 100 * ms, 140 * ms}},
		"truncated": {fault.Truncate{Share: 0.5}, result{llm.Truncated, half, 100 * ms, 140 * ms}},
		"malformed": {fault.Malformed{}, result{llm.Malformed, whole, 100 * ms, 200 * ms}},
		"hanging":   {fault.Hang{}, result{llm.Timeout, llm.Usage{Input: 3}, -1, time.Minute}},
		"stalled":   {fault.Hang{AfterTokens: 5}, result{llm.Timeout, half, 100 * ms, time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				m := one(t, c.fault)
				if diff := cmp.Diff(c.want, call(ctx, m, 0)); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				if got := m.Load(); got.Attempts != 1 || got.InFlight != 0 {
					t.Errorf("load %+v, want one attempt, none running", got)
				}
			})
		})
	}
}

func TestModel_Call_canceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		m := one(t)
		time.AfterFunc(125*ms, cancel)
		want := result{llm.Canceled, llm.Usage{Input: 3, Output: 3}, 100 * ms, 125 * ms}
		if diff := cmp.Diff(want, call(ctx, m, 0)); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
		_, err := m.Call(ctx, llm.Call{Request: &llm.Request{}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v does not wrap the context's", err)
		}
	})
}

// TestModel_Call_windows: faults count from the start of the scenario.
func TestModel_Call_windows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := models(t, mockprovider.Config{
			Models: []mockprovider.Settings{steady("m")},
			Faults: []fault.Window{{From: time.Minute, To: 2 * time.Minute, Fault: fault.Refuse{}}},
			Start:  time.Now().Add(-30 * time.Second),
		})[0]
		for _, want := range []llm.Kind{llm.Unknown, llm.Connection, llm.Unknown} {
			if got := call(t.Context(), m, 0).Kind; got != want {
				t.Errorf("%v, want %v", got, want)
			}
			time.Sleep(45 * time.Second)
		}
	})
}

func TestModel_Call_capacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := one(t, fault.Capacity{Concurrency: 1, Queue: 2})
		results := make([]result, 5)
		var all sync.WaitGroup
		for i := range results {
			ctx, cancel := t.Context(), func() {}
			if i == 1 { // gives up in the queue
				ctx, cancel = context.WithTimeout(ctx, 150*ms)
			}
			all.Go(func() {
				defer cancel()
				results[i] = call(ctx, m, uint64(i))
			})
			synctest.Wait() // so that they arrive in order
		}
		all.Wait()
		whole := llm.Usage{Input: 3, Output: 11}
		want := []result{
			{llm.Unknown, whole, 100 * ms, 200 * ms},
			{llm.Timeout, llm.Usage{}, -1, 150 * ms},
			{llm.Unknown, whole, 300 * ms, 400 * ms},
			{llm.Overloaded, llm.Usage{}, -1, 50 * ms},
			{llm.Overloaded, llm.Usage{}, -1, 50 * ms},
		}
		if diff := cmp.Diff(want, results); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
		if s := m.Station(); s.Busy() != 0 || s.Waiting() != 0 {
			t.Errorf("%d busy, %d waiting in the end", s.Busy(), s.Waiting())
		}
	})
}

// TestModel_Call_rejectedTakesNoPlace: what is turned away at the door does not
// wait for a place behind it.
func TestModel_Call_rejectedTakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := models(t, mockprovider.Config{
			Models: []mockprovider.Settings{steady("m")},
			Faults: []fault.Window{
				{Fault: fault.Capacity{Concurrency: 1, Queue: 1}}, {From: 10 * ms, Fault: fault.Status{Code: 500}},
			},
		})[0]
		var served sync.WaitGroup
		served.Go(func() { call(t.Context(), m, 0) })
		time.Sleep(10 * ms)
		if got := call(t.Context(), m, 1); got.Kind != llm.ServerError || got.Lasted != 50*ms {
			t.Errorf("%v after %v, want a server error after 50 ms", got.Kind, got.Lasted)
		}
		served.Wait()
	})
}
