package reports

import (
	"fmt"
	"math"
	"slices"
)

const (
	// fewest is the number of requests per strategy below which nothing is
	// recommended.
	fewest = 1000
	// beyond is the number of requests wanted beyond a judged percentile.
	beyond = 100
	// sameCost is the ratio of costs up to which the faster strategy wins.
	sameCost = 1.03
)

// rule is the rule of [Decide] in words, for the reader of a report.
const rule = "A candidate is a strategy with at least one objective of its own, all of which pass. " +
	"Of the candidates, the cheapest is recommended; within 3% of the lowest cost, the one with the lower P95. " +
	"Candidates whose intervals overlap in both cost and P95 are named together, and the baseline is kept if it is one of them."

// ruleNone replaces it where there are no objectives.
const ruleNone = "Without objectives nothing is recommended. A strategy is named alone only if its interval does not overlap the next one's."

// Decide draws the conclusion from the measurements and the verdicts on the
// objectives; d.Verdict is not read. The rule is in the result:
//
//   - An objective judges the strategy it names first. Candidates are the
//     strategies with at least one objective of their own, all of which pass;
//     one without an objective was not asked for, and is never recommended.
//   - Of the candidates the cheapest wins; within 3 % of the lowest cost, the
//     one with the lower P95; then the one named first in the scenario.
//   - If another candidate's intervals overlap the winner's in both cost and
//     P95, both are named. Recommend is then the winner by the estimates, or
//     the baseline if it is among them: a change needs evidence.
//   - Nothing is recommended with fewer than 1,000 requests for any strategy,
//     or fewer than 100 beyond a judged percentile.
//
// The verdict on an interrupted run is marked as provisional.
func Decide(d *Document) Verdict {
	v := decide(d)
	v.Findings = findings(d, v.Recommend)
	if d.Interrupted {
		v.Detail = "Provisional: the run stopped after " + partial(d) + ". " + v.Detail
	}
	return v
}

// partial says how much of an interrupted run was done.
func partial(d *Document) string {
	if d.Planned <= 0 {
		return plural(d.requests(), "request")
	}
	share := math.Floor(100 * float64(d.requests()) / float64(d.Planned))
	text := fmt.Sprintf("%.0f%% of the planned requests", share)
	if d.Spending != nil && d.Spending.Stopped {
		text += ", before it could cost more than " + formatUSD(d.Spending.LimitUSD)
	}
	return text
}

func decide(d *Document) Verdict {
	if v, ok := experiment(d); ok {
		return v
	}
	if len(d.Objectives) == 0 {
		return compareOnly(d)
	}
	if v, few := tooFew(d); few {
		return v
	}
	candidates := candidates(d)
	if len(candidates) == 0 {
		return noCandidate(d)
	}
	return recommend(d, candidates)
}

// tooFew is the verdict where there are not enough requests for any.
func tooFew(d *Document) (Verdict, bool) {
	need, why := fewest, "for any comparison"
	for _, o := range d.Objectives {
		if o.enough() > need && d.measured(o) {
			need, why = o.enough(), "for "+o.Text
		}
	}
	if d.requests() >= need {
		return Verdict{}, false
	}
	return Verdict{
		Headline: "Too few requests to decide.",
		Detail: fmt.Sprintf("It takes %s requests per strategy %s; this run has %s.",
			formatCount(need), why, formatCount(d.requests())),
		Rule: rule,
	}, true
}

// measured says whether all strategies that the objective speaks of were run.
func (d *Document) measured(o Objective) bool {
	return !slices.ContainsFunc(o.Strategies, func(name string) bool { return d.find(name) == nil })
}

// candidates returns the strategies with objectives, all of which pass.
func candidates(d *Document) []*Strategy {
	var list []*Strategy
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if s.AB != nil {
			continue // an experiment, with a verdict of its own
		}
		if own := d.objectivesOf(s.Name); len(own) > 0 && count(own, pass) == len(own) {
			list = append(list, s)
		}
	}
	return list
}

// best applies the rule to the estimates.
func best(candidates []*Strategy) *Strategy {
	lowest := slices.MinFunc(candidates, byCost).costMultiplier()
	winner := (*Strategy)(nil)
	for _, s := range candidates {
		cost := s.costMultiplier()
		near := !lowest.Known() || cost.Known() && cost.Value <= lowest.Value*sameCost
		if near && (winner == nil || less(s.LatencyMS.P95, winner.LatencyMS.P95)) {
			winner = s
		}
	}
	return winner
}

func byCost(a, b *Strategy) int {
	switch x, y := a.costMultiplier(), b.costMultiplier(); {
	case less(x, y):
		return -1
	case less(y, x):
		return 1
	default:
		return 0
	}
}

// tied returns the candidates that cannot be told from the winner, it first.
func tied(winner *Strategy, candidates []*Strategy) []*Strategy {
	list := []*Strategy{winner}
	for _, s := range candidates {
		if s != winner && overlap(s.LatencyMS.P95, winner.LatencyMS.P95) && sameMoney(s, winner) {
			list = append(list, s)
		}
	}
	return list
}

func sameMoney(a, b *Strategy) bool {
	x, y := a.costMultiplier(), b.costMultiplier()
	return overlap(x, y) || !x.Known() && !y.Known()
}

func recommend(d *Document, candidates []*Strategy) Verdict {
	winner := best(candidates)
	same := tied(winner, candidates)
	if i := slices.IndexFunc(same, func(s *Strategy) bool { return s.Name == d.Baseline }); i > 0 {
		same[0], same[i] = same[i], same[0]
		winner = same[0]
	}
	v := Verdict{Recommend: winner.Name, Rule: rule, Detail: reason(d, winner, candidates, len(same) > 1)}
	switch {
	case winner.Name == d.Baseline:
		v.Headline = "Keep " + winner.Name + "."
	case len(same) > 1:
		v.Headline = "Adopt " + oneOf(strategyNames(same)) + "."
	default:
		v.Headline = "Adopt " + winner.Name + "."
	}
	if len(same) > 1 {
		v.Detail = "This run cannot tell them apart on P95. " + v.Detail
		if winner.Name == d.Baseline {
			v.Detail = fmt.Sprintf("This run cannot tell %s from it on P95 or cost. ", allOf(strategyNames(same[1:]))) +
				reason(d, winner, candidates, true)
		}
	}
	return v
}

func strategyNames(list []*Strategy) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return names
}

func judgedNames(list []Objective) []string {
	var names []string
	for _, o := range list {
		if !slices.Contains(names, o.judged()) {
			names = append(names, o.judged())
		}
	}
	return names
}
