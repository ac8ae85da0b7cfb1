package strategies

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The product-limit estimate of a hand-computed example. Latencies in ms, +
// marks censored ones: 1, 2, 2+, 3, 4+, 5, 6, 7+, 8, 9.
//
//	t   at risk   ended   S(t)
//	1   10        1       0.9
//	2    9        1       0.8
//	3    7        1       0.685714
//	5    5        1       0.548571
//	6    4        1       0.411429
//	8    2        1       0.205714
//	9    1        1       0
func TestAdaptiveDelayKaplanMeier(t *testing.T) {
	t.Parallel()
	feed := func(percentile float64) time.Duration {
		a := NewAdaptiveDelay(percentile, time.Hour)
		for ms, exact := range map[int][]bool{
			1: {true}, 2: {true, false}, 3: {true}, 4: {false}, 5: {true}, 6: {true}, 7: {false}, 8: {true}, 9: {true},
		} {
			for _, e := range exact {
				a.observe(time.Duration(ms)*time.Millisecond, e)
			}
		}
		return a.estimate()
	}
	for _, c := range []struct {
		percentile float64
		ms         int
	}{
		{10, 1},
		{10.1, 2},
		{20, 2},
		{31.4, 3},
		{31.5, 5},
		{45.1, 5},
		{45.2, 6},
		{58.8, 6},
		{58.9, 8},
		{79.4, 8},
		{79.5, 9},
		{100, 9},
	} {
		at := bucketTop(int(bucketOf(time.Duration(c.ms) * time.Millisecond)))
		if got := feed(c.percentile); got != at {
			t.Errorf("percentile %v: %v, want %v", c.percentile, got, at)
		}
	}
}

// Where the slowest are all censored the percentile is unknown, and the delay
// is the cap; so it is as long as too few latencies are known.
func TestAdaptiveDelayUnknown(t *testing.T) {
	t.Parallel()
	a := NewAdaptiveDelay(95, 3*time.Second)
	for i := range 10 * adaptiveRefresh {
		if a.seen < adaptiveMinimum && a.current() != 3*time.Second {
			t.Fatalf("after %d latencies the delay is %v, want the cap", i, a.current())
		}
		a.observe(time.Duration(i%10)*time.Millisecond, i%10 < 9) // the slowest tenth is censored
	}
	if got := a.current(); got != 3*time.Second {
		t.Errorf("the delay is %v, want the cap", got)
	}
}

// Without censoring the estimate is the sample's own percentile over the last
// 1,000, to the width of a bucket.
func TestAdaptiveDelayWindow(t *testing.T) {
	t.Parallel()
	a := NewAdaptiveDelay(95, time.Hour)
	for range 5000 {
		a.observe(time.Minute, true)
	}
	for i := range adaptiveWindow {
		a.observe(time.Duration(i*7919%adaptiveWindow)*time.Millisecond, true)
	}
	got := a.estimate()
	if got < 949*time.Millisecond || float64(got) > 949e6*(1+1./64) {
		t.Errorf("P95 of 0…999 ms is %v, want 949 ms within a bucket", got)
	}
	ended := 0
	for _, n := range a.exact {
		ended += int(n)
	}
	if ended != adaptiveWindow {
		t.Errorf("%d latencies remembered, want %d", ended, adaptiveWindow)
	}
}

// Buckets are in order, next to one another, and no wider than 1/64.
func TestBuckets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(0, math.MaxUint32).Draw(t, "us")
		d := time.Duration(us) * time.Microsecond
		i := int(bucketOf(d))
		top, bottom := bucketTop(i), time.Duration(0)
		if i > 0 {
			bottom = bucketTop(i - 1)
		}
		if d < bottom || d >= top {
			t.Fatalf("%v is outside its bucket [%v, %v)", d, bottom, top)
		}
		if width := top - bottom; width > time.Microsecond && width > bottom/64 {
			t.Fatalf("the bucket of %v is %v wide", d, width)
		}
	})
	if i := bucketOf(math.MaxInt64); i != buckets-1 {
		t.Errorf("the longest time is in bucket %d, want the last, %d", i, buckets-1)
	}
	if i := bucketOf(-time.Second); i != 0 {
		t.Errorf("a negative time is in bucket %d, want 0", i)
	}
}

// However slow the primary is known to be, the delay stays at the cap.
func TestAdaptiveDelayCap(t *testing.T) {
	t.Parallel()
	a := NewAdaptiveDelay(50, 2*time.Second)
	for range adaptiveMinimum {
		a.observe(10*time.Second, true)
	}
	if got := a.current(); got != 2*time.Second {
		t.Errorf("the delay is %v, want the cap of 2 s", got)
	}
	if got := a.estimate(); got < 10*time.Second {
		t.Errorf("the estimate is %v, want 10 s", got)
	}
}
