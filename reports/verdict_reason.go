package reports

import (
	"fmt"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// reason says why the winner won and what it brings.
func reason(d *Document, winner *Strategy, candidates []*Strategy, tie bool) string {
	own, all := len(d.objectivesOf(winner.Name)), plural(len(candidates), "strategy")
	first := fmt.Sprintf("Of the %s that pass all their objectives, %s has %s: ", all, winner.Name, advantage(winner, candidates))
	switch {
	case len(candidates) == 1:
		first = fmt.Sprintf("It is the only strategy that passes all its objectives (%d of %d): ", own, own)
	case tie:
		first = fmt.Sprintf("%s pass all their objectives. With %s, ", all, winner.Name)
	}
	if winner.Name == d.Baseline {
		first, _, _ = strings.Cut(first, ". With")
		return strings.TrimSuffix(first, ": ") + ": " + against(winner, nil) + "."
	}
	return first + against(winner, d.find(d.Baseline)) + "."
}

// advantage names what made the winner win; "lowest" without "estimated" only
// if its interval is clear of all others.
func advantage(winner *Strategy, candidates []*Strategy) string {
	cost, p95 := winner.costMultiplier(), winner.LatencyMS.P95
	cheapest, lowestCost, lowestP95 := true, "lowest", "lowest"
	for _, s := range candidates {
		if s == winner {
			continue
		}
		cheapest = cheapest && !less(s.costMultiplier(), cost)
		if overlap(s.costMultiplier(), cost) {
			lowestCost = "lowest estimated"
		}
		if overlap(s.LatencyMS.P95, p95) {
			lowestP95 = "lowest estimated"
		}
	}
	switch {
	case !cost.Known():
		return "the " + lowestP95 + " P95"
	case !cheapest:
		return "the " + lowestP95 + " P95 within 3% of the lowest cost"
	default:
		return "the " + lowestCost + " cost"
	}
}

// against compares the winner with the baseline in words.
func against(s, base *Strategy) string {
	if base == nil {
		return fmt.Sprintf("P95 is %s, %s failed", latencyText(s.LatencyMS.P95, s, 95), failedOf(s))
	}
	parts := []string{p95Against(s, base), failuresAgainst(s, base)}
	text := strings.Join(parts, " and ")
	if cost := s.costMultiplier(); cost.Known() {
		text += ", " + spend(cost)
	}
	return text
}

func p95Against(s, base *Strategy) string {
	a, b := s.LatencyMS.P95, base.LatencyMS.P95
	switch {
	case !a.Known() || !b.Known():
		return fmt.Sprintf("P95 is %s (%s: %s)", latencyText(a, s, 95), base.Name, latencyText(b, base, 95))
	case s.VersusBaseline == nil || !s.VersusBaseline.P95MS.clear():
		return fmt.Sprintf("P95 is %s, not clearly different from %s", formatMS(a.Value), formatMS(b.Value))
	case a.Value < b.Value:
		return fmt.Sprintf("P95 falls from %s to %s", formatMS(b.Value), formatMS(a.Value))
	default:
		return fmt.Sprintf("P95 rises from %s to %s", formatMS(b.Value), formatMS(a.Value))
	}
}

func failuresAgainst(s, base *Strategy) string {
	if s.Requests != base.Requests {
		return fmt.Sprintf("%s failed (%s: %s)", failedOf(s), base.Name, failedOf(base))
	}
	if s.failed() == base.failed() {
		return fmt.Sprintf("failed requests stay at %s of %s", formatCount(s.failed()), formatCount(s.Requests))
	}
	verb := "fall"
	if s.failed() > base.failed() {
		verb = "rise"
	}
	return fmt.Sprintf("failed requests %s from %s to %s of %s", verb,
		formatCount(base.failed()), formatCount(s.failed()), formatCount(s.Requests))
}

func failedOf(s *Strategy) string {
	return fmt.Sprintf("%s of %s requests", formatCount(s.failed()), formatCount(s.Requests))
}

// spend says how the cost differs from the baseline's, given its multiple of it.
func spend(cost stats.Estimate) string {
	change := strings.TrimLeft(formatChange(cost.Value), "+−")
	if change == "0%" {
		return "for the same spend"
	}
	text := "for " + change + " more spend"
	if cost.Value < 1 {
		text = "for " + change + " less spend"
	}
	if cost.HasInterval() && cost.Low <= 1 && cost.High >= 1 {
		text += ", which may be chance"
	}
	return text
}

// latencyText prints a percentile, "fails" or "unknown".
func latencyText(e stats.Estimate, s *Strategy, p float64) string {
	switch {
	case e.Known():
		return formatMS(e.Value)
	case s.lost(p):
		return fails
	default:
		return "unknown"
	}
}
