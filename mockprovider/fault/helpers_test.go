package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

const ms = time.Millisecond

// plan returns the plan of a good answer: 11 tokens, the first after 100 ms,
// the others 10 ms apart.
func plan() fault.Plan {
	return fault.Plan{
		Wait: 100 * ms, FirstToken: 100 * ms, Gap: 10 * ms,
		Input: 20, Tokens: 11, Text: "an answer that is complete", Stop: llm.StopEnd,
	}
}

// full is an instant at full strength, with the draws of the given number.
func full(n uint64) fault.Instant {
	k := draw.New(1).Word(n)
	return fault.Instant{Strength: 1, Draw: k.Name("model"), Shared: k}
}

// apply returns the good plan as f leaves it.
func apply(f fault.Fault) fault.Plan {
	p := plan()
	f.Apply(&p, full(0))
	return p
}

// share returns the share of n applications for which is holds.
func share(n int, f fault.Fault, is func(p *fault.Plan) bool) float64 {
	count := 0
	for i := range n {
		p := plan()
		f.Apply(&p, full(uint64(i)))
		if is(&p) {
			count++
		}
	}
	return float64(count) / float64(n)
}

// near fails the test if got is further from want than six standard errors of a
// share of n draws.
func near(t *testing.T, what string, got, want float64, n int) {
	t.Helper()
	if d := got - want; d*d > 36*want*(1-want)/float64(n) {
		t.Errorf("%s: share %.4f, want about %.4f", what, got, want)
	}
}
