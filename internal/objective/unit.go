package objective

import (
	"slices"
	"strings"
)

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

// sense says which values of a metric are good: low or high ones.
type sense bool

const (
	low  sense = false
	high sense = true
)

// metric is a name that may follow a strategy.
type metric struct {
	name string
	unit Unit
	good sense
}

// metrics are those of a whole run, in the order error messages list them.
var metrics = [...]metric{
	{"success", Ratio, high},
	{"p50", Milliseconds, low},
	{"p90", Milliseconds, low},
	{"p95", Milliseconds, low},
	{"p99", Milliseconds, low},
	{"p99_9", Milliseconds, low},
	{"mean", Milliseconds, low},
	{"max", Milliseconds, low},
	{"first_token_p50", Milliseconds, low},
	{"first_token_p95", Milliseconds, low},
	{"first_token_p99", Milliseconds, low},
	{"cost", Ratio, low},     // multiple of the baseline's
	{"usd", USD, low},        // of the whole run
	{"attempts", Count, low}, // per request
	{"accuracy", Ratio, high},
	{"agreement", Ratio, high},
	{"agreed_right", Ratio, high}, // right answers among those a panel agreed on
	{"escalated", Ratio, low},     // requests a panel left to another target
	{"picked_right", Ratio, high}, // by a judge, of the requests with a right candidate
	{"wasted", Ratio, low},        // share of the cost spent on unused answers
	{"hedge_rate", Ratio, low},    // hedges per request
	{"inter_token_p50", Milliseconds, low},
	{"inter_token_p95", Milliseconds, low},
	{"inter_token_p99", Milliseconds, low},
	{"tokens", Count, low},   // of output, per request
	{"rejected", Count, low}, // calls that were not made, per request
}

// faultMetrics are those in and after the window of a fault.
var faultMetrics = [...]metric{
	{"success", Ratio, high},
	{"p95", Milliseconds, low},
	{"recovered", Milliseconds, low}, // time to recover, from the fault's end
	{"amplification", Ratio, low},    // attempts per request over those outside
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

// lookUp returns the metric of a name, in the window of a fault or of the run.
func lookUp(name string, fault bool) (metric, bool) {
	table := metrics[:]
	if fault {
		table = faultMetrics[:]
	}
	i := slices.IndexFunc(table, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, false
	}
	return table[i], true
}

func allowedMetrics(fault bool) string {
	if fault {
		return strings.Join(FaultMetrics(), ", ")
	}
	return strings.Join(Metrics(), ", ") + ", during(FAULT)"
}
