//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// Cancelled losers are billed for what they had produced: of a uniform race the
// loser has done min/max of its work, which is uniform itself.
func TestClosedForm_costOfLosers(t *testing.T) {
	t.Parallel()
	const n, text = 20_000, `
load: {rate: 1000/s, requests: %d}
models:
  a: {latency: {uniform: {min: 0s, max: 1s}}, output_tokens: 100, price: {input: 0, output: 10}}
  b: {latency: {uniform: {min: 0s, max: 1s}}, output_tokens: 100, price: {input: 0, output: 10}}
strategies: {single: {single: {target: a}}, x: {race: {targets: [a, b]}}, hedge: {hedge: {targets: [a, b], delay: 500ms, budget: none}}}
billing: {cancelled: %s}
`
	d := runIt(t, parse(t, fmt.Sprintf(text, n, "produced")), engine.Options{})
	race, single := strategy(t, d, "x"), strategy(t, d, "single")
	near(t, "single in USD", single.Cost.USD.Value, n*100*10e-6, 1e-9)
	bound := sigmas * math.Sqrt(1./12/n)
	near(t, "race, produced", race.Cost.Multiplier.Value, 1.495, bound)
	near(t, "race, whole", race.Cost.Multiplier.High, 2, 1e-6)
	near(t, "race, USD", race.Cost.USD.Value, race.Cost.Multiplier.Value*single.Cost.USD.Value, 1e-3)
	near(t, "race, wasted", race.Cost.Wasted, 0.495/1.495, bound)
	// A hedge sent at 1/2, of which half of the requests still run, loses to
	// the primary at time x with probability 3/2 - x, and wins after y if the
	// primary takes more than y+1/2. Losers have done (x-1/2)/L and
	// (y+1/2)/x of their work.
	hedge := strategy(t, d, "hedge")
	near(t, "hedge, high", hedge.Cost.Multiplier.High, 1.5, sigmas*math.Sqrt(0.25/n))
	if hedge.Cost.Multiplier.Low != hedge.Cost.Multiplier.Value || race.Cost.USD.Low != race.Cost.USD.Value {
		t.Errorf("produced is the lower bound: %+v, %+v", hedge.Cost, race.Cost)
	}
	near(t, "hedge, value", hedge.Cost.Multiplier.Value, hedgeCost(), 2*bound+0.005)
	whole := strategy(t, runIt(t, parse(t, fmt.Sprintf(text, n, "whole")), engine.Options{}), "x")
	near(t, "whole", whole.Cost.Multiplier.Value, 2, 1e-6)
	if whole.Cost.USD.Low != race.Cost.USD.Low || whole.Cost.USD.High != race.Cost.USD.High || whole.Cost.Wasted != 0.5 {
		t.Errorf("billing changes %+v to %+v", race.Cost, whole.Cost)
	}
	if e := race.VersusBaseline.CostRatio; !(e.Low <= e.Value && e.Value <= e.High) || math.Abs(e.Value-race.Cost.Multiplier.Value) > 1e-6 {
		t.Errorf("cost ratio %+v beside multiplier %+v", e, race.Cost.Multiplier)
	}
}

// hedgeCost integrates the tokens of both attempts of a hedge at 1/2 between
// two uniform latencies, in whole answers.
func hedgeCost() float64 {
	const steps = 2000
	sum := 0.0
	for i := range steps {
		x := (float64(i) + 0.5) / steps // of the primary
		if x < 0.5 {
			sum++
			continue
		}
		for j := range steps {
			l := (float64(j) + 0.5) / steps // of the hedge
			sum += (1 + min((x-0.5)/l, (l+0.5)/x)) / steps
		}
	}
	return sum / steps
}

// With a token process nothing is produced before the first token.
func TestClosedForm_costOfTokens(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 10/s, requests: 100}
workload: {max_tokens: 1000}
models:
  a: {first_token: 100ms, per_token: 10ms, output_tokens: 50, price: {input: 0, output: 10}}
  b: {first_token: 300ms, per_token: 10ms, output_tokens: 80, price: {input: 0, output: 20}}
  c: {first_token: 591ms, per_token: 10ms, output_tokens: 80, price: {input: 0, output: 20}}
strategies: {single: {single: {target: a}}, x: {race: {targets: [a, b, c]}}}
`)
	// a ends at 590 ms, when b has produced 30 tokens and c none.
	near(t, "USD", s.Cost.USD.Value, 100*(50*10e-6+30*20e-6), 1e-9)
	near(t, "USD at most", s.Cost.USD.High, 100*(50*10e-6+160*20e-6), 1e-9)
	near(t, "multiplier", s.Cost.Multiplier.Value, (500.+600)/500, 1e-6)
	near(t, "wasted", s.Cost.Wasted, 600./1100, 1e-6)
	near(t, "cost of b", s.Models[1].CostUSD, 100*30*20e-6, 1e-9)
	if s.FirstTokenMS.P50.Value != 590 || s.LatencyMS.P50.Value != 590 {
		t.Errorf("a race for the answer gives its first token at %v of %v ms", s.FirstTokenMS.P50.Value, s.LatencyMS.P50.Value)
	}
}

// quorumOfThree is the chance that 2 of 3 voters agree on the right one of six answers,
// and on any, when each is right with probability a and else as soon wrong one
// way as another.
func quorumOfThree(a float64) (right, agreed float64) {
	w := 1 - a
	right = a*a*a + 3*a*a*w
	return right, right + 3*w*w/5*(a+0.8*w) + w*w*w/25
}

// Panels of independent voters follow the binomial; with probability c they
// are one voter.
func TestClosedForm_panel(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for _, c := range []float64{0, 0.3, 1} {
		const a = 0.75
		lines, names := several(3, "latency: {uniform: {min: 10ms, max: 90ms}}, accuracy: 0.75")
		d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d}
workload: {correlation: %g, reply: text}
models:
%sstrategies: {single: {single: {target: m0}}, x: {consensus: {targets: [%s]}}}
`, n, c, lines, names)), engine.Options{})
		s, single := strategy(t, d, "x"), strategy(t, d, "single")
		what := fmt.Sprintf("correlation %g", c)
		right, agreed := quorumOfThree(a)
		right, agreed = c*a+(1-c)*right, c+(1-c)*agreed
		near(t, what+": single", single.Accuracy.Value, a, sigmas*math.Sqrt(a*(1-a)/n))
		near(t, what+": agreement", s.Agreement.Rate.Value, agreed, sigmas*math.Sqrt(agreed*(1-agreed)/n)+1e-9)
		given := right / agreed
		near(t, what+": accuracy given agreement", s.Agreement.AccuracyGivenAgreement.Value, given, sigmas*math.Sqrt(given*(1-given)/n/agreed))
		near(t, what+": right answers", s.Accuracy.Value*float64(s.Succeeded)/n, right, sigmas*math.Sqrt(right*(1-right)/n))
		if s.Errors["disagreement"] != n-s.Succeeded {
			t.Errorf("%s: %d of %d succeeded, errors %v", what, s.Succeeded, n, s.Errors)
		}
	}
}
