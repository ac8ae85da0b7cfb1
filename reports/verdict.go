package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
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
	return fmt.Sprintf("%.0f%% of the planned requests", share)
}

func decide(d *Document) Verdict {
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
		if o.enough() > need {
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

// candidates returns the strategies with objectives, all of which pass.
func candidates(d *Document) []*Strategy {
	var list []*Strategy
	for i := range d.Strategies {
		s := &d.Strategies[i]
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

// reason says why the winner won and what it brings.
func reason(d *Document, winner *Strategy, candidates []*Strategy, tie bool) string {
	first := fmt.Sprintf("Of the %s that pass all their objectives, %s has %s", plural(len(candidates), "strategy"),
		winner.Name, advantage(winner, candidates))
	switch {
	case len(candidates) == 1:
		first = fmt.Sprintf("It is the only strategy that passes all its objectives (%d of %d)",
			len(d.objectivesOf(winner.Name)), len(d.objectivesOf(winner.Name)))
	case tie:
		first = fmt.Sprintf("They are among the %s that pass all their objectives", plural(len(candidates), "strategy"))
	}
	if winner.Name == d.Baseline {
		return first + "."
	}
	return first + ": " + against(winner, d.find(d.Baseline)) + "."
}

// advantage names what made the winner win; "lowest cost" only if its interval
// is clear of all others.
func advantage(winner *Strategy, candidates []*Strategy) string {
	cost := winner.costMultiplier()
	cheapest, alone := true, true
	for _, s := range candidates {
		if s != winner {
			cheapest = cheapest && !less(s.costMultiplier(), cost)
			alone = alone && !overlap(s.costMultiplier(), cost)
		}
	}
	switch {
	case !cost.Known():
		return "the lowest P95"
	case !cheapest:
		return "the lowest P95 within 3% of the lowest cost"
	case !alone:
		return "the lowest estimated cost"
	default:
		return "the lowest cost"
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
	return fmt.Sprintf("failed requests from %s to %s of %s",
		formatCount(base.failed()), formatCount(s.failed()), formatCount(s.Requests))
}

func failedOf(s *Strategy) string {
	return fmt.Sprintf("%s of %s requests", formatCount(s.failed()), formatCount(s.Requests))
}

func spend(cost stats.Estimate) string {
	change := strings.TrimLeft(formatChange(cost.Value), "+−")
	switch {
	case change == "0%":
		return "for the same spend"
	case cost.Value < 1:
		return "for " + change + " less spend"
	default:
		return "for " + change + " more spend"
	}
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

// noCandidate is the verdict where no strategy passes all its objectives.
func noCandidate(d *Document) Verdict {
	v := Verdict{Rule: rule}
	if open := undecidedOnly(d); len(open) > 0 {
		v.Headline = "Too few requests to decide."
		v.Detail = fmt.Sprintf("No strategy passes all its objectives, but %s might: %s.",
			oneOf(judgedNames(open)), openQuestion(open[0], d.requests()))
		return v
	}
	v.Headline = "No strategy passes every objective."
	if s, o, ok := closest(d); ok {
		v.Detail = fmt.Sprintf("%s comes closest: %s.", s, o.miss())
	}
	return v
}

// undecidedOnly returns the undecided objectives of strategies that fail none.
func undecidedOnly(d *Document) []Objective {
	var list []Objective
	for _, o := range d.Objectives {
		if o.Verdict == undecided && count(d.objectivesOf(o.judged()), fail) == 0 {
			list = append(list, o)
		}
	}
	return list
}

// openQuestion says what keeps an objective undecided, and about how many
// requests would settle it: an interval shrinks with the square root of them.
func openQuestion(o Objective, n int) string {
	if o.Why != "" && !o.crosses() {
		return fmt.Sprintf("%s is undecided, %s", o.Text, o.Why)
	}
	text := fmt.Sprintf("the interval of %s, %s, crosses the limit of %s", o.Text, o.interval(), limitOf(o))
	if o.Value == nil || o.Limit == nil || !o.crosses() || *o.Value == *o.Limit {
		return text
	}
	reach := max(*o.High-*o.Value, *o.Value-*o.Low) / math.Abs(*o.Value-*o.Limit)
	need := math.Ceil(float64(n) * reach * reach)
	if need > 1e8 {
		return text
	}
	return text + fmt.Sprintf("; about %s requests would decide it if the estimate holds", formatCount(roundUp(need)))
}

func limitOf(o Objective) string {
	if o.Limit == nil {
		return "unknown"
	}
	return o.format(*o.Limit)
}

// roundUp rounds a number of requests up to two digits.
func roundUp(n float64) int {
	unit := math.Pow(10, max(0, math.Floor(math.Log10(n))-1))
	return int(math.Ceil(n/unit) * unit)
}

// closest returns the strategy that misses the fewest objectives, of these the
// one whose widest miss is the narrowest, and that miss.
func closest(d *Document) (name string, worst Objective, ok bool) {
	fewestMissed, narrowest := math.MaxInt, math.Inf(1)
	for _, s := range d.Strategies {
		own := d.objectivesOf(s.Name)
		missed := count(own, fail)
		if missed == 0 {
			continue
		}
		o, width := widest(own)
		if missed < fewestMissed || missed == fewestMissed && width < narrowest {
			name, worst, ok = s.Name, o, true
			fewestMissed, narrowest = missed, width
		}
	}
	return name, worst, ok
}

func widest(objectives []Objective) (worst Objective, width float64) {
	width = -1
	for _, o := range objectives {
		if o.Verdict == fail && o.distance() > width {
			worst, width = o, o.distance()
		}
	}
	return worst, width
}

// compareOnly is the verdict without objectives.
func compareOnly(d *Document) Verdict {
	v := Verdict{Rule: ruleNone, Detail: "No objectives were given, so nothing is recommended."}
	switch n := d.requests(); {
	case len(d.Strategies) == 0:
		v.Headline = "Nothing was measured."
	case n < fewest:
		few, _ := tooFew(d)
		v.Headline, v.Detail = few.Headline, few.Detail+" "+v.Detail
	case len(d.Strategies) == 1:
		s := &d.Strategies[0]
		v.Headline = fmt.Sprintf("%s: P95 %s.", s.Name, latencyText(s.LatencyMS.P95, s, 95))
		v.Detail = "There is no other strategy to compare it with. " + v.Detail
	default:
		v.Headline = leaders(d)
	}
	return v
}

func leaders(d *Document) string {
	p95 := func(s *Strategy) stats.Estimate { return s.LatencyMS.P95 }
	text := "Every strategy fails at P95."
	if names := lowest(d, p95); len(names) > 0 {
		text = "Fastest at P95: " + oneOf(names) + "."
	}
	if names := lowest(d, (*Strategy).costMultiplier); len(names) > 0 {
		text += " Cheapest: " + oneOf(names) + "."
	}
	return text
}

// lowest names the strategy with the lowest estimate, then those whose interval
// overlaps its.
func lowest(d *Document, of func(*Strategy) stats.Estimate) []string {
	first := (*Strategy)(nil)
	for i := range d.Strategies {
		if s := &d.Strategies[i]; of(s).Known() && (first == nil || less(of(s), of(first))) {
			first = s
		}
	}
	if first == nil {
		return nil
	}
	names := []string{first.Name}
	for i := range d.Strategies {
		if s := &d.Strategies[i]; s != first && overlap(of(s), of(first)) {
			names = append(names, s.Name)
		}
	}
	return names
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
