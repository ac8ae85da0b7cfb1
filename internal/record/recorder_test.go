package record_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
)

const ms = time.Millisecond

// hedged was answered by model b's hedge while a still ran.
func hedged(id uint64, due time.Duration) *record.Request {
	q := request(id, due, 2000*ms)
	q.Attempts[0].State, q.Attempts[0].Whole = record.StateLost, 400
	q.Attempts = append(q.Attempts, record.Attempt{
		Model: 1, Role: "hedge", State: record.StateWon, Start: due + 1000*ms, End: due + 2000*ms,
		Usage: llm.Usage{Input: 100, Output: 100}, Whole: 100,
	})
	q.Winner, q.HedgesFired = 1, 1
	return q
}

func TestRecorder_counts(t *testing.T) {
	t.Parallel()
	r := record.NewRecorder(record.Config{Models: models()})
	r.Add(hedged(2, 200*ms))
	r.Add(failing(request(1, 100*ms, 50*ms), llm.Overloaded))
	ok := request(0, 0, 1000*ms)
	ok.Correct, ok.HedgesDenied, ok.RetriesMade, ok.RetriesDenied = record.Right, 3, 2, 1
	ok.Attempts = append(ok.Attempts,
		record.Attempt{Model: -1, Role: "fallback", State: record.StateRejected, Kind: llm.Rejected},
		record.Attempt{Model: 1, Role: "parallel", State: record.StateUnused, End: 700 * ms})
	r.Add(ok)

	check(t, "requests", r.Requests(), 3)
	check(t, "succeeded", r.Succeeded(), 2)
	check(t, "success", r.Success(), stats.Wilson(2, 3))
	check(t, "accuracy", r.Accuracy(), stats.Wilson(1, 1))
	check(t, "attempts", r.Attempts(), record.Attempts{
		Total: 5, PerRequest: 1.66666667, Won: 2, Lost: 2, Failed: 1, Rejected: 1,
	})
	check(t, "hedges", r.Hedges(), record.Hedges{Fired: 1, Won: 1, Denied: 3})
	check(t, "retries", r.Retries(), record.Retries{Made: 2, Denied: 1})
	if diff := cmp.Diff(map[string]float64{"first": 1, "hedge": 0.333333333, "parallel": 0.333333333}, r.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"overloaded": 1}, r.Errors()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// Model a: 100 in, 200 out cost 3300e-6; lost with 400 in all, 6300e-6.
// Model b: 100 in, 100 out cost 600e-6.
func TestRecorder_Cost(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		r := record.NewRecorder(record.Config{Models: models(), BillWhole: whole})
		r.Add(hedged(0, 0))
		want := record.Range{Low: 3900e-6, Value: 3900e-6, High: 6900e-6}
		if whole {
			want.Value = want.High
		}
		if diff := cmp.Diff(want, r.Cost(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("whole %v: cost (-want +got):\n%s", whole, diff)
		}
		if wasted := 1 - 600e-6/want.Value; !near(r.Wasted(), wasted, 1e-12) {
			t.Errorf("whole %v: wasted %v, want %v", whole, r.Wasted(), wasted)
		}
	}
}

func TestRecorder_Models(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 100, 50*ms, func(id uint64, due time.Duration) *record.Request {
		if id < 10 {
			return failing(request(id, due, 5*ms), llm.RateLimited)
		}
		if id < 30 {
			return hedged(id, due)
		}
		return request(id, due, time.Duration(id)*ms)
	})
	m := r.Models()
	check(t, "name", m[0].Name+m[1].Name, "ab")
	check(t, "attempts of a", m[0].Attempts, 100)
	check(t, "attempts of b", m[1].Attempts, 20)
	check(t, "won by a", m[0].Won, 70)
	check(t, "won by b", m[1].Won, 20)
	check(t, "errors of a", m[0].Errors["rate_limited"], 10)
	check(t, "errors of b", len(m[1].Errors), 0)
	// A hedge's own latency counts from its start; lost attempts have none.
	check(t, "b at most", *m[1].Latency.Max, 1000)
	check(t, "a at most", *m[0].Latency.Max, 99)
	check(t, "P95 of b", m[1].Latency.P95.Why, "needs 72 requests, has 20")
	if !near(m[0].CostUSD, 90*3300e-6, 1e-9) {
		t.Errorf("cost of a = %v", m[0].CostUSD)
	}
	if e := run(record.Config{}, 0, 0, nil).Models()[0].Latency.Mean; e.Known() {
		t.Errorf("the mean of nothing is %+v", e)
	}
}

func TestRecorder_latency(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 1000, 50*ms, func(id uint64, due time.Duration) *record.Request {
		q := request(id, due, time.Duration(id+1)*ms)
		if id >= 960 {
			failing(q, llm.Timeout)
		}
		return q
	})
	all, ok, first := r.Latency(), r.LatencyOK(), r.FirstToken()
	check(t, "P50", all.P50.Value, 500)
	check(t, "P95", all.P95.Value, 950)
	check(t, "P95 is bounded", all.P95.HasInterval() && all.P95.High > 1e300, true)
	check(t, "P99", all.P99.Why, "4.0 % of requests failed")
	check(t, "P99.9", all.P999.Why, "needs 3688 requests, has 1000")
	check(t, "P99 of successes", ok.P99.Value, 951)
	check(t, "P50 of first tokens", first.P50.Value, 250)
	check(t, "P99 of first tokens", first.P99.Why, "4.0 % of requests failed")
	check(t, "maximum", *all.Max, 960)
	check(t, "mean", all.Mean.Value, 480.5)
}

func TestRecorder_addsAgainAfterReading(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 5, ms, func(id uint64, due time.Duration) *record.Request { return request(id, due, ms) })
	check(t, "P50 of 5", r.Latency().P50.Known(), false)
	r.Add(request(5, 0, ms))
	check(t, "P50 of 6", r.Latency().P50.Value, 1)
}

func TestRecorder_Histogram(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 500, 50*ms, func(id uint64, due time.Duration) *record.Request {
		if id%10 == 0 {
			return failing(request(id, due, ms), llm.Timeout)
		}
		return request(id, due, weather(id))
	})
	encoded, err := r.Histogram()
	if err != nil {
		t.Fatal(err)
	}
	h, err := stats.DecodeHistogram(encoded)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "count", h.Count(), 450)
	if got, want := h.Percentile(0.5).Value, r.LatencyOK().P50.Value; !near(got/want, 1, 1e-3) {
		t.Errorf("P50 = %v, want %v", got, want)
	}
}

// The order of adding must not show in anything.
func TestRecorder_order(t *testing.T) {
	t.Parallel()
	cfg := record.Config{Models: models(), First: 1000, Faults: []record.Window{{Name: "f", From: 5 * time.Second, To: 9 * time.Second}}}
	ids := make([]uint64, 400)
	for i := range ids {
		ids[i] = 1000 + uint64(i)
	}
	forward := record.NewRecorder(cfg)
	backward := record.NewRecorder(cfg)
	add := func(r *record.Recorder, id uint64) {
		due := time.Duration(id-1000) * 50 * ms
		switch {
		case id%7 == 0:
			r.Add(failing(request(id, due, ms), llm.Kind(id%5)))
		case id%3 == 0:
			r.Add(hedged(id, due))
		default:
			r.Add(request(id, due, weather(id)))
		}
	}
	for i, id := range ids {
		add(forward, id)
		add(backward, ids[len(ids)-1-i])
	}
	if diff := cmp.Diff(everything(t, forward), everything(t, backward), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("(-forward +backward):\n%s", diff)
	}
}

func everything(t *testing.T, r *record.Recorder) []any {
	t.Helper()
	h, err := r.Histogram()
	if err != nil {
		t.Fatal(err)
	}
	return []any{
		r.Success(), r.Latency(), r.LatencyOK(), r.FirstToken(), r.Attempts(), r.Calls(), r.Cost(), r.Wasted(),
		r.Errors(), r.Models(), r.Faults(), r.Timeline(), r.Spectrum(), h,
	}
}

func TestRecorder_misuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ids  []uint64
		want string
	}{
		"twice":            {[]uint64{12, 12}, "record: request 12 was added twice"},
		"before the first": {[]uint64{3}, "record: request 3 comes before the first, 10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() { check(t, "panic", fmt.Sprint(recover()), c.want) }()
			r := record.NewRecorder(record.Config{Models: models(), First: 10})
			for _, id := range c.ids {
				r.Add(request(id, 0, ms))
			}
		})
	}
}

func TestRecorder_empty(t *testing.T) {
	t.Parallel()
	r := record.NewRecorder(record.Config{Models: models(), Faults: []record.Window{{Name: "f", To: time.Second}}})
	everything(t, r)
	check(t, "success", r.Success().Known(), false)
	check(t, "accuracy", r.Accuracy().Why, "no right answers are known")
	check(t, "agreement", r.Agreement(), nil)
	check(t, "breakers", len(r.Breakers()), 0)
	check(t, "maximum", r.Latency().Max, nil)
	check(t, "points", len(r.Spectrum().MS), 0)
}

func TestRecorder_Agreement(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 40, ms, func(id uint64, due time.Duration) *record.Request {
		q := request(id, due, ms)
		q.Votes, q.Quorum, q.Correct = []string{"yes", "yes", "no"}, record.Agreed, record.Right
		if id%4 == 0 {
			q.Votes, q.Quorum, q.Correct = []string{"yes", "no", "maybe"}, record.Disagreed, record.Unknown
		}
		if id%8 == 1 {
			q.Correct = record.Wrong
		}
		return q
	})
	a := r.Agreement()
	check(t, "rate", a.Rate, stats.Wilson(30, 40))
	check(t, "accuracy", a.AccuracyGivenAgreement, stats.Wilson(25, 30))
	check(t, "pairwise", a.Pairwise.Value, 0.25)
	// Shares of the votes are 70, 40 and 10 of 120.
	chance := (70.*70 + 40*40 + 10*10) / (120 * 120)
	if want := (0.25 - chance) / (1 - chance); !near(a.FleissKappa.Value, want, 1e-12) {
		t.Errorf("kappa = %v, want %v", a.FleissKappa.Value, want)
	}
}

func TestRecorder_Breakers(t *testing.T) {
	t.Parallel()
	changes := []record.Transition{
		{Target: "b", At: 10 * time.Second, From: "closed", To: "open", Why: "5 failures in a row"},
		{Target: "b", At: 20 * time.Second, From: "open", To: "half_open"},
		{Target: "b", At: 21 * time.Second, From: "half_open", To: "open"},
		{Target: "b", At: 31 * time.Second, From: "open", To: "half_open"},
		{Target: "b", At: 32 * time.Second, From: "half_open", To: "closed"},
		{Target: "a", At: 90 * time.Second, From: "closed", To: "open"},
	}
	r := record.NewRecorder(record.Config{Models: models()})
	for i, c := range slices.Backward(changes) {
		q := request(uint64(i), c.At, 10*time.Second)
		q.Transitions = []record.Transition{c}
		r.Add(q)
	}
	want := []record.Breaker{
		{Target: "a", OpenFraction: 0.10, Opens: 1, Transitions: changes[5:]},
		{Target: "b", OpenFraction: 0.22, Opens: 2, Transitions: changes[:5]},
	}
	if diff := cmp.Diff(want, r.Breakers()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecorder_Breakers_many(t *testing.T) {
	t.Parallel()
	r := record.NewRecorder(record.Config{Models: models()})
	for i := range 2000 {
		at := time.Duration(i) * time.Second
		q := request(uint64(i), at, time.Second)
		q.Transitions = []record.Transition{{At: at, From: "closed", To: "open"}, {At: at + 250*ms, From: "open", To: "closed"}}
		r.Add(q)
	}
	b := r.Breakers()[0]
	check(t, "kept", len(b.Transitions), 500)
	check(t, "opens", b.Opens, 2000)
	check(t, "open", b.OpenFraction, 0.25)
}

func TestRecorder_Add_allocations(t *testing.T) { //nolint:paralleltest // counts the allocations of the process
	r := record.NewRecorder(record.Config{Models: models(), Expect: 2000})
	q := hedged(0, 0)
	q.Votes = []string{"yes", "no"}
	id := uint64(0)
	allocations := testing.AllocsPerRun(1000, func() {
		q.ID = id
		id++
		r.Add(q)
	})
	check(t, "allocations", allocations, 0)
}

func BenchmarkRecorder_Add(b *testing.B) {
	r := record.NewRecorder(record.Config{Models: models(), Expect: 1 << 24})
	q := hedged(0, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q.ID = uint64(i)
		q.Due = time.Duration(i) * ms
		q.End = q.Due + weatherless(i)
		r.Add(q)
	}
}

func weatherless(i int) time.Duration { return time.Duration(i%977) * ms }

// All figures of a million requests.
func BenchmarkRecorder_results(b *testing.B) {
	r := run(record.Config{Expect: 1e6, Faults: []record.Window{{From: time.Hour, To: 2 * time.Hour}}}, 1e6, 50*ms,
		func(id uint64, due time.Duration) *record.Request { return request(id, due, weather(id)) })
	for b.Loop() {
		r.Latency()
		r.FirstToken()
		r.Faults()
		r.Timeline()
		r.Spectrum()
	}
}
