package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// value prints an estimate with half the width of its interval, in percent of
// the value, or in points for a share.
func (x *Change) value(e stats.Estimate) string {
	if !e.Known() {
		return x.point(e)
	}
	half := (e.High - e.Low) / 2
	closed := e.HasInterval() && !math.IsInf(half, 0) && e.Value != 0
	switch text := x.format(e.Value); {
	case !closed:
		return text
	case x.Unit == "ratio":
		return text + " ± " + digits(100*half, 2)
	default:
		return text + " ± " + digits(100*half/math.Abs(e.Value), 1) + "%"
	}
}

func (x *Change) format(v float64) string {
	switch x.Unit {
	case "ms":
		return formatMS(v)
	case "ratio":
		return formatShare(v)
	case "usd":
		return formatUSD(1000*v) + "/k"
	default:
		return digits(v, 3)
	}
}

// point prints an estimate without its interval.
func (x *Change) point(e stats.Estimate) string {
	switch {
	case e.Known():
		return x.format(e.Value)
	case amongFailures(e):
		return fails
	default:
		return "–"
	}
}

// amongFailures says whether a percentile has no value because so many requests
// failed.
func amongFailures(e stats.Estimate) bool { return !e.Known() && strings.HasSuffix(e.Why, "failed") }

// The ways in which a percentile can come to lie among the failures.
const (
	failsNeither = iota
	failsNow     // it had a value
	failsNoMore  // it has one now
	failsStill
)

func (x *Change) failed() int {
	switch was, is := amongFailures(x.Old), amongFailures(x.New); {
	case was && is:
		return failsStill
	case is && x.Old.Known():
		return failsNow
	case was && x.New.Known():
		return failsNoMore
	default:
		return failsNeither
	}
}

// change prints the difference, or ~ if it may be chance.
func (x *Change) change() string {
	doubt := ""
	if x.Verdict == NotTested {
		doubt = " ?"
	}
	switch way := x.failed(); {
	case way == failsNow:
		return "lost" + doubt
	case way == failsNoMore:
		return "gained" + doubt
	case way == failsStill:
		return "still fails"
	case x.Verdict == Same:
		return "="
	case x.Verdict == Unclear:
		return "~"
	case x.Delta.Delta == nil:
		return "–"
	case x.Unit == "ratio":
		return formatPoints(*x.Delta.Delta) + doubt
	default:
		return relative(*x.Delta.Delta, x.Old.Value) + doubt
	}
}

// sentence says in words what became of the metric, and whether that may be
// chance.
func (x *Change) sentence() string {
	out := x.value(x.Old) + " → " + x.value(x.New)
	switch change := x.change(); {
	case x.Verdict == Same:
		return out + ", the same"
	case x.Verdict == Unclear:
		out += ", which may be chance"
	case change != "–":
		out += ", " + change
	}
	switch p := x.p(); {
	case strings.HasPrefix(p, "<"):
		out += ", p < " + p[1:]
	case p != "":
		out += ", p = " + p
	}
	return out
}

// relative prints a relative change with a decimal where it is small.
func relative(delta, old float64) string {
	if old == 0 {
		return "–"
	}
	percent := 100 * delta / old
	if math.Abs(percent) < 10 {
		return signed(fmt.Sprintf("%.1f", percent)) + "%"
	}
	return signed(fmt.Sprintf("%.0f", percent)) + "%"
}

func (x *Change) p() string {
	switch {
	case x.Delta.P == nil:
		return ""
	case *x.Delta.P < 0.001:
		return "<0.001"
	default:
		return fmt.Sprintf("%.3f", *x.Delta.P)
	}
}
