package fault_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestStall(t *testing.T) {
	t.Parallel()
	p := apply(fault.Stall{AfterShare: 0.5, For: time.Second})
	if p.StallAfter != 5 || p.Sent(5) != 140*ms || p.Sent(6) != 1150*ms || p.Sent(11) != 1200*ms {
		t.Errorf("tokens 5, 6 and 11 come after %v, %v and %v", p.Sent(5), p.Sent(6), p.Sent(11))
	}
	if at, ok := p.Speaks(); !ok || at != 100*ms {
		t.Errorf("the first token comes after %v", at)
	}
	for elapsed, want := range map[time.Duration]int{139 * ms: 4, 140 * ms: 5, 1149 * ms: 5, 1150 * ms: 6, 1200 * ms: 11, time.Hour: 11} {
		if got := p.Produced(elapsed); got != want {
			t.Errorf("after %v there are %d tokens, want %d", elapsed, got, want)
		}
	}
}

// A stall before the first token delays it.
func TestStall_atOnce(t *testing.T) {
	t.Parallel()
	p := apply(fault.Stall{AfterShare: 0.01, For: time.Second})
	if at, _ := p.Speaks(); at != 1100*ms || p.Wait != 100*ms {
		t.Errorf("headers after %v, first token after %v", p.Wait, at)
	}
}

// TestStall_produced: wherever an answer stalls, with or without a token process,
// what is produced grows with time and is the n-th token when that is sent.
func TestStall_produced(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := plan()
		p.Gap = time.Duration(rapid.IntRange(0, 3).Draw(t, "gap")) * ms
		p.StallAfter = rapid.IntRange(0, 11).Draw(t, "after")
		p.Stall = time.Duration(rapid.IntRange(0, 1000).Draw(t, "for")) * ms
		last := 0
		for n := 1; n <= p.Tokens; n++ {
			at := p.Sent(n)
			if got := p.Produced(at); got < n || p.Gap > 0 && got != n {
				t.Fatalf("%d tokens when number %d is sent: %+v", got, n, p)
			}
			if before := p.Produced(at - 1); n > 1 && at > p.Sent(n-1) && before < last {
				t.Fatalf("%d tokens, and %d later: %+v", last, before, p)
			}
			last = p.Produced(at)
		}
	})
}
