package stats_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

func TestHistogram_percentiles(t *testing.T) {
	t.Parallel()
	h := stats.NewHistogram()
	ms := sample(draw.LognormalP95(900, 2900), draw.New(5), 5000)
	for _, v := range ms {
		h.Record(time.Duration(v * float64(time.Millisecond)))
	}
	slices.Sort(ms)
	for _, p := range []float64{0.5, 0.9, 0.95, 0.99, 0.999} {
		got, want := h.Percentile(p), stats.Percentile(ms, 0, p)
		for _, pair := range [][2]float64{{got.Value, want.Value}, {got.Low, want.Low}, {got.High, want.High}} {
			if math.Abs(pair[0]/pair[1]-1) > 1e-3 {
				t.Errorf("P%v: got %+v, want %+v to a thousandth", 100*p, got, want)
			}
		}
	}
	if got, want := h.AtRank(5000), h.Max(); got != want {
		t.Errorf("the last rank is %v, the maximum %v", got, want)
	}
	if got := stats.Millis(h.Max()); !near(got, ms[4999], 1e-6) {
		t.Errorf("the maximum is %v, want %v exactly", got, ms[4999])
	}
}

func TestHistogram_range(t *testing.T) {
	t.Parallel()
	h := stats.NewHistogram()
	for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, time.Hour, 2 * time.Hour} {
		h.Record(d)
	}
	if h.Count() != 5 {
		t.Errorf("%d recorded, want 5", h.Count())
	}
	if h.Max() != 2*time.Hour {
		t.Errorf("the maximum is %v", h.Max())
	}
	if got := h.AtRank(1); got != time.Microsecond {
		t.Errorf("the smallest is %v", got)
	}
	if e := stats.NewHistogram().Percentile(0.5); e.Why != "needs 6 requests, has 0" {
		t.Errorf("the median of nothing is %+v", e)
	}
	if stats.NewHistogram().Mean() != 0 {
		t.Error("the mean of nothing is not 0")
	}
}

func TestHistogram_encode(t *testing.T) {
	t.Parallel()
	all, one, two := stats.NewHistogram(), stats.NewHistogram(), stats.NewHistogram()
	for i, v := range sample(draw.Exponential{Mean: 700}, draw.New(6), 2000) {
		d := time.Duration(v * float64(time.Millisecond))
		all.Record(d)
		[]*stats.Histogram{one, two}[i%2].Record(d)
	}
	one.Merge(two)
	merged, whole := encode(t, one), encode(t, all)
	if merged != whole || !strings.HasPrefix(whole, "HISTF") {
		t.Errorf("merged %q, whole %q", merged, whole)
	}
	if one.Max() != all.Max() || one.Mean() != all.Mean() || one.Count() != 2000 {
		t.Errorf("merged: max %v, mean %v, %d values", one.Max(), one.Mean(), one.Count())
	}
	back, err := stats.DecodeHistogram(whole)
	if err != nil {
		t.Fatal(err)
	}
	if encode(t, back) != whole {
		t.Error("decoding and encoding changes the histogram")
	}
	if math.Abs(float64(back.Max())/float64(all.Max())-1) > 1e-3 || math.Abs(float64(back.Mean())/float64(all.Mean())-1) > 1e-3 {
		t.Errorf("read back: max %v, mean %v, want about %v, %v", back.Max(), back.Mean(), all.Max(), all.Mean())
	}
}

func encode(t *testing.T, h *stats.Histogram) string {
	t.Helper()
	s, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What decodes at all encodes again to the same counts.
func FuzzDecodeHistogram(f *testing.F) {
	h := stats.NewHistogram()
	h.Record(time.Second)
	seed, _ := h.Encode()
	f.Add(seed)
	f.Add("HISTFAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, in string) {
		h, err := stats.DecodeHistogram(in)
		if err != nil {
			return
		}
		back, err := stats.DecodeHistogram(encode(t, h))
		if err != nil || back.Count() != h.Count() {
			t.Errorf("%d values became %v, %v", h.Count(), back, err)
		}
	})
}

func BenchmarkHistogram_Record(b *testing.B) {
	h := stats.NewHistogram()
	d := time.Duration(0)
	for b.Loop() {
		d += 977 * time.Microsecond
		h.Record(d % time.Minute)
	}
}
