package strategies_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// Both drivers must agree attempt for attempt on any tree of strategies over
// any plans: who was asked when, why, what became of it, what it used, and what
// came out. No two events coincide, since the order of those is undefined on the
// real driver.
func TestDriversAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{rt: rt}
		build := g.strategy(3)
		timeout := g.duration("timeout", 500*ms, 20*time.Second)
		var due []time.Duration
		for range rapid.IntRange(1, 6).Draw(rt, "requests") {
			due = append(due, g.duration("due", 0, 8*time.Second))
		}
		slices.Sort(due)
		want := runVirtual(t, build(), timeout, due...)
		got := runReal(t, build(), timeout, due...)
		if tied(want) || tied(got) {
			return
		}
		for i := range due {
			if diff := cmp.Diff(history(&want[i]), history(&got[i])); diff != "" {
				rt.Fatalf("request %d (-virtual +real)\n%s", i, diff)
			}
		}
	})
}

// tied says whether an attempt was cancelled at the instant it began, as when an
// open breaker ends a panel at once. Whether such an attempt gets to start
// anything is the operating system's choice on the real driver.
func tied(out []strategies.Outcome) bool {
	for i := range out {
		for _, a := range out[i].Attempts {
			if a.State == strategies.Lost && a.Start == a.End {
				return true
			}
		}
		if contested(&out[i]) {
			return true
		}
	}
	return false
}

// contested says whether a spend limit turned a call away at the very instant at
// which another was cancelled or timed out, or one of another exchange was made:
// which the limit is told of first is the operating system's choice on the real
// driver.
func contested(o *strategies.Outcome) bool {
	for _, a := range o.Attempts {
		if !a.Leaf || a.State != strategies.Refused {
			continue
		}
		for _, b := range o.Attempts {
			ended := b.State == strategies.Lost || b.Err != nil && b.Err.Kind == llm.Timeout
			if b.Leaf && (b.End == a.Start && ended || b.Start == a.Start && b.Parent != a.Parent) {
				return true
			}
		}
	}
	return false
}

// generator draws strategies and plans.
type generator struct {
	rt     *rapid.T
	models int
	times  uint64
}

// builder makes the same strategy anew, with fresh state, each time it is called.
type builder func() strategies.Strategy

// duration draws a time, to the microsecond, and adds nanoseconds of its own,
// so that even shrunk examples have no ties.
func (g *generator) duration(what string, low, high time.Duration) time.Duration {
	g.times++
	own := time.Duration(draw.New(g.times).IntN(100_000))
	return time.Duration(rapid.Int64Range(low.Microseconds(), high.Microseconds()).Draw(g.rt, what))*time.Microsecond + own
}

func (g *generator) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(g.rt, what) }

// strategy draws a strategy at most depth levels deep.
func (g *generator) strategy(depth int) builder {
	switch g.pick("kind", 13) {
	case 0:
		one := g.target(depth)
		return func() strategies.Strategy { return strategies.Single{Target: one()} }
	case 1:
		one, attempts := g.target(depth), 2+g.pick("attempts", 3)
		return func() strategies.Strategy { return strategies.Retry{Target: one(), Attempts: attempts} }
	case 2:
		some, limit := g.targets(depth), g.duration("limit", 200*ms, 10*time.Second)
		return func() strategies.Strategy { return strategies.Fallback{Targets: some(), Timeout: limit} }
	case 3:
		some, on := g.targets(depth), strategies.Trigger(g.pick("on", 2)) //nolint:gosec // 0 or 1
		return func() strategies.Strategy { return strategies.Race{Targets: some(), On: on} }
	case 4:
		return g.hedge(depth)
	case 5:
		return g.consensus(depth)
	case 6:
		return g.ab(depth)
	case 7:
		return g.bestOf(depth)
	case 8:
		return g.route(depth)
	case 9:
		return g.budgeted(depth)
	case 10:
		one, places := g.target(depth), 1+g.pick("places", 2)
		return func() strategies.Strategy { return strategies.NewLimited(one(), places) }
	case 11:
		return g.streaming(depth)
	default:
		one := g.target(depth)
		cfg := strategies.BreakerConfig{Failures: 1 + g.pick("failures", 3), Open: g.duration("open", 100*ms, 3*time.Second)}
		return func() strategies.Strategy { return strategies.NewBreaker(one(), cfg) }
	}
}

func (g *generator) consensus(depth int) builder {
	some := g.targets(depth)
	c := strategies.Consensus{
		Weights:   rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.5, 1, 2}), 0, 3).Draw(g.rt, "weights"),
		Plurality: g.pick("plurality", 3) == 0, Tie: strategies.Tie(g.pick("tie", 3)), //nolint:gosec // small
		WaitAll: g.pick("wait", 4) == 0, Share: rapid.SampledFrom([]float64{0, 0.4, 1}).Draw(g.rt, "share"),
	}
	learn, best, up := g.pick("learn", 4) == 0, g.pick("best", 2) == 0, func() strategies.Target { return strategies.Target{} }
	escalate := g.pick("escalate", 3) == 0
	if escalate {
		up = g.target(depth)
	}
	return func() strategies.Strategy {
		fresh := c
		fresh.Targets = some()
		if learn {
			fresh.Learned = strategies.NewLearnedWeights(2)
		}
		if best {
			fresh.Best = fresh.Targets[0].Name()
		}
		if escalate {
			to := up()
			fresh.Escalate = &to
		}
		return fresh
	}
}

func (g *generator) hedge(depth int) builder {
	some, delay := g.targets(depth), g.duration("delay", 10*ms, 2*time.Second)
	hedges, on := 1+g.pick("hedges", 3), strategies.Trigger(g.pick("on", 2)) //nolint:gosec // 0 or 1
	q, share := rapid.SampledFrom([]float64{0, 0.5}).Draw(g.rt, "q"), rapid.SampledFrom([]float64{0.3, 1}).Draw(g.rt, "share")
	adaptive := g.pick("adaptive", 3) == 0
	return func() strategies.Strategy {
		h := strategies.Hedge{
			Targets: some(), Delay: delay, MaxHedges: hedges, On: on, Probability: q, Budget: strategies.NewBudget(share),
		}
		if adaptive {
			h.Adaptive = strategies.NewAdaptiveDelay(50, delay)
		}
		return h
	}
}

func (g *generator) bestOf(depth int) builder {
	some, score := g.targets(depth), g.judge()
	limit, wait := g.duration("limit", 200*ms, 10*time.Second), g.duration("judge limit", 10*ms, 5*time.Second)
	stopAt := rapid.SampledFrom([]float64{0, 8}).Draw(g.rt, "stop at")
	return func() strategies.Strategy {
		return strategies.BestOf{Targets: some(), Judge: score(), Timeout: limit, JudgeTimeout: wait, StopAt: stopAt}
	}
}

// judge draws a judge: a model of its own that gives scores most of the time.
func (g *generator) judge() func() strategies.Target {
	g.models++
	name := fmt.Sprintf("m%d", g.models)
	var plans []fault.Plan
	for range 1 + g.pick("judgements", 3) {
		p := g.plan()
		p.Text = rapid.SampledFrom([]string{"9", "4", "fine"}).Draw(g.rt, "score")
		plans = append(plans, p)
	}
	return func() strategies.Target { return strategies.ModelTarget(&drifting{scripted{name: name, plans: plans}}) }
}

// route draws a route; the prompt of all requests is "?".
func (g *generator) route(depth int) builder {
	branch, otherwise := g.target(depth), g.target(depth)
	rule := strategies.Rule{Match: regexp.MustCompile(rapid.SampledFrom([]string{`\?`, "no"}).Draw(g.rt, "rule")), Task: "ask"}
	return func() strategies.Strategy {
		return strategies.Route{
			Branches: map[string]strategies.Target{"ask": branch()}, Default: otherwise(), Rules: []strategies.Rule{rule},
		}
	}
}

// budgeted draws a strategy under spend limits of a few answers: one of 20 tokens
// costs 0.02 USD.
func (g *generator) budgeted(depth int) builder {
	one, own, all := g.target(depth), float64(g.pick("own", 8))/100, float64(g.pick("all", 20))/100
	return func() strategies.Strategy { return capped(own, strategies.NewPurse(all), one()) }
}

// streaming draws a strategy that passes on streams, and what it does when one
// breaks.
func (g *generator) streaming(depth int) builder {
	some, restart := g.targets(depth), g.pick("restart", 2) == 1
	patience, delay := g.duration("patience", 100*ms, 3*time.Second), g.duration("delay", 10*ms, 2*time.Second)
	kind := g.pick("streaming", 3)
	return func() strategies.Strategy {
		switch kind {
		case 0:
			return strategies.Fallback{Targets: some(), FirstToken: patience, Restart: restart}
		case 1:
			return strategies.Race{Targets: some(), On: strategies.OnFirstToken, Restart: restart}
		default:
			return strategies.Hedge{Targets: some(), Delay: delay, On: strategies.OnFirstToken, Restart: restart}
		}
	}
}

func (g *generator) targets(depth int) func() []strategies.Target {
	var all []func() strategies.Target
	for range 1 + g.pick("targets", 3) {
		all = append(all, g.target(depth))
	}
	return func() []strategies.Target {
		var ts []strategies.Target
		for _, build := range all {
			ts = append(ts, build())
		}
		return ts
	}
}

// target draws a model or a nested strategy. Every model is used in one place
// only, so that its calls are in order on the real driver too.
func (g *generator) target(depth int) func() strategies.Target {
	if depth > 1 && g.pick("nest", 3) == 0 {
		inner := g.strategy(depth - 1)
		return func() strategies.Target { return strategies.NestedTarget("nested", inner()) }
	}
	g.models++
	name := fmt.Sprintf("m%d", g.models)
	var plans []fault.Plan
	for range 1 + g.pick("plans", 3) {
		plans = append(plans, g.plan())
	}
	return func() strategies.Target { return strategies.ModelTarget(&drifting{scripted{name: name, plans: plans}}) }
}

// drifting is a scripted model that takes a little longer with each call of a
// request, so that a repeated plan does not make two sums of times equal.
type drifting struct{ scripted }

func (m *drifting) Plan(p *fault.Plan, r *llm.Request, ordinal int, at time.Duration) {
	m.scripted.Plan(p, r, ordinal, at)
	drift := time.Duration(draw.New(uint64(ordinal)).IntN(1000)) //nolint:gosec // a count
	p.Wait += drift
	p.FirstToken += drift
}

func (m *drifting) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}

func (g *generator) plan() fault.Plan {
	p := fault.Plan{
		Wait: g.duration("wait", 0, time.Second), Input: 5, Tokens: 1 + g.pick("tokens", 20),
		Text: rapid.SampledFrom([]string{"yes", "no", ""}).Draw(g.rt, "text"),
		Gap:  g.duration("gap", 0, 200*ms),
		End: rapid.SampledFrom([]fault.End{
			fault.EndComplete, fault.EndComplete, fault.EndComplete, fault.EndFail, fault.EndHang, fault.EndEOF, fault.EndGarble, fault.EndReset,
		}).Draw(g.rt, "end"),
	}
	p.FirstToken = p.Wait + g.duration("first", 0, 3*time.Second)
	p.Until = rapid.IntRange(-1, p.Tokens).Draw(g.rt, "until")
	if p.End == fault.EndFail {
		p.Failure = rapid.SampledFrom([]*llm.Error{
			{Kind: llm.Overloaded}, {Kind: llm.Auth}, {Kind: llm.RateLimited, RetryAfter: llm.HintAfter(777777777)},
		}).Draw(g.rt, "failure")
	}
	return p
}

// history writes down all of an outcome that both drivers must agree on. The
// order of attempts that start at the same instant in different exchanges is
// not part of it: attempts go by their path in the tree.
func history(o *strategies.Outcome) []string {
	type line struct {
		path []int
		text string
	}
	var lines []line
	for _, a := range o.Attempts {
		path := []int{a.Index}
		for up := a.Parent; up >= 0; up = o.Attempts[up].Parent {
			path = append([]int{o.Attempts[up].Index}, path...)
		}
		kind := llm.Unknown
		if a.Err != nil {
			kind = a.Err.Kind
		}
		spoke := time.Duration(-1)
		if a.HasSpoken {
			spoke = a.Spoke
		}
		lines = append(lines, line{path, fmt.Sprintf("%v %s %s %s [%d,%d] spoke %d #%d %s %+v",
			path, a.Target, a.Role, a.State, a.Start, a.End, spoke, a.Ordinal, kind, a.Usage)})
	}
	slices.SortFunc(lines, func(a, b line) int { return slices.Compare(a.path, b.path) })
	var out []string
	for _, l := range lines {
		out = append(out, l.text)
	}
	first := len(out)
	for _, n := range o.Notes {
		out = append(out, fmt.Sprintf("%+v", n))
	}
	slices.Sort(out[first:])
	if o.HasSpoken {
		out = append(out, fmt.Sprintf("spoke at %d", o.Spoke))
	}
	if o.Err != nil {
		return append(out, fmt.Sprintf("%s after %d", o.Err.Kind, o.Took))
	}
	return append(out, fmt.Sprintf("%q by %s after %d", o.Answer.Text, o.Answer.Model, o.Took))
}
