package engine

import (
	"fmt"
	"math"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// The verdicts on an objective.
const (
	pass      = "pass"
	fail      = "fail"
	undecided = "undecided"
)

// judge decides an objective: it passes if its whole interval meets the limit,
// fails if none of it does, and is undecided otherwise.
//
// A single metric against a constant has the metric's own interval (order
// statistics, Wilson). Anything else is evaluated on every resample, so that the
// pairing of the strategies counts; the interval is then that of the difference
// of the two sides, shown around the limit.
func (f *figures) judge(o *objective.Objective, d *reports.Document) reports.Objective {
	out := reports.Objective{
		Text: o.String(), Verdict: undecided, Strategies: o.Strategies(), Claim: !o.Demands(), Unit: string(o.Unit()),
	}
	if d.SendLag != nil && f.saturated(d) {
		out.Why = "the load generator was late, so latencies say more about this machine than about the strategy"
	}
	left, right, ok := o.Eval(func(r objective.Ref) (float64, bool) {
		e := f.value(r)
		if !e.Known() && out.Why == "" {
			out.Why = fmt.Sprintf("%s: %s", r, e.Why)
		}
		return e.Value, e.Known()
	})
	if !ok {
		return f.beyond(o, out)
	}
	out.Value, out.Limit = number(left), number(right)
	margin := f.margin(o, left, right)
	out.Low, out.High = number(right+margin.Low), number(right+margin.High)
	if out.Why != "" {
		return out
	}
	switch low, high := o.Holds(snap(right+margin.Low, right), right), o.Holds(snap(right+margin.High, right), right); {
	case low && high:
		out.Verdict = pass
	case !low && !high:
		out.Verdict = fail
	default:
		out.Why = "the interval holds the limit; more requests would decide"
	}
	return out
}

// snap returns limit for a value that differs from it by rounding: resamples
// keep seven digits.
func snap(v, limit float64) float64 {
	if math.Abs(v-limit) <= 2e-7*math.Abs(limit) {
		return limit
	}
	return v
}

// beyond decides an objective of which a side has no value. A percentile that
// lies among the failures is slower than anything: where that makes the
// comparison true, or false, in practically every resample, it decides.
func (f *figures) beyond(o *objective.Objective, out reports.Objective) reports.Objective {
	lefts, rights, ok := f.resample(o)
	if !ok {
		return out
	}
	holds, misses := 0, 0
	for r := range lefts {
		switch {
		case math.IsInf(lefts[r], 0) == math.IsInf(rights[r], 0): // a number either side, or neither
		case o.Holds(lefts[r], rights[r]):
			holds++
		default:
			misses++
		}
	}
	enough := int(math.Ceil(0.975 * float64(len(lefts))))
	switch {
	case holds >= enough:
		out.Verdict = pass
	case misses >= enough:
		out.Verdict = fail
	}
	return out
}

// margin is left − right with its interval.
func (f *figures) margin(o *objective.Objective, left, right float64) stats.Estimate {
	refs := o.Refs()
	if len(refs) == 1 {
		// The metric alone against a constant has its own interval.
		if e := f.value(refs[0]); e.Value == left && e.HasInterval() {
			return stats.Between(left-right, e.Low-right, e.High-right)
		}
	}
	lefts, rights, ok := f.resample(o)
	if !ok {
		return stats.Between(left-right, left-right, left-right)
	}
	for r := range lefts {
		lefts[r] -= rights[r]
	}
	return f.replicates.Interval(left-right, lefts)
}

// resample evaluates both sides on every resample. Metrics that are not
// resampled keep their value.
func (f *figures) resample(o *objective.Objective) (lefts, rights []float64, ok bool) {
	for r := range record.Resamples {
		left, right, ok := o.Eval(func(ref objective.Ref) (float64, bool) { return f.replicate(ref, r) })
		if !ok {
			return nil, nil, false
		}
		lefts, rights = append(lefts, left), append(rights, right)
	}
	return lefts, rights, true
}

// replicate returns a metric under a resample.
func (f *figures) replicate(ref objective.Ref, r int) (float64, bool) {
	i := f.place(ref.Strategy)
	if i < 0 {
		return 0, false
	}
	if ref.Fault == "" {
		if ref.Metric == "cost" {
			_, own, _ := f.replicates.Vector(i, "cost")
			_, base, _ := f.replicates.Vector(f.base, "cost")
			return own[r] / base[r], true
		}
		if _, vector, ok := f.replicates.Vector(i, ref.Metric); ok {
			return vector[r], true
		}
	}
	e := f.value(ref)
	return e.Value, e.Known()
}

// value returns a metric as it was measured.
func (f *figures) value(ref objective.Ref) stats.Estimate {
	i := f.place(ref.Strategy)
	if i < 0 {
		return stats.Missing("it was not run")
	}
	if ref.Fault != "" {
		return f.during(i, ref)
	}
	if e, ok := f.estimate(i, ref.Metric); ok {
		return e
	}
	return f.total(i, ref.Metric)
}

// estimate returns a metric that has an interval of its own.
func (f *figures) estimate(i int, metric string) (stats.Estimate, bool) {
	r := f.lanes[i].recorder
	pick := func(l record.Latency, name string) (stats.Estimate, bool) {
		e, ok := map[string]stats.Estimate{
			"p50": l.P50, "p90": l.P90, "p95": l.P95, "p99": l.P99, "p99_9": l.P999, "mean": l.Mean,
		}[name]
		return e, ok
	}
	switch metric {
	case "success":
		return r.Success(), true
	case "accuracy":
		return r.Accuracy(), true
	case "agreement":
		if a := r.Agreement(); a != nil {
			return a.Rate, true
		}
		return stats.Missing("no panel voted"), true
	case "agreed_right", "escalated":
		return panelShare(r.Agreement(), metric), true
	case "picked_right":
		return pickedRight(r), true
	}
	if e, ok := pick(r.Latency(), metric); ok {
		return e, true
	}
	if name, ok := cutFirst(metric); ok {
		return pick(r.FirstToken(), name)
	}
	if name, ok := strings.CutPrefix(metric, "inter_token_"); ok {
		if l, ok := r.InterToken(); ok {
			return pick(l, name)
		}
		return stats.Missing("no answer came token by token"), true
	}
	return stats.Estimate{}, false
}

func cutFirst(metric string) (string, bool) {
	const prefix = "first_token_"
	if len(metric) > len(prefix) && metric[:len(prefix)] == prefix {
		return metric[len(prefix):], true
	}
	return "", false
}

// total returns a metric without an interval of its own.
func (f *figures) total(i int, metric string) stats.Estimate {
	r := f.lanes[i].recorder
	n := float64(max(1, r.Requests()))
	switch metric {
	case "max":
		if l := r.Latency(); l.Max != nil {
			return stats.Exactly(*l.Max)
		}
		return stats.Missing("no request succeeded")
	case "cost":
		return f.ratio(i, "cost")
	case "usd":
		return stats.Exactly(r.Cost().Value)
	case "attempts":
		return stats.Exactly(r.Attempts().PerRequest)
	case "wasted":
		return stats.Exactly(r.Wasted())
	case "tokens":
		return stats.Exactly(float64(r.Tokens().Output) / n)
	case "rejected":
		return stats.Exactly(float64(r.Attempts().Rejected) / n)
	case "hedge_rate":
		return stats.Exactly(float64(r.Hedges().Fired) / n)
	default:
		return stats.Missing("it is not measured")
	}
}

// during returns a metric in or after a fault.
func (f *figures) during(i int, ref objective.Ref) stats.Estimate {
	for _, w := range f.lanes[i].recorder.Faults() {
		if w.Name != ref.Fault {
			continue
		}
		switch ref.Metric {
		case "success":
			return w.SuccessDuring
		case "p95":
			return w.P95During
		case "amplification":
			return stats.Exactly(w.Amplification)
		case "recovered":
			if w.RecoveredAfterMS == nil {
				return stats.Missing("it had not recovered when the run ended (" + w.Recovery + ")")
			}
			return stats.Exactly(*w.RecoveredAfterMS)
		}
	}
	return stats.Missing("there was no such fault")
}
