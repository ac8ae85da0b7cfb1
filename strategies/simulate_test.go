package strategies_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/strategies"
)

// drawn is a model whose latency, in seconds, follows a distribution, and that
// fails with a probability.
type drawn struct {
	name     string
	seed     uint64
	latency  draw.Dist
	failing  float64
	fromTill [2]time.Duration // if not zero, sick then: 20 times as slow
}

var _ virtual.Planner = (*drawn)(nil)

func (m *drawn) Name() string { return m.name }

func (m *drawn) Station() *fault.Station { return nil }

func (m *drawn) Plan(p *fault.Plan, r *llm.Request, ordinal int, at time.Duration) {
	key := draw.New(m.seed).Name(m.name).Word(r.ID).Word(uint64(ordinal)) //nolint:gosec // a count
	s := m.latency.Quantile(key.Name("latency").Float64())
	if m.fromTill[0] <= at && at < m.fromTill[1] {
		s *= 20
	}
	d := time.Duration(min(s, 1e9) * 1e9)
	*p = fault.Plan{Wait: d, FirstToken: d, Tokens: 10, Input: 5, Text: "yes"}
	if key.Name("failure").Float64() < m.failing {
		p.End, p.Failure = fault.EndFail, &llm.Error{Kind: llm.Overloaded}
	}
}

func (m *drawn) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	m.Plan(&p, c.Request, c.Ordinal, 0)
	return perform(ctx, m.name, &p, c.FirstToken)
}

// simulate runs n requests on the virtual driver, one every period, and shows
// each outcome when it is settled.
func simulate(t *testing.T, s strategies.Strategy, n int, period time.Duration, each func(*strategies.Outcome)) {
	t.Helper()
	next := 0
	cfg := virtual.Config{Strategy: s, Seed: 11, Settled: each}
	err := virtual.Run(t.Context(), cfg, func(r *llm.Request) (time.Duration, bool) {
		*r = llm.Request{ID: uint64(next), Prompt: "?", Want: "yes"} //nolint:gosec // a count
		next++
		return time.Duration(next) * period, next <= n
	})
	if err != nil {
		t.Fatal(err)
	}
}

// latencies returns how long each of n requests took, in seconds.
func latencies(t *testing.T, s strategies.Strategy, n int) []float64 {
	t.Helper()
	var all []float64
	simulate(t, s, n, time.Second, func(o *strategies.Outcome) {
		if o.Err != nil {
			t.Fatalf("request %d: %v", o.Request.ID, o.Err)
		}
		all = append(all, o.Took.Seconds())
	})
	return all
}

// sigmas is how many standard errors an estimate may be off. Seeds are fixed,
// so a test that passes keeps passing; the bound says how surprising a failure
// after a change would be: 7 in a million.
const sigmas = 4.5

// checkShare holds a share of n trials against the probability p.
func checkShare(t *testing.T, what string, hits, n int, p float64) {
	t.Helper()
	got, bound := float64(hits)/float64(n), sigmas*math.Sqrt(p*(1-p)/float64(n))
	if !(math.Abs(got-p) <= bound) {
		t.Errorf("%s: share %.5f of %d, want %.5f ± %.5f", what, got, n, p, bound)
	}
}

// checkMean holds the mean of xs against the mean and standard deviation of
// what they were drawn from.
func checkMean(t *testing.T, what string, xs []float64, mean, deviation float64) {
	t.Helper()
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	got, bound := sum/float64(len(xs)), sigmas*deviation/math.Sqrt(float64(len(xs)))
	if !(math.Abs(got-mean) <= bound) {
		t.Errorf("%s: mean %.5f of %d, want %.5f ± %.5f", what, got, len(xs), mean, bound)
	}
}

// checkCDF holds the distribution of xs against its distribution function at
// the given points.
func checkCDF(t *testing.T, xs []float64, cdf func(float64) float64, at ...float64) {
	t.Helper()
	for _, x := range at {
		hits := 0
		for _, v := range xs {
			if v <= x {
				hits++
			}
		}
		checkShare(t, "F("+time.Duration(x*1e9).String()+")", hits, len(xs), cdf(x))
	}
}

// traceCase is the exact history of one request on both drivers.
type traceCase struct {
	name     string
	strategy func() strategies.Strategy
	timeout  time.Duration
	want     []string
	notes    []string // NoteKind@ms, if not nil
}

// play runs cases on both drivers.
func play(t *testing.T, cases []traceCase) {
	t.Helper()
	for _, d := range drivers {
		for _, c := range cases {
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				out := d.run(t, c.strategy(), c.timeout, 0)
				if diff := cmp.Diff(c.want, trace(&out[0])); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if diff := cmp.Diff(c.notes, notes(&out[0])); c.notes != nil && diff != "" {
					t.Errorf("notes (-want +got)\n%s", diff)
				}
			})
		}
	}
}

func notes(o *strategies.Outcome) []string {
	var lines []string
	for _, n := range o.Notes {
		lines = append(lines, n.Kind.String()+"@"+n.At.String())
	}
	return lines
}

// inBubble runs f in a bubble of fake time with a client for s, and waits for
// the client's last attempt; a goroutine left after that fails the test.
func inBubble(t *testing.T, s strategies.Strategy, f func(t *testing.T, c *strategies.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &strategies.Client{Strategy: s, Seed: 3}
		f(t, c)
		c.Wait()
	})
}
