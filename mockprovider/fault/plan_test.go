package fault_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestPlan_Result(t *testing.T) {
	t.Parallel()
	p := plan()
	ans, failure := p.Result("m")
	want := llm.Answer{Text: p.Text, Model: "m", Usage: llm.Usage{Input: 20, Output: 11}}
	if diff := cmp.Diff(want, ans); failure != nil || diff != "" {
		t.Errorf("failure %v, answer (-want +got):\n%s", failure, diff)
	}
}

func TestPlan_Billed(t *testing.T) {
	t.Parallel()
	whole := plan()
	whole.Gap = 0 // produced evenly over the 100 ms
	used := plan()
	used.End, used.Until, used.Used, used.Wait = fault.EndFail, 5, true, 100*ms
	rejected := used
	fault.Status{Code: 503}.Apply(&rejected, full(0))
	for name, c := range map[string]struct {
		plan    fault.Plan
		elapsed time.Duration
		want    llm.Usage
	}{
		"before the first token": {plan(), 99 * ms, llm.Usage{Input: 20}},
		"at the first token":     {plan(), 100 * ms, llm.Usage{Input: 20, Output: 1}},
		"between tokens":         {plan(), 129 * ms, llm.Usage{Input: 20, Output: 3}},
		"long after":             {plan(), time.Hour, llm.Usage{Input: 20, Output: 11}},
		"in one piece, half way": {whole, 50 * ms, llm.Usage{Input: 20, Output: 5}},
		"in one piece, whole":    {whole, 100 * ms, llm.Usage{Input: 20, Output: 11}},
		"rejected":               {apply(fault.Status{Code: 429}), time.Hour, llm.Usage{}},
		"given up on":            {used, 100 * ms, llm.Usage{Input: 20, Output: 5}},
		"before it is":           {used, 99 * ms, llm.Usage{Input: 20}},
		"rejected instead":       {rejected, time.Hour, llm.Usage{}},
	} {
		if got := c.plan.Billed(c.elapsed); got != c.want {
			t.Errorf("%s: billed %+v, want %+v", name, got, c.want)
		}
	}
}

// TestPlan_tokens: the n-th token has been produced when it has been sent, and
// not a moment before.
func TestPlan_tokens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "first"))
		p := fault.Plan{
			Wait: first, FirstToken: first, Tokens: rapid.IntRange(1, 10_000).Draw(t, "tokens"),
			Gap: time.Duration(rapid.Int64Range(1, int64(time.Second)).Draw(t, "gap")),
		}
		fault.Truncate{Share: rapid.Float64Range(0.01, 1).Draw(t, "share")}.Apply(&p, full(0))
		if p.Sends() == 0 {
			return
		}
		n := rapid.IntRange(1, p.Sends()).Draw(t, "n")
		if got := p.Produced(p.Sent(n)); got != n {
			t.Fatalf("%d tokens produced when %d have been sent", got, n)
		}
		if got := p.Produced(p.Sent(n) - 1); got != n-1 {
			t.Fatalf("%d tokens produced just before the %d-th is sent", got, n)
		}
		if d, _ := p.Lasts(); p.Sent(p.Sends()) != d {
			t.Fatalf("lasts %v, but the last token is sent at %v", d, p.Sent(p.Sends()))
		}
	})
}
