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

// failsWith is a plan that fails at once with e.
func failsWith(e llm.Error) fault.Plan { return fault.Plan{End: fault.EndFail, Failure: &e} }

// Full jitter: the wait before try n+2 is even between 0 and base·2ⁿ, but at
// most the cap.
func TestRetryBackoff(t *testing.T) {
	t.Parallel()
	const n = 10_000
	down := strategies.ModelTarget(&drawn{name: "A", latency: draw.Constant(0), failing: 1})
	var waits [5][]float64
	simulate(t, strategies.Retry{Target: down, Attempts: 6, Base: time.Second, Cap: 6 * time.Second}, n, time.Hour, func(o *strategies.Outcome) {
		for i := range waits {
			waits[i] = append(waits[i], (o.Attempts[i+1].Start - o.Attempts[i].End).Seconds())
		}
	})
	for i, longest := range []float64{1, 2, 4, 6, 6} {
		least, most := math.Inf(1), 0.0
		for _, w := range waits[i] {
			least, most = min(least, w), max(most, w)
		}
		if least < 0 || most >= longest || least > longest/100 || most < longest*0.99 {
			t.Errorf("waits %d were in [%v, %v], want them to fill (0, %v)", i, least, most, longest)
		}
		checkMean(t, "full jitter", waits[i], longest/2, longest/math.Sqrt(12))
		checkCDF(t, waits[i], func(x float64) float64 { return x / longest }, longest/4, longest/2, longest*0.9)
	}
}

// The defaults are 3 attempts, 500 ms doubling, 8 s at most.
func TestRetryDefaults(t *testing.T) {
	t.Parallel()
	down := strategies.ModelTarget(&drawn{name: "A", latency: draw.Constant(0), failing: 1})
	most := [2]time.Duration{}
	simulate(t, strategies.Retry{Target: down}, 2000, time.Hour, func(o *strategies.Outcome) {
		if len(o.Attempts) != 3 {
			t.Fatalf("%d attempts, want 3", len(o.Attempts))
		}
		for i := range most {
			most[i] = max(most[i], o.Attempts[i+1].Start-o.Attempts[i].End)
		}
		for i, role := range []strategies.Role{strategies.AsFirst, strategies.AsRetry, strategies.AsRetry} {
			if o.Attempts[i].Role != role {
				t.Errorf("attempt %d has role %s, want %s", i, o.Attempts[i].Role, role)
			}
		}
	})
	if most[0] < 490*ms || most[0] >= 500*ms || most[1] < 980*ms || most[1] >= time.Second {
		t.Errorf("the longest waits were %v, want nearly 500 ms and 1 s", most)
	}
}

// What the server says beats the kind of the failure and the backoff.
func TestRetryObeysTheServer(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) llm.Hint { return llm.HintAfter(d) }
	for _, c := range []struct {
		name     string
		failure  llm.Error
		attempts int
		second   time.Duration // start of the second attempt; -1: by backoff
	}{
		{"a kind that may pass", llm.Error{Kind: llm.Overloaded}, 2, -1},
		{"a permanent kind", llm.Error{Kind: llm.InvalidRequest}, 1, 0},
		{"a permanent kind with a hint", llm.Error{Kind: llm.Auth, RetryAfter: at(ms)}, 1, 0},
		{"told not to", llm.Error{Kind: llm.RateLimited, Override: llm.ForbidRetry, RetryAfter: at(ms)}, 1, 0},
		{"told to", llm.Error{Kind: llm.InvalidRequest, Override: llm.ForceRetry, RetryAfter: at(2 * time.Second)}, 2, 2 * time.Second},
		{"a hint beyond the cap", llm.Error{Kind: llm.RateLimited, RetryAfter: at(19 * time.Second)}, 2, 19 * time.Second},
		{"a hint of zero", llm.Error{Kind: llm.RateLimited, RetryAfter: at(0)}, 2, 0},
		{"a hint of the time left", llm.Error{Kind: llm.RateLimited, RetryAfter: at(20 * time.Second)}, 1, 0},
	} {
		for _, d := range drivers {
			t.Run(c.name+"/"+d.name, func(t *testing.T) {
				t.Parallel()
				s := strategies.Retry{Target: model("A", failsWith(c.failure), ok(1))}
				out := d.run(t, s, 20*time.Second, 0)[0]
				if len(out.Attempts) != c.attempts {
					t.Fatalf("%d attempts, want %d", len(out.Attempts), c.attempts)
				}
				if c.attempts == 2 && c.second >= 0 && out.Attempts[1].Start != c.second {
					t.Errorf("the second attempt began at %v, want %v", out.Attempts[1].Start, c.second)
				}
				if c.attempts == 1 && (out.Took != 0 || out.Err.Kind != c.failure.Kind) {
					t.Errorf("%v after %v, want kind %s at once", out.Err, out.Took, c.failure.Kind)
				}
			})
		}
	}
}

// With a budget of 20 % and every request failing, one request in five is
// retried, once.
func TestRetryBudget(t *testing.T) {
	t.Parallel()
	down := strategies.ModelTarget(&drawn{name: "A", latency: draw.Constant(0), failing: 1})
	attempts, denied := 0, 0
	simulate(t, strategies.Retry{Target: down, Budget: strategies.NewBudget(0.2)}, 1000, time.Hour, func(o *strategies.Outcome) {
		attempts += len(o.Attempts)
		for _, n := range o.Notes {
			if n.Kind == strategies.RetryDenied && n.Target == "A" {
				denied++
			}
		}
	})
	if attempts != 1200 || denied != 1000 {
		t.Errorf("%d attempts and %d denials, want 1200 and 1000", attempts, denied)
	}
}
