package record

import (
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// TrialArm is what one arm of an A/B test did. Success and Accuracy are over its
// requests, Accuracy over those with a known right answer; Latency counts from
// due time, a failure slower than any success.
type TrialArm struct {
	Requests  int
	Succeeded int
	Success   stats.Estimate
	Accuracy  stats.Estimate
	Latency   Latency
	// Input and Output are tokens per request.
	Input, Output float64
	// CostUSD is the money spent in all, CostPer1000 that per 1,000 requests.
	CostUSD, CostPer1000 float64
}

// The verdicts of an A/B test.
const (
	Promote        = "promote"         // the challenger is better by the minimum at least
	Keep           = "keep"            // it is not
	KeepCollecting = "keep_collecting" // more requests are needed to tell
)

// TrialResult is the outcome of an A/B test.
type TrialResult struct {
	Control, Challenger TrialArm
	// Effect is the metric of the challenger less that of the control, with an
	// interval that holds at every moment at once; see [stats.Effect].
	Effect stats.Estimate
	// Compared is the number of requests that Effect rests on.
	Compared int
	Verdict  string
	// DecidedAt is after how many requests the verdict was first clear; 0 if it
	// is not. What is clear once stays so, unless the arms are mismatched.
	DecidedAt int
	// Sequence is Effect as it was after so many requests.
	Sequence []TrialPoint
	// Units are the keys of either arm, and Surprise how surprising their ratio
	// is, as the p-value of [stats.SampleRatio]; 1 in shadow mode. Below
	// [Mismatch] nothing of the test can be trusted.
	ControlUnits, ChallengerUnits int
	Surprise                      float64
}

// Mismatch is the p-value below which the ratio of the arms is wrong. It is
// strict, because the check is made in every report.
const Mismatch = 0.001

// Mismatched says whether the arms have got other shares than they should.
func (t *TrialResult) Mismatched() bool { return t.Surprise < Mismatch }

// TrialPoint is the effect after a number of requests.
type TrialPoint struct {
	Requests int
	Effect   stats.Estimate
}

// points is about how many points a sequence has.
const points = 120

// Trial returns the outcome of the A/B test, or nil if the strategy is none.
//
// Requests are compared in the order in which they were due, up to the first
// that is missing: the order of completion would show the fast ones first.
func (r *Recorder) Trial() *TrialResult {
	cfg := r.cfg.Trial
	if cfg == nil {
		return nil
	}
	rows := r.contiguous()
	out := &TrialResult{Verdict: KeepCollecting, Surprise: 1}
	out.Control, out.Challenger = r.arm(0), r.arm(1)
	effect := stats.Effect{Most: cfg.most(), Share: cfg.Share, Alpha: cfg.Alpha}
	every := max(1, (len(rows)+points-1)/points)
	for i := range rows {
		if cfg.observe(&effect, &rows[i]) && out.DecidedAt == 0 {
			out.decide(cfg, &effect, i+1)
		}
		if (i+1)%every == 0 || i+1 == len(rows) {
			out.Sequence = append(out.Sequence, TrialPoint{i + 1, effect.Estimate()})
		}
	}
	out.Effect, out.Compared = effect.Estimate(), effect.N()
	if cfg.Share > 0 {
		out.ControlUnits, out.ChallengerUnits = units(rows, 0), units(rows, 1)
		out.Surprise = stats.SampleRatio(out.ControlUnits, out.ChallengerUnits, cfg.Share)
	}
	if out.Mismatched() {
		out.Verdict, out.DecidedAt = KeepCollecting, 0
	}
	return out
}

// observe adds a request to the comparison, if it says something about it.
func (c *TrialConfig) observe(e *stats.Effect, row *trialRow) bool {
	control, challenger := &row.sides[0], &row.sides[1]
	a, hasControl := c.value(control)
	b, hasChallenger := c.value(challenger)
	hasControl = hasControl && control.is(present)
	hasChallenger = hasChallenger && challenger.is(present)
	switch {
	case c.Share == 0 && hasControl && hasChallenger:
		e.Paired(a, b)
	case c.Share > 0 && hasChallenger:
		e.Split(true, b)
	case c.Share > 0 && hasControl:
		e.Split(false, a)
	default:
		return false
	}
	return true
}

// decide concludes once the whole interval lies on one side of the minimum.
func (t *TrialResult) decide(cfg *TrialConfig, e *stats.Effect, requests int) {
	better := 1
	if cfg.Metric.lessIsBetter() {
		better = -1
	}
	switch e.Beyond(float64(better) * cfg.Minimum) {
	case better:
		t.Verdict, t.DecidedAt = Promote, requests
	case -better:
		t.Verdict, t.DecidedAt = Keep, requests
	}
}

// contiguous returns the rows before the first that is missing.
func (r *Recorder) contiguous() []trialRow {
	rows := r.trial.rows
	for i := range rows {
		if !rows[i].sides[0].is(present) && !rows[i].sides[1].is(present) {
			return rows[:i]
		}
	}
	return rows
}

// units counts the different keys of an arm.
func units(rows []trialRow, arm int) (n int) {
	seen := map[uint64]bool{}
	for i := range rows {
		key := rows[i].key
		if !rows[i].sides[arm].is(present) || seen[key] {
			continue
		}
		n++
		if key != 0 {
			seen[key] = true
		}
	}
	return n
}

// arm describes one arm.
func (r *Recorder) arm(i int) TrialArm {
	var a TrialArm
	var ok []uint32
	right, known := 0, 0
	for j := range r.trial.rows {
		s := &r.trial.rows[j].sides[i]
		a.Requests += int(indicator(s.is(present)))
		right += int(indicator(s.is(isRight)))
		known += int(indicator(s.is(isRight | isWrong)))
		if s.is(succeeded) {
			ok = append(ok, s.latency)
		}
	}
	slices.Sort(ok)
	a.Succeeded = len(ok)
	a.Success, a.Latency = stats.Wilson(len(ok), a.Requests), latencyOf(ok, a.Requests-len(ok))
	if a.Accuracy = stats.Wilson(right, known); known == 0 {
		a.Accuracy = stats.Missing("no right answers are known")
	}
	n := float64(max(1, a.Requests))
	a.Input, a.Output = float64(r.trial.tokens[i].Input)/n, float64(r.trial.tokens[i].Output)/n
	a.CostUSD, a.CostPer1000 = r.trial.cost[i], 1e3*r.trial.cost[i]/n
	return a
}
