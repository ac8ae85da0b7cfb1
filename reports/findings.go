package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

const (
	maxFindings = 3
	// hedgesHigh is the share of hedged requests worth a remark.
	hedgesHigh = 0.25
	// agreementLow is the share of panels with a quorum worth a remark.
	agreementLow = 0.6
	// flapping is the number of openings per fault worth a remark.
	flapping = 3
	// lagHigh is the send lag, as a share of the median latency, above which
	// the load generator and not the models may have been measured.
	lagHigh = 0.1
)

// findings returns at most three remarks, the most severe first; among equals
// the order is that of the rules.
func findings(d *Document, recommended string) []Finding {
	list := []Finding{}
	for _, rule := range []func(*Document, string) (Finding, bool){
		saturated, sampleMismatch, notRecovered, parallelNotWorthIt, lateFirstToken, lostPercentile, crossing, fastestFails,
		flappingBreaker, hedgingOften, disagreement, runnerUp,
	} {
		if f, ok := rule(d, recommended); ok {
			list = append(list, f)
		}
	}
	severity := []string{"high", "medium", "low"}
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Compare(slices.Index(severity, a.Severity), slices.Index(severity, b.Severity))
	})
	return list[:min(len(list), maxFindings)]
}

func saturated(d *Document, _ string) (Finding, bool) {
	base := d.find(d.Baseline)
	if d.SendLag == nil || base == nil || !base.LatencyMS.P50.Known() {
		return Finding{}, false
	}
	return Finding{
		ID: "load-generator-saturated", Severity: "high", Section: "run",
		Text: fmt.Sprintf("The load generator fell behind: 1%% of the requests were sent more than %s late, which is in their latency.",
			formatMS(d.SendLag.P99)),
	}, d.SendLag.P99 > lagHigh*base.LatencyMS.P50.Value
}

func notRecovered(d *Document, recommended string) (Finding, bool) {
	s := d.find(recommended)
	if s == nil {
		return Finding{}, false
	}
	for _, f := range s.Faults {
		if f.Recovery == "not_by_the_end" {
			return Finding{
				ID: "slow-recovery", Severity: "high", Section: "faults",
				Text: fmt.Sprintf("%s had not recovered from %s when the run ended.", s.Name, f.Name),
			}, true
		}
	}
	return Finding{}, false
}

func lostPercentile(d *Document, _ string) (Finding, bool) {
	names, missing := d.lost()
	verb := "have"
	if len(names) == 1 {
		verb = "has"
	}
	return Finding{
		ID: "percentile-lost-to-failures", Severity: "medium", Section: "spectrum",
		Text: fmt.Sprintf("%s %s %s.", allOf(names), verb, missing),
	}, len(names) > 0
}

// lost names the strategies whose failures have taken their P99, and says what
// percentile all of them lack.
func (d *Document) lost() (names []string, missing string) {
	missing = "no P95: more than 5% of the requests failed"
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if !s.lost(99) {
			continue
		}
		names = append(names, s.Name)
		if !s.lost(95) {
			missing = "no P99: more than 1% of the requests failed"
		}
	}
	return names, missing
}

func crossing(d *Document, _ string) (Finding, bool) {
	for _, o := range d.Objectives {
		if o.Verdict == undecided && o.crosses() {
			return Finding{
				ID: "interval-crosses-gate", Severity: "medium", Section: "gates",
				Text: fmt.Sprintf("%s is undecided: %s measured, but the interval %s crosses the limit.", o.Text, o.measured(), o.interval()),
			}, true
		}
	}
	return Finding{}, false
}

func fastestFails(d *Document, recommended string) (Finding, bool) {
	names := lowest(d, func(s *Strategy) stats.Estimate { return s.LatencyMS.P95 })
	if len(names) != 1 || names[0] == recommended {
		return Finding{}, false
	}
	for _, o := range d.objectivesOf(names[0]) {
		if o.Verdict == fail {
			return Finding{
				ID: "fastest-but-fails-gate", Severity: "medium", Section: "cost",
				Text: fmt.Sprintf("%s has the lowest P95 (%s) but misses %s: %s.", names[0],
					formatMS(d.find(names[0]).LatencyMS.P95.Value), o.short(), o.measured()),
			}, true
		}
	}
	return Finding{}, false
}

func flappingBreaker(d *Document, _ string) (Finding, bool) {
	for _, s := range d.Strategies {
		for _, b := range s.Breakers {
			if b.Opens > flapping*max(1, len(d.Scenario.Faults)) {
				return Finding{
					ID: "breaker-flapping", Severity: "medium", Section: "faults",
					Text: fmt.Sprintf("The breaker of %s around %s opened %d times in %s.", s.Name, b.Target, b.Opens,
						plural(len(d.Scenario.Faults), "fault")),
				}, true
			}
		}
	}
	return Finding{}, false
}

func hedgingOften(d *Document, _ string) (Finding, bool) {
	for _, s := range d.Strategies {
		if rate := float64(s.Hedges.Fired) / math.Max(1, float64(s.Requests)); rate > hedgesHigh {
			return Finding{
				ID: "hedge-rate-high", Severity: "low", Section: "amplification",
				Text: fmt.Sprintf("%s fired a hedge for %s of its requests: its delay is near the usual latency.", s.Name, formatShare(rate)),
			}, true
		}
	}
	return Finding{}, false
}

func disagreement(d *Document, _ string) (Finding, bool) {
	for _, s := range d.Strategies {
		if s.Agreement != nil && s.Agreement.Rate.HasInterval() && s.Agreement.Rate.High < agreementLow {
			return Finding{
				ID: "agreement-low", Severity: "medium", Section: "agreement",
				Text: fmt.Sprintf("The panel of %s reached a quorum for %s of the requests only.", s.Name, formatShare(s.Agreement.Rate.Value)),
			}, true
		}
	}
	return Finding{}, false
}

func runnerUp(d *Document, recommended string) (Finding, bool) {
	winner := d.find(recommended)
	rest := slices.DeleteFunc(candidates(d), func(s *Strategy) bool { return s == winner })
	if winner == nil || len(rest) == 0 {
		return Finding{}, false
	}
	second := best(rest)
	if overlap(second.LatencyMS.P95, winner.LatencyMS.P95) && sameMoney(second, winner) {
		return Finding{}, false // the headline names both
	}
	text := fmt.Sprintf("%s passes its objectives too: P95 %s", second.Name, latencyText(second.LatencyMS.P95, second, 95))
	if overlap(second.LatencyMS.P95, winner.LatencyMS.P95) {
		text += ", which cannot be told from that of " + winner.Name
	}
	if cost := second.costMultiplier(); cost.Known() {
		text += ", cost " + formatTimes(cost.Value)
	}
	return Finding{ID: "runner-up", Severity: "low", Section: "cost", Text: text + "."}, true
}
