package fault_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// asked applies the limit to the plan of an attempt, of 31 tokens, and returns
// the hint of its rejection, or -1.
func asked(f fault.Fault, account uint64, at time.Duration) time.Duration {
	p, in := plan(), full(0)
	in.At, in.Account = at, account
	if f.Apply(&p, in); p.End != fault.EndFail {
		return -1
	}
	return p.Failure.RetryAfter.After
}

// TestKeyLimit: each key has the window's tokens, and none of the last window's.
func TestKeyLimit(t *testing.T) {
	t.Parallel()
	f := &fault.KeyLimit{Tokens: 62}
	const s = time.Second
	var got []time.Duration
	for _, a := range []struct {
		account uint64
		at      time.Duration
	}{{1, 50 * s}, {1, 51 * s}, {1, 52 * s}, {2, 52 * s}, {1, 60*s - 1}, {1, 60 * s}, {1, 61 * s}, {1, 62 * s}} {
		got = append(got, asked(f, a.account, a.at))
	}
	if diff := cmp.Diff([]time.Duration{-1, -1, 8 * s, -1, 1, -1, -1, 58 * s}, got); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
}

// A request larger than the limit passes in a window of its own.
func TestKeyLimit_tooLarge(t *testing.T) {
	t.Parallel()
	f := &fault.KeyLimit{Tokens: 10}
	if asked(f, 0, 0) != -1 || asked(f, 0, 1) != time.Minute-1 {
		t.Error("the first does not pass, or the second does")
	}
}

func TestKeyLimit_requests(t *testing.T) {
	t.Parallel()
	f := &fault.KeyLimit{Requests: 1, Period: time.Hour}
	if asked(f, 0, 0) != -1 || asked(f, 0, time.Minute) != 59*time.Minute {
		t.Error("the first does not pass, or the second does")
	}
	if fresh, ok := f.Fresh().(*fault.KeyLimit); !ok || asked(fresh, 0, 0) != -1 {
		t.Error("a fresh limit is not fresh")
	}
}

// TestKeyLimit_manyKeys: clients may invent keys; those beyond the first thousand
// share one count, and whoever was there keeps its own.
func TestKeyLimit_manyKeys(t *testing.T) {
	t.Parallel()
	f := &fault.KeyLimit{Requests: 1}
	admitted := 0
	for key := range uint64(5000) {
		if asked(f, key, 0) == -1 {
			admitted++
		}
	}
	if admitted != 1001 {
		t.Errorf("%d keys were admitted, want 1000 and one for all others", admitted)
	}
}

func TestKeyLimit_concurrent(t *testing.T) {
	t.Parallel()
	f := &fault.KeyLimit{Requests: 100}
	var mu sync.Mutex
	var wg sync.WaitGroup
	admitted := 0
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if asked(f, 7, 0) == -1 {
					mu.Lock()
					admitted++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if admitted != 100 {
		t.Errorf("%d were admitted, want 100", admitted)
	}
}

// Whether it is admitted or not, an attempt learns what its key has left.
func TestKeyLimit_tells(t *testing.T) {
	t.Parallel()
	f := &fault.KeyLimit{Tokens: 50, Requests: 3}
	want := []fault.Limits{
		{Requests: fault.Limit{Max: 3, Remaining: 2, Reset: 40 * time.Second}, Tokens: fault.Limit{Max: 50, Remaining: 19, Reset: 40 * time.Second}},
		{Requests: fault.Limit{Max: 3, Remaining: 2, Reset: 30 * time.Second}, Tokens: fault.Limit{Max: 50, Remaining: 19, Reset: 30 * time.Second}},
	}
	for i, at := range []time.Duration{20 * time.Second, 30 * time.Second} {
		p, in := plan(), full(0)
		in.At, in.Account = at, 1
		f.Apply(&p, in)
		if diff := cmp.Diff(want[i], p.Limits); diff != "" || (p.End == fault.EndFail) != (i == 1) {
			t.Errorf("attempt %d (-want +got):\n%s", i, diff)
		}
	}
	p, in := plan(), full(0)
	if (&fault.KeyLimit{Requests: 3}).Apply(&p, in); p.Limits.Tokens != (fault.Limit{}) {
		t.Errorf("a limit of requests tells one of tokens: %+v", p.Limits)
	}
}
