package fault_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// ask lets an attempt of the given size meet the limit.
func ask(f *fault.RateLimit, at time.Duration, size int) (wait time.Duration, failure *llm.Error) {
	p := fault.Plan{Input: size / 2, Tokens: size - size/2}
	in := full(0)
	in.At = at
	f.Apply(&p, in)
	if p.End == fault.EndComplete {
		return 0, nil
	}
	return p.Failure.RetryAfter.After, p.Failure
}

func TestRateLimit_requests(t *testing.T) {
	t.Parallel()
	f := &fault.RateLimit{Requests: 60, Burst: 0.05} // one a second, three at once
	for i, want := range []struct{ at, wait time.Duration }{
		{0, 0},
		{0, 0},
		{0, 0},
		{0, time.Second},
		{300 * ms, 700 * ms},
		{time.Second, 0},
		{time.Second, time.Second},
		{time.Hour, 0},
		{time.Hour, 0},
		{time.Hour, 0},
		{time.Hour, time.Second},
	} {
		wait, failure := ask(f, want.at, 1)
		if wait != want.wait {
			t.Errorf("%d: at %v told to wait %v, want %v", i, want.at, wait, want.wait)
		}
		if failure != nil && (failure.Kind != llm.RateLimited || failure.Status != 429 || !failure.RetryAfter.Given) {
			t.Errorf("%d: failure %+v", i, failure)
		}
	}
}

// TestRateLimit_tells: an attempt learns the state of the buckets as it leaves
// them, admitted or not; of two limits the one with less left.
func TestRateLimit_tells(t *testing.T) {
	t.Parallel()
	tight, wide := &fault.RateLimit{Requests: 2, Tokens: 600}, &fault.RateLimit{Requests: 100}
	for i, want := range []fault.Limits{
		{Requests: fault.Limit{2, 1, 30 * time.Second}, Tokens: fault.Limit{600, 590, time.Second}},
		{Requests: fault.Limit{2, 0, time.Minute}, Tokens: fault.Limit{600, 580, 2 * time.Second}},
		{Requests: fault.Limit{2, 0, time.Minute}, Tokens: fault.Limit{600, 580, 2 * time.Second}},
	} {
		p := fault.Plan{Input: 4, Tokens: 6}
		wide.Apply(&p, full(0))
		tight.Apply(&p, full(0))
		if p.Limits != want || (p.End == fault.EndFail) != (i == 2) {
			t.Errorf("%d: %+v, want %+v; end %v", i, p.Limits, want, p.End)
		}
	}
}

func TestRateLimit_tokens(t *testing.T) {
	t.Parallel()
	f := &fault.RateLimit{Tokens: 6000} // 100 a second
	if wait, _ := ask(f, 0, 5000); wait != 0 {
		t.Errorf("a full bucket says wait %v", wait)
	}
	if wait, _ := ask(f, 0, 1500); wait != 5*time.Second {
		t.Errorf("wait %v for 500 tokens more, want 5 s", wait)
	}
	if wait, _ := ask(f, 5*time.Second, 1500); wait != 0 {
		t.Errorf("wait %v after waiting as told", wait)
	}
	if wait, _ := ask(f, 5*time.Second, 1e9); wait != time.Minute {
		t.Errorf("wait %v for more than the bucket holds, want until it is full", wait)
	}
}

func TestRateLimit_errorsAreTheirOwn(t *testing.T) {
	t.Parallel()
	f := &fault.RateLimit{Requests: 1}
	ask(f, 0, 1)
	_, first := ask(f, 10*time.Second, 1)
	for range 1000 {
		ask(f, 20*time.Second, 1)
	}
	if want := 50 * time.Second; first.RetryAfter.After != want {
		t.Errorf("an earlier error now says %v, want %v", first.RetryAfter.After, want)
	}
}

// oracle is a token bucket by its closed form, in rational numbers.
type oracle struct {
	rate, size, level *big.Rat // rate per nanosecond
	at                time.Duration
}

func newOracle(rate int, period time.Duration, burst float64) *oracle {
	size := int64(max(1, math.Floor(burst*float64(rate))))
	return &oracle{rate: big.NewRat(int64(rate), int64(period)), size: big.NewRat(size, 1), level: big.NewRat(size, 1)}
}

// wait returns how long n must wait at the given time.
func (o *oracle) wait(at time.Duration, n int) time.Duration {
	more := new(big.Rat).Mul(o.rate, big.NewRat(int64(at-o.at), 1))
	o.at = at
	if o.level.Add(o.level, more); o.level.Cmp(o.size) > 0 {
		o.level.Set(o.size)
	}
	missing := new(big.Rat).Sub(o.need(n), o.level)
	if missing.Sign() <= 0 {
		return 0
	}
	ns := missing.Quo(missing, o.rate)
	up := new(big.Int).Add(ns.Num(), new(big.Int).Sub(ns.Denom(), big.NewInt(1)))
	return time.Duration(up.Quo(up, ns.Denom()).Int64())
}

func (o *oracle) need(n int) *big.Rat {
	if r := big.NewRat(int64(n), 1); r.Cmp(o.size) < 0 {
		return r
	}
	return o.size
}

func (o *oracle) take(n int) { o.level.Sub(o.level, o.need(n)) }

// TestRateLimit_closedForm: the buckets agree with rational arithmetic to the
// nanosecond, whatever the rates and the arrivals.
func TestRateLimit_closedForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.IntRange(1, 1_000_000).Draw(t, "requests")
		tokens := rapid.IntRange(1, 2_000_000_000).Draw(t, "tokens")
		period := time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "period"))
		burst := rapid.Float64Range(0.001, 4).Draw(t, "burst")
		f := &fault.RateLimit{Requests: requests, Tokens: tokens, Period: period, Burst: burst}
		r, k := newOracle(requests, period, burst), newOracle(tokens, period, burst)
		at := time.Duration(0)
		for range rapid.IntRange(1, 40).Draw(t, "arrivals") {
			at += time.Duration(rapid.Int64Range(0, max(1, int64(period)/int64(requests)*2)).Draw(t, "step"))
			size := rapid.IntRange(1, max(2, tokens/4)).Draw(t, "size")
			want := max(r.wait(at, 1), k.wait(at, size))
			if got, _ := ask(f, at, size); got != want {
				t.Fatalf("at %v: wait %v, want %v", at, got, want)
			}
			if want == 0 {
				r.take(1)
				k.take(size)
			}
		}
	})
}

// TestRateLimit_outOfOrder: an attempt that comes with an earlier time, as
// goroutines may bring it, neither refills nor empties the bucket.
func TestRateLimit_outOfOrder(t *testing.T) {
	t.Parallel()
	f := &fault.RateLimit{Requests: 1, Period: time.Second}
	ask(f, 10*time.Second, 1)
	if wait, _ := ask(f, 0, 1); wait != time.Second {
		t.Errorf("wait %v, want 1 s", wait)
	}
}
