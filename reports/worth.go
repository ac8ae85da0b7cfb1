package reports

import (
	"fmt"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// When asking several models at once is said not to be worth it. All of the
// interval must say so: what has not been shown is not said.
const (
	// dearly is the multiple of the baseline's cost from which parallel calls
	// are expected to buy something.
	dearly = 1.25
	// littleGain is the reduction of the P95 that does not count as something.
	littleGain = 0.15
)

// parallelNotWorthIt remarks on the dearest strategy that asks several models at
// once and gets nothing for it: more failures than the baseline, or a P95 that is
// at best a little lower for a good deal more money.
func parallelNotWorthIt(d *Document, recommended string) (Finding, bool) {
	base := d.find(d.Baseline)
	var worst *Strategy
	text := ""
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if base == nil || s == base || s.Name == recommended || !s.parallel() {
			continue
		}
		says := notWorthIt(s, base)
		if says == "" || worst != nil && s.costMultiplier().Value <= worst.costMultiplier().Value {
			continue
		}
		worst, text = s, says
	}
	if worst == nil {
		return Finding{}, false
	}
	return Finding{ID: "parallel-not-worth-it", Severity: "medium", Section: "cost", Text: text}, true
}

// parallel says whether the strategy is meant to win time by asking several
// models at once. A panel is not: it wins accuracy.
func (s *Strategy) parallel() bool { return s.Kind == "race" || s.Kind == "hedge" }

// notWorthIt says what a strategy costs more than the baseline without getting
// anything for it, or "".
func notWorthIt(s, base *Strategy) string {
	cost, x := s.costMultiplier(), s.VersusBaseline
	if x == nil || !cost.HasInterval() || cost.Low <= 1 {
		return ""
	}
	if x.Success.clear() && *x.Success.High < 0 {
		return fmt.Sprintf("%s costs %s times as much as %s and fails more requests: %s succeed, against %s.",
			s.Name, digits(cost.Value, 3), base.Name, formatShare(s.Success.Value), formatShare(base.Success.Value))
	}
	best := x.P95Ratio // the lower end is the most that it can have won
	if x.Success.clear() || cost.Low < dearly || !best.HasInterval() || best.Low < 1-littleGain {
		return ""
	}
	return fmt.Sprintf("%s costs %s times as much as %s, and its P95 is %s: %s against %s.",
		s.Name, digits(cost.Value, 3), base.Name, gain(best), formatMS(s.LatencyMS.P95.Value), formatMS(base.LatencyMS.P95.Value))
}

// gain says how much lower a P95 is at best, given its ratio to the baseline's.
func gain(ratio stats.Estimate) string {
	switch {
	case ratio.Low > 1:
		return "higher"
	case ratio.High >= 1:
		return fmt.Sprintf("not shown to be lower, by %s at the very best", formatShare(1-ratio.Low))
	default:
		return fmt.Sprintf("at best %s lower", formatShare(1-ratio.Low))
	}
}

// noticed is the wait in milliseconds that interrupts a reader's flow of thought
// [Nielsen, "Usability Engineering", 1993].
const noticed = 1000

// lateFirstToken remarks on a strategy of parallel calls that lets a reader wait
// for the whole answer, where the baseline begins to speak far sooner: by the
// intervals, at less than half the time and at least a second before.
func lateFirstToken(d *Document, recommended string) (Finding, bool) {
	base := d.find(d.Baseline)
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if base == nil || s == base || s.Name == recommended || !s.parallel() {
			continue
		}
		own, theirs := s.FirstTokenMS.P50, base.FirstTokenMS.P50
		if !own.HasInterval() || !theirs.HasInterval() || own.Low < 2*theirs.High || own.Low-theirs.High < noticed {
			continue
		}
		return Finding{
			ID: "first-token-late", Severity: "low", Section: "streaming",
			Text: fmt.Sprintf("%s shows nothing before an answer is complete: its median first token comes after %s, that of %s after %s.",
				s.Name, formatMS(own.Value), base.Name, formatMS(theirs.Value)),
		}, true
	}
	return Finding{}, false
}

// advice are the findings on parallel calls, which every form of the report shows.
func (d *Document) advice() []string {
	var all []string
	for _, f := range d.Verdict.Findings {
		if f.ID == "parallel-not-worth-it" || f.ID == "first-token-late" {
			all = append(all, f.Text)
		}
	}
	return all
}
