package engine

import (
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// trial says how a strategy's A/B test is judged; nil if it is none.
func (j *Job) trial(t *scenarios.Trial) *record.TrialConfig {
	if t == nil {
		return nil
	}
	cfg := &record.TrialConfig{
		Metric: record.TrialMetric(t.Metric), Minimum: t.Minimum, Alpha: t.Alpha, Share: t.Share,
		Timeout: j.scenario.Load.Timeout,
	}
	if t.Shadow {
		cfg.Share = 0
	}
	return cfg
}

// assign writes down a request's part in an A/B test. The outermost test leaves
// its note first, and its shadow is an attempt of the outermost exchange.
func (c *converter) assign(o *strategies.Outcome, began time.Duration) {
	q := &c.q
	if len(o.Notes) == 0 || o.Notes[0].Kind != strategies.Assigned {
		return
	}
	q.Trial.Arm = record.Control
	if o.Notes[0].Text == strategies.Challenger {
		q.Trial.Arm = record.Challenger
	}
	if o.Request.Key != "" && !c.trial.ByRequest {
		q.Trial.Key = draw.Hash(o.Request.Key)
	}
	item := c.workload.Item(o.Request.ID)
	_, q.Trial.Known = c.workload.Correct("", item)
	for i := range o.Attempts {
		if a := &o.Attempts[i]; isShadow(a) {
			c.shadow = record.Shadow{OK: a.State == strategies.Unused, End: c.time(began + a.End)}
			if c.shadow.OK {
				c.shadow.Correct = c.truth(a.Text, item)
			}
			q.Trial.Shadow = &c.shadow
		}
	}
}

func isShadow(a *strategies.Attempt) bool { return a.Parent < 0 && a.Role == strategies.AsShadow }

// lostShadow says whether the request's shadow has not answered.
func lostShadow(o *strategies.Outcome) bool {
	return slices.ContainsFunc(o.Attempts, func(a strategies.Attempt) bool { return isShadow(&a) && a.State != strategies.Unused })
}

// shadowed says whether an attempt was made on behalf of a shadow.
func shadowed(o *strategies.Outcome, number int) bool {
	for o.Attempts[number].Parent >= 0 {
		number = o.Attempts[number].Parent
	}
	return isShadow(&o.Attempts[number])
}

// ab describes the result of a strategy's A/B test; nil if it is none.
func ab(r *record.TrialResult, t *scenarios.Trial) *reports.AB {
	if r == nil {
		return nil
	}
	out := &reports.AB{
		Metric: t.Metric, Unit: "ratio", Shadow: t.Shadow, MinimumEffect: t.Minimum, Alpha: t.Alpha,
		Control: abArm(&r.Control, t.Control), Challenger: abArm(&r.Challenger, t.Challenger),
		Effect: r.Effect, Compared: r.Compared, Verdict: r.Verdict, DecidedAt: r.DecidedAt,
		Method: "empirical Bernstein confidence sequence (Howard et al. 2021)", Sequence: sequence(r.Sequence),
	}
	switch t.Metric {
	case string(record.TrialLatency):
		out.Unit = "ms"
	case string(record.TrialCost):
		out.Unit, out.Method = "usd_per_1000", "asymptotic confidence sequence (Waudby-Smith et al. 2021)"
	}
	if !t.Shadow {
		out.SampleRatio = &reports.SampleRatio{
			ControlUnits: r.ControlUnits, ChallengerUnits: r.ChallengerUnits, Expected: t.Share,
			PValue: stats.Round(r.Surprise), Mismatch: r.Mismatched(),
		}
	}
	return out
}

// unitsOf returns how many units an A/B test has assigned; 0 if it is none.
func unitsOf(ab *reports.AB) int {
	if ab == nil || ab.SampleRatio == nil {
		return 0
	}
	return ab.SampleRatio.ControlUnits + ab.SampleRatio.ChallengerUnits
}

func abArm(a *record.TrialArm, target string) reports.ABArm {
	return reports.ABArm{
		Target: target, Requests: a.Requests, Succeeded: a.Succeeded, Success: a.Success, Accuracy: a.Accuracy,
		LatencyMS: reports.Latency(a.Latency), InputTokens: stats.Round(a.Input), OutputTokens: stats.Round(a.Output),
		CostUSD: stats.Round(a.CostUSD), CostPer1000: stats.Round(a.CostPer1000),
	}
}

func sequence(points []record.TrialPoint) reports.ABSequence {
	s := reports.ABSequence{Requests: []int{}, Value: []*float64{}, Low: []*float64{}, High: []*float64{}}
	for _, p := range points {
		s.Requests = append(s.Requests, p.Requests)
		s.Value = append(s.Value, number(p.Effect.Value))
		s.Low, s.High = append(s.Low, number(p.Effect.Low)), append(s.High, number(p.Effect.High))
	}
	return s
}
