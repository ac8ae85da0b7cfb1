package objective

import "strings"

// Unit is what a value is measured in.
type Unit string

// The units.
const (
	// Number is a plain number, which takes on the unit of what it meets
	// unless that is a latency.
	Number       Unit = ""
	Milliseconds Unit = "ms"
	Ratio        Unit = "ratio" // 1 is 100 %
	USD          Unit = "usd"
	Count        Unit = "count"
)

// describe says what a unit is, for error messages.
func (u Unit) describe() string {
	switch u {
	case Milliseconds:
		return "a time"
	case Ratio:
		return "a ratio"
	case USD:
		return "an amount in USD"
	case Count:
		return "a count"
	default:
		return "a plain number"
	}
}

// allowed says what may stand beside a value of unit u.
func (u Unit) allowed() string {
	switch u {
	case Milliseconds:
		return "a time such as 250ms or 3s, or another latency"
	case Ratio:
		return "a ratio such as 99.9% or 1.3"
	case USD:
		return "an amount in USD such as 0.25"
	case Count:
		return "a number such as 2"
	default:
		return "a plain number or a ratio"
	}
}

func (u Unit) dimensionless() bool { return u == Number || u == Ratio }

// match returns the unit of a sum, difference or comparison of a and b.
func match(a, b Unit) (Unit, bool) {
	switch {
	case a == b, b == Number && a != Milliseconds:
		return a, true
	case a == Number && b != Milliseconds:
		return b, true
	default:
		return Number, false
	}
}

// multiply returns the unit of a*b: one of them must be without dimension.
func multiply(a, b Unit) (Unit, bool) {
	switch {
	case a == Number || a == Ratio && !b.dimensionless():
		return b, true
	case b.dimensionless():
		return a, true
	default:
		return Number, false
	}
}

// divide returns the unit of a/b: equal units make a ratio, and anything can be
// divided by something without dimension.
func divide(a, b Unit) (Unit, bool) {
	switch {
	case a == Number && b == Number:
		return Number, true
	case a == b, a == Number && b == Ratio:
		return Ratio, true
	case b.dimensionless():
		return a, true
	default:
		return Number, false
	}
}

// metric is a name that may follow a strategy, with its unit.
type metric struct {
	name string
	unit Unit
}

// metrics are those of a whole run, in the order error messages list them.
var metrics = [...]metric{
	{"success", Ratio},
	{"p50", Milliseconds},
	{"p90", Milliseconds},
	{"p95", Milliseconds},
	{"p99", Milliseconds},
	{"p99_9", Milliseconds},
	{"mean", Milliseconds},
	{"max", Milliseconds},
	{"first_token_p50", Milliseconds},
	{"first_token_p95", Milliseconds},
	{"first_token_p99", Milliseconds},
	{"cost", Ratio},     // multiple of the baseline's
	{"usd", USD},        // of the whole run
	{"attempts", Count}, // per request
	{"accuracy", Ratio},
	{"agreement", Ratio},
	{"agreed_right", Ratio}, // right answers among those a panel agreed on
	{"escalated", Ratio},    // requests a panel left to another target
	{"picked_right", Ratio}, // by a judge, of the requests with a right candidate
	{"wasted", Ratio},       // share of the cost spent on unused answers
	{"hedge_rate", Ratio},   // hedges per request
	{"inter_token_p50", Milliseconds},
	{"inter_token_p95", Milliseconds},
	{"inter_token_p99", Milliseconds},
	{"tokens", Count},   // of output, per request
	{"rejected", Count}, // calls that were not made, per request
}

// faultMetrics are those in and after the window of a fault.
var faultMetrics = [...]metric{
	{"success", Ratio},
	{"p95", Milliseconds},
	{"recovered", Milliseconds}, // time to recover, from the fault's end
	{"amplification", Ratio},    // attempts per request over those outside
}

// Metrics returns the names of the metrics of a strategy.
func Metrics() []string { return names(metrics[:]) }

// FaultMetrics returns the names of the metrics that may follow during(fault).
func FaultMetrics() []string { return names(faultMetrics[:]) }

func names(ms []metric) []string {
	all := make([]string, len(ms))
	for i, m := range ms {
		all[i] = m.name
	}
	return all
}

func unitOf(name string, fault bool) (Unit, bool) {
	table := metrics[:]
	if fault {
		table = faultMetrics[:]
	}
	for _, m := range table {
		if m.name == name {
			return m.unit, true
		}
	}
	return Number, false
}

func allowedMetrics(fault bool) string {
	if fault {
		return strings.Join(FaultMetrics(), ", ")
	}
	return strings.Join(Metrics(), ", ") + ", during(FAULT)"
}
