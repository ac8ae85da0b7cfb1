package record_test

import (
	"math"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

func abConfig(metric record.TrialMetric, share, minimum float64) record.Config {
	return record.Config{Trial: &record.TrialConfig{
		Metric: metric, Share: share, Minimum: minimum, Alpha: 0.05, Timeout: 30 * time.Second,
	}}
}

// split is a request of a test in which the challenger gets one of every so many
// and is right that much more often.
func split(id uint64, due time.Duration, every uint64, better float64) *record.Request {
	q := request(id, due, time.Second)
	q.Trial = record.Trial{Arm: record.Control, Known: true}
	p := 0.7
	if draw.New(1).Word(id).IntN(int(every)) == 0 { //nolint:gosec // small
		q.Trial.Arm, p = record.Challenger, p+better
		q.Attempts[0].Model = 1
	}
	q.Correct = record.Wrong
	if draw.New(2).Word(id).Float64() < p {
		q.Correct = record.Right
	}
	return q
}

func TestRecorder_Trial_split(t *testing.T) {
	t.Parallel()
	serve := func(id uint64, due time.Duration) *record.Request {
		q := split(id, due, 5, 0.2)
		if id%10 == 3 && q.Trial.Arm == record.Control {
			q.Correct = record.Unknown
			failing(q, llm.Overloaded)
		}
		return q
	}
	r := run(abConfig(record.TrialAccuracy, 0.2, 0.05), 5000, time.Second, serve)
	got := r.Trial()
	check(t, "requests of both arms", got.Control.Requests+got.Challenger.Requests, 5000)
	check(t, "the challenger succeeded", got.Challenger.Succeeded, got.Challenger.Requests)
	check(t, "the control failed at times", got.Control.Succeeded < got.Control.Requests, true)
	check(t, "a failure is not right", near(got.Control.Accuracy.Value, 0.63, 0.03), true)
	check(t, "accuracy of the challenger", near(got.Challenger.Accuracy.Value, 0.9, 0.03), true)
	check(t, "the effect", near(got.Effect.Value, got.Challenger.Accuracy.Value-got.Control.Accuracy.Value, 0.01), true)
	check(t, "verdict", got.Verdict, record.Promote)
	check(t, "decided before the end", got.DecidedAt > 0 && got.DecidedAt < 5000, true)
	check(t, "compared", got.Compared, 5000)
	check(t, "mismatched", got.Mismatched(), false)
	// 100 tokens in at $3 and $1 a million, 200 out at $15 and $5; failures use none.
	check(t, "cost of the challenger", near(got.Challenger.CostPer1000, 1.1, 1e-9), true)
	check(t, "cost of all", near(got.Control.CostUSD+got.Challenger.CostUSD, r.Cost().Value, 1e-9), true)
	check(t, "tokens", got.Challenger.Input == 100 && got.Challenger.Output == 200, true)
	last := got.Sequence[len(got.Sequence)-1]
	check(t, "the sequence ends with the effect", last == record.TrialPoint{Requests: 5000, Effect: got.Effect}, true)
	check(t, "points", len(got.Sequence) > 60 && len(got.Sequence) <= 121, true)
}

// The order in which requests end does not matter, and nothing behind a request
// that is missing counts.
func TestRecorder_Trial_order(t *testing.T) {
	t.Parallel()
	cfg := abConfig(record.TrialAccuracy, 0.2, 0)
	cfg.Models = models()
	forward, back, gap := record.NewRecorder(cfg), record.NewRecorder(cfg), record.NewRecorder(cfg)
	const n = 1200
	for i := range uint64(n) {
		forward.Add(split(i, 0, 5, 0.1))
		back.Add(split(n-1-i, 0, 5, 0.1))
		if i != 700 {
			gap.Add(split(i, 0, 5, 0.1))
		}
	}
	a, b, c := forward.Trial(), back.Trial(), gap.Trial()
	check(t, "effect in any order", a.Effect, b.Effect)
	check(t, "decided at in any order", a.DecidedAt, b.DecidedAt)
	check(t, "compared before the gap", c.Compared, 700)
}

func TestRecorder_Trial_shadow(t *testing.T) {
	t.Parallel()
	r := run(abConfig(record.TrialLatency, 0, 100), 3000, time.Second, func(id uint64, due time.Duration) *record.Request {
		q := request(id, due, weather(id))
		q.Trial = record.Trial{Arm: record.Control, Shadow: &record.Shadow{OK: true, End: due + weather(id)/2}}
		copied := q.Attempts[0]
		copied.Model, copied.Role, copied.State, copied.Shadow = 1, "shadow", record.StateUnused, true
		q.Attempts = append(q.Attempts, copied)
		return q
	})
	got := r.Trial()
	check(t, "verdict", got.Verdict, record.Promote)
	check(t, "both arms", got.Control.Requests == 3000 && got.Challenger.Requests == 3000, true)
	check(t, "half as slow", near(got.Effect.Value, -got.Challenger.Latency.Mean.Value, 30), true)
	check(t, "the caller does not wait for it", r.Latency().P95 == got.Control.Latency.P95, true)
	check(t, "cost of the shadow", near(got.Challenger.CostPer1000, 1.1, 1e-9), true)
	check(t, "accuracy", got.Challenger.Accuracy.Known(), false)
	check(t, "no ratio to check", got.Surprise == 1 && got.ControlUnits == 0, true)
}

// Arms that have not got their shares void the verdict. Keys are counted once.
func TestRecorder_Trial_mismatch(t *testing.T) {
	t.Parallel()
	got := run(abConfig(record.TrialAccuracy, 0.1, 0), 5000, time.Second, func(id uint64, due time.Duration) *record.Request {
		return split(id, due, 5, 0.2)
	}).Trial()
	if !got.Mismatched() || got.Verdict != record.KeepCollecting || got.DecidedAt != 0 {
		t.Errorf("a fifth instead of a tenth: p %v, %s after %d", got.Surprise, got.Verdict, got.DecidedAt)
	}
	busy := run(abConfig(record.TrialAccuracy, 0.2, 0), 5000, time.Second, func(id uint64, due time.Duration) *record.Request {
		q := split(id%500, due, 5, 0)
		q.ID, q.Trial.Key = id, 1+id%500
		return q
	}).Trial()
	check(t, "users", busy.ControlUnits+busy.ChallengerUnits, 500)
	check(t, "requests", busy.Control.Requests+busy.Challenger.Requests, 5000)
}

// Every metric in its unit: the arms are 40 ms and $0.2 per 1,000 requests apart.
func TestRecorder_Trial_units(t *testing.T) {
	t.Parallel()
	for metric, want := range map[record.TrialMetric]float64{
		record.TrialSuccess: 0, record.TrialLatency: -40, record.TrialCost: -0.2,
	} {
		got := run(abConfig(metric, 0.5, 0), 2000, time.Second, func(id uint64, due time.Duration) *record.Request {
			q := request(id, due, 100*time.Millisecond)
			q.Trial.Arm = record.Control
			if draw.New(5).Word(id).IntN(2) == 1 {
				q.Trial.Arm, q.End = record.Challenger, due+60*time.Millisecond
				q.Attempts[0].Usage = llm.Usage{Input: 33, Output: 200} // $0.2 less per 1,000
			}
			return q
		}).Trial()
		if math.Abs(got.Effect.Value-want) > 1.5+0.03*math.Abs(want) && metric == record.TrialLatency ||
			math.Abs(got.Effect.Value-want) > 0.01 && metric != record.TrialLatency {
			t.Errorf("%s: %+v, want %v", metric, got.Effect, want)
		}
	}
}

func TestRecorder_Trial_none(t *testing.T) {
	t.Parallel()
	if got := run(record.Config{}, 10, time.Second, func(id uint64, due time.Duration) *record.Request {
		return split(id, due, 2, 0)
	}).Trial(); got != nil {
		t.Errorf("%+v, want none", got)
	}
	if got := run(abConfig(record.TrialSuccess, 0.5, 0), 0, time.Second, nil).Trial(); got.Verdict != record.KeepCollecting || got.Effect.Known() {
		t.Errorf("of no requests: %+v", got)
	}
}
