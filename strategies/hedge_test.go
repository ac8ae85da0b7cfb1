package strategies_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

func TestHedgeTraces(t *testing.T) {
	t.Parallel()
	hedge := func(h strategies.Hedge, ts ...strategies.Target) func() strategies.Strategy {
		return func() strategies.Strategy {
			h.Targets = ts
			return h
		}
	}
	play(t, []traceCase{{
		name:     "more hedges than targets go round again",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms, MaxHedges: 3}, model("A", hangs(), ok(250)), model("B", hangs())),
		want:     []string{"A@0 lost@450", "B@100 lost@450", "A@200 won@450", "B@300 lost@450", "ok@450"},
		notes:    []string{"hedge_fired@100ms", "hedge_fired@200ms", "hedge_fired@300ms"},
	}, {
		name:     "a failure restarts the delay",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms, MaxHedges: 2}, model("A", fails(60, llm.Overloaded)), model("B", ok(500)), model("C", ok(200))),
		want:     []string{"A@0 failed@60", "B@60 lost@360", "C@160 won@360", "ok@360"},
		notes:    []string{"hedge_fired@160ms"},
	}, {
		name:     "denied by the budget, a failure still advances",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms, Budget: strategies.NewBudget(0)}, model("A", fails(300, llm.RateLimited)), model("B", ok(50))),
		want:     []string{"A@0 failed@300", "B@300 won@350", "ok@350"},
		notes:    []string{"hedge_denied@100ms"},
	}, {
		name:     "a permanent failure advances too",
		strategy: hedge(strategies.Hedge{Delay: time.Second}, model("A", fails(30, llm.Auth)), model("B", ok(50))),
		want:     []string{"A@0 failed@30", "B@30 won@80", "ok@80"},
	}, {
		name:     "the last failure is the request's",
		strategy: hedge(strategies.Hedge{Delay: time.Second}, model("A", fails(300, llm.RateLimited)), model("B", fails(50, llm.ServerError))),
		want:     []string{"A@0 failed@300", "B@300 failed@350", "server_error@350"},
	}, {
		name:     "the failure of both, the primary last",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms}, model("A", fails(300, llm.RateLimited)), model("B", fails(50, llm.ServerError))),
		want:     []string{"A@0 failed@300", "B@100 failed@150", "rate_limited@300"},
	}, {
		name:     "on the first token: who speaks in time is not hedged",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms, On: strategies.OnFirstToken}, model("A", streams(90, 5000)), model("B", ok(10))),
		want:     []string{"A@0 won@5000", "ok@5000"},
	}, {
		name:     "on the first token: the first to speak wins though it ends last",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms, On: strategies.OnFirstToken}, model("A", streams(300, 400)), model("B", streams(150, 950))),
		want:     []string{"A@0 lost@250", "B@100 won@1050", "ok@1050"},
	}, {
		name:     "on the first token: a failure after it is the request's",
		strategy: hedge(strategies.Hedge{Delay: 100 * ms, On: strategies.OnFirstToken}, model("A", breaksOff(50, 200)), model("B", ok(10))),
		want:     []string{"A@0 failed@200", "truncated@200"},
	}})
}

// breaksOff speaks at one time and ends without its terminator at another.
func breaksOff(speaks, ends int) (p fault.Plan) {
	p = streams(speaks, ends)
	p.End, p.Until = fault.EndEOF, p.Tokens
	return p
}

// The share of slow requests that are hedged is q, within its Wilson interval.
func TestHedgeProbability(t *testing.T) {
	t.Parallel()
	for _, q := range []float64{0.05, 0.5, 0.9} {
		const n = 20_000
		slow := strategies.ModelTarget(&drawn{name: "A", latency: draw.Constant(1)})
		hedged := 0
		simulate(t, strategies.Hedge{Targets: targets(slow, slow), Delay: 100 * ms, Probability: q}, n, time.Second, func(o *strategies.Outcome) {
			hedged += len(o.Attempts) - 1
		})
		if low, high := wilson(hedged, n, sigmas); q < low || q > high {
			t.Errorf("hedged a share in [%.4f, %.4f], want %v", low, high, q)
		}
	}
}

// wilson returns the score interval of a share [Wilson, JASA 1927].
func wilson(hits, trials int, z float64) (low, high float64) {
	n, p := float64(trials), float64(hits)/float64(trials)
	center, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return (center - half) / (1 + z*z/n), (center + half) / (1 + z*z/n)
}

// When every request is slow, a budget of 10 % lets one in ten be hedged.
func TestHedgeBudgetUnderStress(t *testing.T) {
	t.Parallel()
	slow := strategies.ModelTarget(&drawn{name: "A", latency: draw.Constant(1)})
	fired, denied := 0, 0
	h := strategies.Hedge{Targets: targets(slow, slow), Delay: 100 * ms, Budget: strategies.NewBudget(0.1)}
	simulate(t, h, 1000, time.Second, func(o *strategies.Outcome) {
		switch o.Notes[0].Kind {
		case strategies.HedgeFired:
			fired++
		case strategies.HedgeDenied:
			denied++
		default:
		}
	})
	if fired != 100 || denied != 900 {
		t.Errorf("fired %d and denied %d, want 100 and 900", fired, denied)
	}
}

// The delay learns how long a primary ran: until its failure, not until the
// backup's answer; and until its first token where that is what counts.
func TestHedgeLearnsFromThePrimaryOnly(t *testing.T) {
	t.Parallel()
	learned := func(h strategies.Hedge, primary strategies.Target) time.Duration {
		h.Targets = targets(primary, model("B", ok(700)))
		h.Adaptive = strategies.NewAdaptiveDelay(60, time.Hour)
		var last time.Duration
		// 64 requests teach; then the primary hangs, and the hedge shows the delay.
		simulate(t, h, 65, time.Minute, func(o *strategies.Outcome) {
			if o.Request.ID == 64 {
				last = o.Attempts[1].Start
			}
		})
		return last
	}
	spoken := &lastHangs{scripted: scripted{name: "A", plans: []fault.Plan{streams(40, 900)}}}
	got := learned(strategies.Hedge{On: strategies.OnFirstToken}, strategies.ModelTarget(spoken))
	if got < 40*ms || got > 41*ms {
		t.Errorf("on the first token: hedged after %v, want 40 ms", got)
	}
	whole := &lastHangs{scripted: scripted{name: "A", plans: []fault.Plan{streams(40, 900)}}}
	if got := learned(strategies.Hedge{}, strategies.ModelTarget(whole)); got < 900*ms || got > 915*ms {
		t.Errorf("on the answer: hedged after %v, want 900 ms", got)
	}
	half := &lastHangs{scripted: scripted{name: "A", plans: []fault.Plan{streams(40, 400)}}}
	half.failing = true // every other request, at 300 ms
	if got := learned(strategies.Hedge{}, strategies.ModelTarget(half)); got < 400*ms || got > 410*ms {
		t.Errorf("with failures at 300 ms: hedged after %v, want 400 ms", got)
	}
}

// lastHangs does what its script says, but hangs at request 64.
type lastHangs struct {
	scripted
	failing bool
}

func (m *lastHangs) Plan(p *fault.Plan, r *llm.Request, ordinal int, at time.Duration) {
	m.scripted.Plan(p, r, ordinal, at)
	switch {
	case r.ID == 64:
		*p = hangs()
	case m.failing && r.ID%2 == 0:
		*p = fails(300, llm.Overloaded)
	}
}
