package trace_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// A plan lasts as long as the call did, is billed alike and ends alike.
func TestReplay_plan(t *testing.T) {
	t.Parallel()
	const latency = 1234567891 * time.Nanosecond
	spoke := trace.Call{Latency: latency, FirstToken: latency / 3, HasFirstToken: true, Usage: llm.Usage{Input: 7, Output: 50}}
	failing := func(c trace.Call, f llm.Error) trace.Call {
		c.Failure = &f
		return c
	}
	silent := trace.Call{Latency: latency}
	heard := trace.Call{Latency: latency, Usage: llm.Usage{Input: 7}}
	for name, c := range map[string]struct {
		call trace.Call
		end  fault.End
	}{
		"answer":           {spoke, fault.EndComplete},
		"answer at once":   {trace.Call{Latency: latency, Usage: llm.Usage{Input: 7, Output: 50}}, fault.EndComplete},
		"refused":          {failing(trace.Call{}, llm.Error{Kind: llm.Connection}), fault.EndReset},
		"rate limit":       {failing(silent, llm.Error{Kind: llm.RateLimited, Status: 429, RetryAfter: llm.HintAfter(time.Second)}), fault.EndFail},
		"reset":            {failing(silent, llm.Error{Kind: llm.Connection}), fault.EndReset},
		"reset after head": {failing(heard, llm.Error{Kind: llm.Connection}), fault.EndReset},
		"reset midway":     {failing(spoke, llm.Error{Kind: llm.Connection}), fault.EndReset},
		"end midway":       {failing(spoke, llm.Error{Kind: llm.Truncated}), fault.EndEOF},
		"end after head":   {failing(heard, llm.Error{Kind: llm.Truncated}), fault.EndEOF},
		"error midway":     {failing(spoke, llm.Error{Kind: llm.InStreamError}), fault.EndInStream},
		"limit, unheard":   {failing(heard, llm.Error{Kind: llm.Timeout}), fault.EndFail},
		"declined":         {failing(heard, llm.Error{Kind: llm.RefusedContent, Status: 200}), fault.EndFail},
		"declined, spoken": {failing(trace.Call{Latency: latency, Usage: llm.Usage{Input: 7, Output: 50}}, llm.Error{Kind: llm.RefusedContent}), fault.EndFail},
		"garbled":          {failing(spoke, llm.Error{Kind: llm.Malformed}), fault.EndGarble},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, c.call, 1)
			if p.End != c.end {
				t.Errorf("ends as %d, want %d", p.End, c.end)
			}
			if d, ok := p.Lasts(); !ok || d != c.call.Latency {
				t.Errorf("lasts %v (%v), want %v", d, ok, c.call.Latency)
			}
			at, speaks := p.Speaks()
			if late := at - c.call.FirstToken; c.call.HasFirstToken && (!speaks || late < 0 || late >= 50) {
				t.Errorf("speaks at %v, want %v", at, c.call.FirstToken)
			}
			ans, failure := p.Result("a")
			if ans.Usage != c.call.Usage {
				t.Errorf("uses %+v, want %+v", ans.Usage, c.call.Usage)
			}
			if want := c.call.Failure; (want == nil) != (failure == nil) || want != nil && (failure.Kind != want.Kind || failure.Status != want.Status || failure.RetryAfter != want.RetryAfter) {
				t.Errorf("fails with %v, want %v", failure, want)
			}
		})
	}
}

// plan returns the plan of the only call of a trace.
func plan(t *testing.T, c trace.Call, scale float64) (p fault.Plan) {
	t.Helper()
	tr := load(t, written(t, header(), trace.Row{Calls: []trace.Call{c, {}}}))
	trace.Replay{Model: tr.Models[0], TimeScale: scale}.Plan(&p, &llm.Request{}, 0, draw.New(1))
	return p
}

// A call that was given up never ends, and has used as much when it is given up
// at the same time.
func TestReplay_cut(t *testing.T) {
	t.Parallel()
	c := trace.Call{Latency: 30 * time.Second, Cut: true, Failure: &llm.Error{Kind: llm.Timeout}, Usage: llm.Usage{Input: 7}}
	p := plan(t, c, 1)
	if _, ends := p.Lasts(); ends || p.Billed(c.Latency) != c.Usage {
		t.Errorf("plan is %+v", p)
	}
	c.FirstToken, c.HasFirstToken, c.Usage.Output = time.Second, true, 100
	p = plan(t, c, 1)
	if at, speaks := p.Speaks(); at != time.Second || !speaks || p.Billed(c.Latency) != c.Usage {
		t.Errorf("plan is %+v", p)
	}
	if _, ends := p.Lasts(); ends {
		t.Error("it ends")
	}
}

func TestReplay_timeScale(t *testing.T) {
	t.Parallel()
	p := plan(t, answered(10*time.Second), 10)
	if d, _ := p.Lasts(); d != time.Second {
		t.Errorf("lasts %v, want 1s", d)
	}
}

// Request i meets row i, over and over, with every model; a further call meets
// another row nearby, the same for every model.
func TestReplay_rows(t *testing.T) {
	t.Parallel()
	const n = 300
	var rows []trace.Row
	for i := range n { // the latency tells the row, the tokens the model
		c := trace.Call{Latency: time.Duration(i)}
		rows = append(rows, trace.Row{ID: uint64(i), Due: time.Duration(i), Calls: []trace.Call{c, c}})
	}
	tr := load(t, written(t, header(), rows...))
	row := func(m int, id uint64, ordinal int) int {
		var p fault.Plan
		trace.Replay{Model: tr.Models[m], TimeScale: 1}.Plan(&p, &llm.Request{ID: id}, ordinal, draw.New(id).Word(uint64(ordinal)))
		d, _ := p.Lasts()
		return int(d)
	}
	seen := make(map[int]bool)
	for id := range uint64(3 * n) {
		if got := row(0, id, 0); got != int(id%n) {
			t.Fatalf("request %d meets row %d", id, got)
		}
		second := row(0, id, 1)
		if second != row(1, id, 1) {
			t.Fatalf("request %d meets different rows again", id)
		}
		off := second - int(id%n)
		if off == 0 || off < -trace.Near || off > trace.Near {
			t.Fatalf("request %d meets row %d again", id, second)
		}
		seen[off] = true
	}
	if len(seen) < trace.Near {
		t.Errorf("only %d distances were drawn", len(seen))
	}
}

// An answer is repeated only to the prompt that it was given to.
func TestReplay_answer(t *testing.T) {
	t.Parallel()
	tr := load(t, written(t, header(), trace.Row{Prompt: draw.Hash("why?"), Calls: []trace.Call{answered(1), answered(1)}}))
	for prompt, want := range map[string]string{"why?": "billing", "how?": ""} {
		var p fault.Plan
		right, known := trace.Replay{Model: tr.Models[0], TimeScale: 1}.Plan(&p, &llm.Request{Prompt: prompt}, 0, draw.New(1))
		if p.Text != want || !right || !known {
			t.Errorf("%q is answered %q (%v, %v)", prompt, p.Text, right, known)
		}
	}
}
