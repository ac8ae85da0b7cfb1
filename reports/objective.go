package reports

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// The verdicts on an objective.
const (
	pass      = "pass"
	fail      = "fail"
	undecided = "undecided"
)

var (
	comparison = regexp.MustCompile(`<=|>=|<|>|==`)
	percentile = regexp.MustCompile(`\bp(\d\d)(?:[_.]?(\d))?\b`)
	shares     = regexp.MustCompile(`\.(success|accuracy|agreement\w*|agreed_right|escalated|pairwise|wasted)\b`)
)

// metric is the left side of an objective without the name of its strategy.
func (o Objective) metric() string {
	left := o.Text
	if at := comparison.FindStringIndex(o.Text); at != nil {
		left = o.Text[:at[0]]
	}
	left = strings.TrimSpace(left)
	return strings.TrimPrefix(left, o.judged()+".")
}

// bound is the rest: the comparison and the limit.
func (o Objective) bound() string {
	at := comparison.FindStringIndex(o.Text)
	if at == nil {
		return ""
	}
	sign := strings.NewReplacer("<=", "≤", ">=", "≥", "==", "=").Replace(o.Text[at[0]:at[1]])
	return sign + " " + strings.TrimSpace(o.Text[at[1]:])
}

// short is the objective as it stands beside the name of its strategy.
func (o Objective) short() string { return strings.TrimSpace(o.metric() + " " + o.bound()) }

// percentile returns the percentile of latency it judges, in percent.
func (o Objective) percentile() (float64, bool) {
	m := percentile.FindStringSubmatch(o.metric())
	if m == nil {
		return 0, false
	}
	p, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
	return p, err == nil
}

// share says whether the value is a share, to be printed in percent.
func (o Objective) share() bool {
	return o.Unit == "ratio" && (strings.Contains(o.Text, "%") || shares.MatchString("."+o.metric()))
}

// format prints a value in the objective's unit.
func (o Objective) format(v float64) string {
	switch {
	case o.Unit == "ms":
		return formatMS(v)
	case o.Unit == "usd":
		return formatUSD(v)
	case o.share():
		return formatShare(v)
	case o.Unit == "ratio":
		return formatTimes(v)
	default:
		return digits(v, 3)
	}
}

// measured prints the value, or why there is none.
func (o Objective) measured() string {
	switch p, ok := o.percentile(); {
	case o.Value != nil:
		return o.format(*o.Value)
	case ok && p > 0 && strings.Contains(o.Why, "failed"):
		return fails
	default:
		return "no value"
	}
}

// interval prints the interval, or "".
func (o Objective) interval() string {
	if o.Low == nil || o.High == nil {
		return ""
	}
	return formatInterval(stats.Between(0, *o.Low, *o.High), o.format)
}

// Reading prints what was measured: the value with its interval, the limit where
// the text does not say it, and why there is no more to say.
func (o Objective) Reading() string {
	out := o.measured()
	if in := o.interval(); in != "" {
		out += " (" + in + ")"
	}
	if o.Limit != nil && len(o.Strategies) > 1 {
		out += ", limit " + limitOf(o)
	}
	if o.Why != "" {
		out += ", " + clean(o.Why)
	}
	return out
}

// crosses says whether the limit lies inside the interval.
func (o Objective) crosses() bool {
	return o.Limit != nil && o.Low != nil && o.High != nil && *o.Low <= *o.Limit && *o.Limit <= *o.High
}

// distance is how far the value is from the limit, as a share of the limit;
// infinite if there is no value.
func (o Objective) distance() float64 {
	if o.Value == nil || o.Limit == nil || *o.Limit == 0 {
		return math.Inf(1)
	}
	return math.Abs(*o.Value-*o.Limit) / math.Abs(*o.Limit)
}

// miss says in words by how much the objective is missed.
func (o Objective) miss() string {
	switch {
	case o.Value == nil && o.Why != "":
		return fmt.Sprintf("it misses %s: %s", o.short(), o.Why)
	case math.IsInf(o.distance(), 0):
		return fmt.Sprintf("it misses %s", o.short())
	case o.share():
		points := math.Abs(*o.Value-*o.Limit) * 100
		return fmt.Sprintf("it misses %s by %s points", o.short(), digits(points, 2))
	default:
		return fmt.Sprintf("it misses %s by %s%%", o.short(), digits(o.distance()*100, 2))
	}
}

// enough returns how many requests it takes to have 100 beyond the percentile
// it judges, and at least 1,000.
func (o Objective) enough() int {
	p, ok := o.percentile()
	if !ok {
		return fewest
	}
	return max(fewest, int(math.Round(beyond/(1-p/100))))
}
