package strategies_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// voter answers one of k categories, the right one, "yes", with a probability
// and each other one equally often. With probability copying, drawn for all
// voters together, all draw the same numbers.
type voter struct {
	scripted
	at       int
	accuracy float64
	k        int
	copying  float64
}

var _ virtual.Planner = (*voter)(nil)

func (m *voter) Plan(p *fault.Plan, r *llm.Request, _ int, _ time.Duration) {
	request := draw.New(21).Word(r.ID)
	own := request.Name(m.name)
	if request.Name("copy").Float64() < m.copying {
		own = request.Name("common")
	}
	text := "yes"
	if own.Name("right").Float64() >= m.accuracy {
		text = fmt.Sprint(own.Name("wrong").IntN(m.k - 1))
	}
	*p = answers(m.at, text)
}

func (m *voter) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}

// chances are the probabilities that a panel agrees, and on the right answer.
type chances struct{ agrees, right float64 }

// enumerate adds up the probabilities of every pattern of votes of a panel
// that needs more than half of all weight.
func enumerate(accuracy, weights []float64, k int, copying float64) (c chances) {
	n := len(accuracy)
	count := func(votes []int, p float64) {
		sum, total := make([]float64, k), 0.0
		for i, v := range votes {
			sum[v] += weights[i]
			total += weights[i]
		}
		for v, w := range sum {
			if w > total/2 {
				c.agrees += p
				if v == 0 {
					c.right += p
				}
			}
		}
	}
	votes := make([]int, n)
	var each func(i int, p float64)
	each = func(i int, p float64) {
		if i == n {
			count(votes, p)
			return
		}
		for v := range k {
			votes[i] = v
			if v == 0 {
				each(i+1, p*accuracy[i])
			} else {
				each(i+1, p*(1-accuracy[i])/float64(k-1))
			}
		}
	}
	each(0, 1-copying)
	// One number u for all: those with an accuracy above u are right, the
	// others wrong in the same way.
	cuts := slices.Sorted(slices.Values(append([]float64{0, 1}, accuracy...)))
	for j := range cuts[1:] {
		for i, a := range accuracy {
			votes[i] = 1
			if a >= cuts[j+1] {
				votes[i] = 0
			}
		}
		count(votes, copying*(cuts[j+1]-cuts[j]))
	}
	c.agrees = min(c.agrees, 1) // sums are not exact
	return c
}

// A panel agrees, and is right, as often as the probabilities of all patterns
// of votes add up to: with weights or without, independent or copying.
func TestConsensusIsItsPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		accuracy, weights []float64
		k                 int
		copying           float64
	}{
		{"three alike", []float64{0.8, 0.8, 0.8}, []float64{1, 1, 1}, 8, 0},
		{"three alike, two categories", []float64{0.8, 0.8, 0.8}, []float64{1, 1, 1}, 2, 0},
		{"three that copy", []float64{0.9, 0.85, 0.8}, []float64{1, 1, 1}, 8, 0.4},
		{"five, weighted", []float64{0.93, 0.85, 0.8, 0.7, 0.6}, []float64{2.6, 1.7, 1.4, 0.8, 0.4}, 8, 0.2},
		{"four can tie", []float64{0.9, 0.8, 0.7, 0.6}, []float64{1, 1, 1, 1}, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := strategies.Consensus{Targets: voterPanel(c.accuracy, c.k, c.copying), Weights: c.weights}
			checkPatterns(t, s, 0, enumerate(c.accuracy, c.weights, c.k, c.copying))
		})
	}
}

// What the weights learn is close to the log-odds, and the panel then is right
// as often as the enumeration with these very weights says, which is more often
// than its best member, and than with equal weights.
func TestConsensusLearnsLogOdds(t *testing.T) {
	t.Parallel()
	accuracy, equal := []float64{0.92, 0.75, 0.72, 0.7, 0.6}, []float64{1, 1, 1, 1, 1}
	const warmup, k = 2000, 2
	learned := strategies.NewLearnedWeights(warmup)
	s := strategies.Consensus{Targets: voterPanel(accuracy, k, 0), Learned: learned}
	run := func() { simulate(t, s, warmup, time.Second, func(*strategies.Outcome) {}) }
	run()
	weights := learned.Weights()
	for i, p := range accuracy {
		// The standard error of log(p/(1-p)) is 1/√(n·p·(1-p)).
		want, bound := math.Log(p/(1-p)), sigmas/math.Sqrt(warmup*p*(1-p))
		if math.Abs(weights[i]-want) > bound {
			t.Errorf("weight %d is %.3f, want %.3f ± %.3f", i, weights[i], want, bound)
		}
	}
	want := enumerate(accuracy, weights, k, 0)
	checkPatterns(t, s, warmup, want)
	if plain := enumerate(accuracy, equal, k, 0); want.right < plain.right+0.01 || want.right <= accuracy[0] {
		t.Errorf("right %.4f, with equal weights %.4f, best member %.4f", want.right, plain.right, accuracy[0])
	}
}

func voterPanel(accuracy []float64, k int, copying float64) []strategies.Target {
	var all []strategies.Target
	for i, p := range accuracy {
		name := string(rune('A' + i))
		all = append(all, strategies.ModelTarget(&voter{scripted{name: name}, 100 * (i + 1), p, k, copying}))
	}
	return all
}

func checkPatterns(t *testing.T, s strategies.Strategy, skip uint64, want chances) {
	t.Helper()
	const n = 20_000
	agrees, right := 0, 0
	simulate(t, s, n, time.Second, func(o *strategies.Outcome) {
		if o.Request.ID < skip || !o.Succeeded() {
			return
		}
		agrees++
		if o.Answer.Text == "yes" {
			right++
		}
	})
	checkShare(t, "agrees", agrees, n-int(skip), want.agrees) //nolint:gosec // a count
	checkShare(t, "right", right, n-int(skip), want.right)    //nolint:gosec // a count
	checkShare(t, "right when it agrees", right, agrees, want.right/want.agrees)
}
