package strategies_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// scripted is a model that does what its script says: one plan for each call of
// a request, the last one again when there are more calls. It performs plans on
// the real clock and shows them to the virtual one.
type scripted struct {
	name  string
	plans []fault.Plan
}

var _ virtual.Planner = (*scripted)(nil)

func (m *scripted) Name() string { return m.name }

func (m *scripted) Station() *fault.Station { return nil }

func (m *scripted) Plan(p *fault.Plan, _ *llm.Request, ordinal int, _ time.Duration) {
	*p = m.plans[min(ordinal, len(m.plans)-1)]
}

func (m *scripted) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}

// perform does on the real clock what p says.
func perform(ctx context.Context, name string, p *fault.Plan, speak func()) (llm.Answer, error) {
	began := time.Now()
	if at, ok := p.Speaks(); ok {
		if !sleep(ctx, at) {
			return llm.Answer{Usage: p.Billed(time.Since(began))}, ctx.Err()
		}
		speak()
	}
	d, ok := p.Lasts()
	if !ok {
		<-ctx.Done()
	} else {
		ok = sleep(ctx, d-time.Since(began))
	}
	if !ok {
		return llm.Answer{Usage: p.Billed(time.Since(began))}, ctx.Err()
	}
	ans, failure := p.Result(name)
	if failure != nil {
		return ans, failure
	}
	return ans, nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

const ms = time.Millisecond

// The plans of scripts: what happens so many milliseconds after the start.

func answers(at int, text string) fault.Plan {
	return fault.Plan{FirstToken: time.Duration(at) * ms, Tokens: 10, Input: 5, Text: text}
}

func ok(at int) fault.Plan { return answers(at, "yes") }

// streams speaks at one time and ends at another, with 11 tokens.
func streams(speaks, ends int) fault.Plan {
	p := ok(speaks)
	p.Tokens, p.Gap = 11, time.Duration(ends-speaks)*ms/10
	return p
}

func fails(at int, kind llm.Kind) fault.Plan {
	return fault.Plan{Wait: time.Duration(at) * ms, End: fault.EndFail, Failure: &llm.Error{Kind: kind, Status: 429}}
}

func hangs() fault.Plan { return fault.Plan{End: fault.EndHang, Until: -1, Input: 5, Tokens: 10} }

// model returns the target of a scripted model.
func model(name string, plans ...fault.Plan) strategies.Target {
	return strategies.ModelTarget(&scripted{name: name, plans: plans})
}

// outcome is a copy of an outcome that outlives its driver's.
func clone(o *strategies.Outcome) strategies.Outcome {
	c := *o
	q := *o.Request
	c.Request = &q
	c.Attempts = append([]strategies.Attempt(nil), o.Attempts...)
	c.Notes = append([]strategies.Note(nil), o.Notes...)
	return c
}

// driver runs requests, due at the given times, with a strategy, and returns
// their outcomes by request.
type driver struct {
	name string
	run  func(t *testing.T, s strategies.Strategy, timeout time.Duration, due ...time.Duration) []strategies.Outcome
}

var drivers = []driver{{"virtual", runVirtual}, {"real", runReal}}

func runVirtual(t *testing.T, s strategies.Strategy, timeout time.Duration, due ...time.Duration) []strategies.Outcome {
	t.Helper()
	out := make([]strategies.Outcome, len(due))
	next := 0
	err := virtual.Run(t.Context(), virtual.Config{
		Strategy: s, Seed: 7, Timeout: timeout,
		Settled: func(o *strategies.Outcome) { out[o.Request.ID] = clone(o) },
	}, func(r *llm.Request) (time.Duration, bool) {
		if next == len(due) {
			return 0, false
		}
		*r = llm.Request{ID: uint64(next), Prompt: "?", Want: "yes"}
		next++
		return due[next-1], true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func runReal(t *testing.T, s strategies.Strategy, timeout time.Duration, due ...time.Duration) []strategies.Outcome {
	t.Helper()
	out := make([]strategies.Outcome, len(due))
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		c := strategies.Client{Strategy: s, Seed: 7, Timeout: timeout, Settled: func(o *strategies.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			out[o.Request.ID] = clone(o)
		}}
		began := time.Now()
		var wg sync.WaitGroup
		for i, at := range due {
			wg.Go(func() {
				time.Sleep(time.Until(began.Add(at)))
				_, _ = c.Do(t.Context(), &llm.Request{ID: uint64(i), Prompt: "?", Want: "yes"}) // the outcome has it
			})
		}
		wg.Wait()
		c.Wait()
	})
	return out
}

// trace writes an outcome down as lines such as "A@0 lost@1500".
func trace(o *strategies.Outcome) []string {
	var lines []string
	for _, a := range o.Attempts {
		line := fmt.Sprintf("%s@%d %s@%d", a.Target, a.Start.Milliseconds(), a.State, a.End.Milliseconds())
		if !a.Leaf {
			line = "(" + line + ")"
		}
		lines = append(lines, line)
	}
	end := "ok"
	if o.Err != nil {
		end = o.Err.Kind.String()
	}
	return append(lines, fmt.Sprintf("%s@%d", end, o.Took.Milliseconds()))
}

// outage is a model that fails at once for requests due before up, at ten
// requests per second, and else answers at once.
type outage struct {
	scripted
	up time.Duration
}

func (m *outage) Plan(p *fault.Plan, r *llm.Request, _ int, _ time.Duration) {
	if time.Duration(r.ID)*100*ms < m.up {
		*p = fails(0, llm.Overloaded)
	} else {
		*p = ok(0)
	}
}

func (m *outage) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}

// echo is a model that answers each request, by its ID, with a text of its own.
type echo struct {
	scripted
	at    int
	texts []string
}

// byRequest returns the target of a model that answers request i with texts[i],
// each after so many milliseconds.
func byRequest(name string, at int, texts ...string) strategies.Target {
	return strategies.ModelTarget(&echo{scripted{name: name}, at, texts})
}

func (m *echo) Plan(p *fault.Plan, r *llm.Request, _ int, _ time.Duration) {
	*p = answers(m.at, m.texts[r.ID])
}

func (m *echo) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}
