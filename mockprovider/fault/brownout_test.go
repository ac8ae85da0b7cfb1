package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// The further up the ramp, the slower, and the more errors.
func TestBrownout(t *testing.T) {
	t.Parallel()
	const n = 20_000
	w := fault.Window{RampIn: 100, Fault: fault.Brownout{Multiply: 5, Errors: 0.4, Code: 500}}
	for at, want := range map[time.Duration]struct {
		first  time.Duration
		errors float64
	}{25: {200 * ms, 0.1}, 50: {300 * ms, 0.2}, 200: {500 * ms, 0.4}} {
		failed := 0
		for i := range uint64(n) {
			p, in := plan(), full(i)
			in.At = at
			w.Apply(&p, in)
			switch {
			case p.End == fault.EndFail && p.Failure.Status == 500:
				failed++
			case p.FirstToken != want.first:
				t.Fatalf("at %d the first token comes after %v, want %v", at, p.FirstToken, want.first)
			}
		}
		near(t, "errors", float64(failed)/n, want.errors, n)
	}
}

func TestBrownout_defaults(t *testing.T) {
	t.Parallel()
	if p := apply(fault.Brownout{}); p.End != fault.EndComplete || p.FirstToken != 600*ms {
		t.Errorf("plan %+v", p)
	}
	if p := apply(fault.Brownout{Errors: 1}); p.Failure == nil || p.Failure.Status != 503 || p.Wait != fault.DefaultAfter {
		t.Errorf("plan %+v", p)
	}
}
