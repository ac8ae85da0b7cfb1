package reports

import (
	"fmt"
	"math"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

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
