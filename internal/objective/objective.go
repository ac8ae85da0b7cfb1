// Package objective reads and evaluates objectives, the sentences of a scenario
// that a strategy has to fulfil:
//
//	guarded.success >= 99.9%
//	hedge.p95 <= 0.6 * single.p95
//	hedge.p99 - single.p99 < -2s
//	hedge.during(outage).success >= 99%
//
// An objective is one comparison (<=, <, >=, >) of two arithmetic expressions
// over metrics of strategies and literals: numbers (1.3), percentages (99.9%)
// and durations as Go writes them (250ms, 1m30s). Every expression has a
// [Unit], and mixing units is an error when the objective is read, so that
// "p95 <= 3" is caught before anything runs instead of being compared with
// three milliseconds. Names of strategies may contain hyphens; a minus after
// such a name is told apart by the dot: in a-b.p95 the strategy is "a-b".
//
// The parser is our own because no expression library we know has literals
// with units, checks units, or tells which strategies a sentence speaks of;
// stripping all that from a general one takes more code than the grammar:
//
//	objective  = sum ("<=" | "<" | ">=" | ">") sum
//	sum        = product {("+" | "-") product}
//	product    = factor {("*" | "/") factor}
//	factor     = "-" factor | "(" sum ")" | literal | reference
//	reference  = strategy "." [("during" "(" fault ")") "."] metric
//
// Evaluation takes the metrics' values from a function, so that the same
// objective can be evaluated on the measured values and on each replicate of a
// bootstrap.
package objective

import (
	"fmt"
	"math"
	"slices"
)

// Objective is a parsed and checked objective. It is immutable and safe for
// concurrent use.
type Objective struct {
	text        string
	op          string
	left, right node
	refs        []Ref
	leftRefs    int // how many of refs stand on the left
	subject     string
}

// Ref is a metric of a strategy that an objective speaks of.
type Ref struct {
	Strategy string
	// Fault names the fault during which the metric is taken; "" is the whole
	// run.
	Fault string
	// Metric is one of the names of [Metrics], or, with a fault, of
	// [FaultMetrics].
	Metric string
	// Column is where the strategy's name begins and FaultColumn where the
	// fault's does, counted in characters from 1; FaultColumn is 0 without one.
	Column, FaultColumn int
}

// String returns the reference as it is written in an objective.
func (r Ref) String() string {
	if r.Fault == "" {
		return r.Strategy + "." + r.Metric
	}
	return fmt.Sprintf("%s.during(%s).%s", r.Strategy, r.Fault, r.Metric)
}

// Unit returns the unit of the metric.
func (r Ref) Unit() Unit {
	m, _ := lookUp(r.Metric, r.Fault != "")
	return m.unit
}

// SyntaxError is an objective that cannot be read, or that mixes units.
type SyntaxError struct {
	// Column is where the mistake is, counted in characters from 1.
	Column int
	// Message says what is wrong and what would be allowed.
	Message string
}

// Error returns column and message.
func (e *SyntaxError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

// Parse reads an objective. The error is always a [*SyntaxError].
func Parse(text string) (*Objective, error) {
	p := &parser{lexer: lexer{text: []rune(text)}}
	o, err := p.objective()
	if err != nil {
		return nil, err
	}
	o.text = text
	return o, nil
}

// String returns the text that was parsed.
func (o *Objective) String() string { return o.text }

// Op returns the comparison: "<=", "<", ">=" or ">".
func (o *Objective) Op() string { return o.op }

// Refs returns the metrics the objective speaks of, in reading order.
func (o *Objective) Refs() []Ref { return append([]Ref(nil), o.refs...) }

// Subject returns the strategy that is judged: the first one named on the left
// side, or, if there is none, on the right.
func (o *Objective) Subject() string { return o.subject }

// Demands says whether the objective asks its subject to be good: to succeed, agree
// or be right at least so often, or to take, cost or call at most so much. One
// that does not, such as naive.success <= 50%, is a claim about the run: it can
// hold or not, but meeting it is no merit of its subject. What counts is the
// subject's first metric, taken to grow with the side it stands on.
func (o *Objective) Demands() bool {
	first := slices.IndexFunc(o.refs, func(r Ref) bool { return r.Strategy == o.subject })
	most := o.op == "<=" || o.op == "<"
	if first >= o.leftRefs {
		most = !most
	}
	m, _ := lookUp(o.refs[first].Metric, o.refs[first].Fault != "")
	return most == (m.good == low)
}

// Strategies returns the strategies named, each once, the subject first.
func (o *Objective) Strategies() []string {
	names := []string{o.subject}
	seen := map[string]bool{o.subject: true}
	for _, r := range o.refs {
		if !seen[r.Strategy] {
			seen[r.Strategy] = true
			names = append(names, r.Strategy)
		}
	}
	return names
}

// Unit returns the unit both sides have.
func (o *Objective) Unit() Unit {
	if u := o.left.unit(); u != Number {
		return u
	}
	return o.right.unit()
}

// Eval computes both sides, latencies in milliseconds, from the values that
// value returns. Infinite values are allowed (a percentile that fails is slower
// than anything). ok is false when value does not know a metric, or when a side
// is not a number, as in 0/0 or the difference of two infinite latencies.
func (o *Objective) Eval(value func(Ref) (v float64, ok bool)) (left, right float64, ok bool) {
	left, okLeft := o.left.eval(value)
	right, okRight := o.right.eval(value)
	ok = okLeft && okRight && !math.IsNaN(left) && !math.IsNaN(right)
	return left, right, ok
}

// Holds says whether the comparison is true of the two sides.
func (o *Objective) Holds(left, right float64) bool {
	switch o.op {
	case "<=":
		return left <= right
	case "<":
		return left < right
	case ">=":
		return left >= right
	default:
		return left > right
	}
}

// Valid says whether name can be the name of a strategy or fault in an
// objective: a letter, then letters, digits, hyphens and underscores (ASCII).
func Valid(name string) bool {
	for i, r := range name {
		if !isLetter(r) && (i == 0 || !inName(r)) {
			return false
		}
	}
	return name != ""
}
