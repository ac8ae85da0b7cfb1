package record_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
)

func TestStepFor(t *testing.T) {
	t.Parallel()
	for span, want := range map[time.Duration]time.Duration{
		0:                               time.Second,
		300 * time.Second:               time.Second,
		300*time.Second + 1:             2 * time.Second,
		10 * time.Minute:                2 * time.Second,
		time.Hour:                       15 * time.Second,
		24 * time.Hour:                  5 * time.Minute,
		7 * 24 * time.Hour:              time.Hour,
		30 * 24 * time.Hour:             4 * time.Hour,
		300*30*time.Minute - time.Hour:  30 * time.Minute,
		300*time.Minute + time.Second/2: 2 * time.Minute,
	} {
		if got := record.StepFor(span, 300); got != want {
			t.Errorf("StepFor(%v) = %v, want %v", span, got, want)
		}
	}
}

func TestRecorder_Timeline(t *testing.T) {
	t.Parallel()
	cfg := record.Config{Models: models(), Duration: 4 * time.Second}
	r := record.NewRecorder(cfg)
	for i, c := range []struct {
		due, latency time.Duration
		ok           bool
	}{
		{0, 10 * ms, true},
		{500 * ms, 20 * ms, true},
		{999 * ms, 30 * ms, true},
		{1000 * ms, 40 * ms, true},
		{1100 * ms, 50 * ms, false},
		{3000 * ms, 60 * ms, false},
	} {
		q := request(uint64(i), c.due, c.latency)
		if !c.ok {
			failing(q, llm.Timeout)
		}
		r.Add(q)
	}
	v := func(x float64) *float64 { return &x }
	want := record.Timeline{
		StepMS: 1000, Columns: []string{"at_ms", "requests", "failed", "p50_ms", "p95_ms", "attempts"},
		Rows: [][]*float64{
			{v(0), v(3), v(0), v(20), v(30), v(3)},
			{v(1000), v(2), v(1), v(40), nil, v(2)},
			{v(2000), v(0), v(0), nil, nil, v(0)},
			{v(3000), v(1), v(1), nil, nil, v(1)},
		},
	}
	if diff := cmp.Diff(want, r.Timeline()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecorder_Timeline_steps(t *testing.T) {
	t.Parallel()
	at := func(cfg record.Config) record.Timeline {
		return run(cfg, 2400, 250*ms, func(id uint64, due time.Duration) *record.Request { return request(id, due, ms) }).Timeline()
	}
	check(t, "steps of ten minutes", len(at(record.Config{}).Rows), 300)
	check(t, "step of ten minutes", at(record.Config{}).StepMS, 2000)
	check(t, "steps of a minute", len(at(record.Config{Step: time.Minute}).Rows), 10)
}

func TestRecorder_Spectrum(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, failed int
		points    int
		last      float64 // percentile
		known     int
	}{
		{10_000, 0, 24*2 + 1 + 2, 99, 51},
		{1000, 0, 24 + 1 + 2, 95, 27}, // P90 is the last of the grid
		{50, 0, 24 + 1 + 2, 95, 27},
		{1, 0, 24 + 1 + 2, 95, 27},
		{1000, 500, 24 + 1 + 2, 95, 9},
	} {
		s := run(record.Config{}, c.n, ms, func(id uint64, due time.Duration) *record.Request {
			q := request(id, due, time.Duration(id+1)*ms)
			if int(id) >= c.n-c.failed {
				failing(q, llm.Timeout)
			}
			return q
		}).Spectrum()
		check(t, "points", len(s.Percentile), c.points)
		check(t, "values", len(s.MS), c.points)
		check(t, "first", s.Percentile[0], 0)
		check(t, "last", s.Percentile[len(s.Percentile)-1], c.last)
		known := 0
		for i, v := range s.MS {
			if v == nil {
				continue
			}
			if known++; known != i+1 {
				t.Errorf("%d requests, %d failed: a value follows one that is missing", c.n, c.failed)
			}
		}
		check(t, "known", known, c.known)
	}
}

// The first token has a spectrum of its own if any came before its answer was
// complete.
func TestFirstTokenSpectrum(t *testing.T) {
	t.Parallel()
	of := func(first time.Duration) *record.Spectrum {
		return run(record.Config{}, 1000, ms, func(id uint64, due time.Duration) *record.Request {
			q := request(id, due, time.Second)
			q.FirstToken, q.HasFirstToken = due+first, true
			if id < 500 {
				failing(q, llm.Timeout)
			}
			return q
		}).FirstTokenSpectrum()
	}
	if s := of(time.Second); s != nil {
		t.Errorf("answers in one piece have %d points", len(s.MS))
	}
	s := of(200 * ms)
	check(t, "points", len(s.Percentile), 24+1+2)
	check(t, "first token", *s.MS[3], 200)
	if last := s.MS[len(s.MS)-1]; last != nil {
		t.Errorf("%v, although half of the requests failed", *last)
	}
}

// A timeline is a picture: four digits are more than it shows.
func TestTimeline_digits(t *testing.T) {
	t.Parallel()
	l := run(record.Config{Steps: 10}, 100, time.Second, func(id uint64, due time.Duration) *record.Request {
		return request(id, due, 1234567*time.Microsecond)
	}).Timeline()
	check(t, "steps", len(l.Rows), 10)
	check(t, "p50", *l.Rows[0][3], 1235)
}
