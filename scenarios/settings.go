package scenarios

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/strategies"
)

// budgetOf returns what makes a fresh budget.
func budgetOf(share float64) func() *strategies.Budget {
	return func() *strategies.Budget { return strategies.NewBudget(share) }
}

// budget reads a share of requests, or "none".
func (v value) budget() func() *strategies.Budget {
	if text, ok := scalar(v.node); ok && text == "none" {
		return func() *strategies.Budget { return nil }
	}
	const what = "a share of requests such as 10%, or none for no limit"
	text, ok := v.text(what)
	if !ok {
		return nil
	}
	share, ok := parseShare(text)
	if !ok || share < 0 || share > 10 {
		v.must(what)
	}
	return budgetOf(share)
}

func (v value) trigger() strategies.Trigger {
	if v.choice("trigger", "answer", "first_token") == "first_token" {
		return strategies.OnFirstToken
	}
	return strategies.OnAnswer
}

// hedgeDelay is a delay as it is written: fixed, or a percentile.
type hedgeDelay struct {
	fixed      time.Duration
	percentile float64 // 0: fixed
}

// hedgeDelay reads a duration, or a percentile such as p95.
func (v value) hedgeDelay() (d hedgeDelay) {
	const what = durations + ", or a percentile of the primary's latency such as p95"
	text, ok := v.text(what)
	if !ok {
		return d
	}
	digits, ok := strings.CutPrefix(text, "p")
	if !ok {
		if _, err := time.ParseDuration(text); err != nil {
			v.must(what)
			return d
		}
		d.fixed = v.duration()
		return d
	}
	if d.percentile, ok = parseFloat(digits); !ok || d.percentile < 1 || d.percentile > 99.9 {
		v.must("a percentile from p1 to p99.9, or " + durations)
	}
	return d
}

func (v value) regexp() strategies.Extractor {
	re := v.pattern()
	if re == nil {
		return nil
	}
	return strategies.ExtractRegexp(re)
}

// pattern reads a regular expression.
func (v value) pattern() *regexp.Regexp {
	re, err := regexp.Compile(v.string())
	if err != nil {
		v.fail("is no regular expression of Go: %v", err)
		return nil
	}
	return re
}

// window reads the window of a failure rate: a number of calls or a time.
func (v value) window() (calls int, lasts time.Duration) {
	const what = "a number of calls such as 100 calls, or a time such as 30s"
	text, ok := v.text(what)
	if !ok {
		return 0, 0
	}
	if digits, ok := strings.CutSuffix(text, "calls"); ok {
		calls, err := strconv.Atoi(strings.TrimSpace(digits))
		if err != nil || calls < 1 || calls > math.MaxInt16 {
			v.must("a number from 1 to 32767 calls, such as 100 calls, or a time such as 30s")
			return 1, 0
		}
		return calls, 0
	}
	if _, err := time.ParseDuration(text); err != nil {
		v.must(what)
		return 0, 0
	}
	return 0, v.positive()
}
