package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// text reads a plain value; anything else is an error.
func (v value) text(what string) (string, bool) {
	text, ok := scalar(v.node)
	if !ok {
		v.must(what)
	}
	return text, ok
}

// string reads a text that is not empty.
func (v value) string() string {
	text, ok := v.text("text")
	if ok && strings.TrimSpace(text) == "" {
		v.fail("must not be empty")
	}
	return text
}

// choice reads one of a few words.
func (v value) choice(what string, words ...string) string {
	text, ok := v.text("one of " + strings.Join(words, ", "))
	if !ok {
		return ""
	}
	if slices.Contains(words, text) {
		return text
	}
	v.fail("%s", unknown(what, text, words))
	return ""
}

const durations = "a duration with its unit, such as 250ms, 3s or 2m"

// duration reads a duration that is not negative.
func (v value) duration() time.Duration { return v.durationFrom(0) }

// positive reads a duration above zero.
func (v value) positive() time.Duration { return v.durationFrom(1) }

func (v value) durationFrom(least time.Duration) time.Duration {
	text, ok := v.text(durations)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		v.must(durations)
	case d < 0:
		v.fail("must not be negative: write %s", durations)
	case d < least:
		v.fail("must be more than zero: write %s", durations)
	default:
		return d
	}
	return 0
}

// nanoseconds reads a duration as a float, for distributions.
func (v value) nanoseconds() float64 { return float64(v.duration()) }

// number reads a number in [low, high].
func (v value) number(low, high float64) float64 {
	what := "a number " + interval(low, high)
	text, ok := v.text(what)
	if !ok {
		return 0
	}
	f, ok := parseFloat(text)
	if !ok || f < low || f > high {
		v.must(what)
		return 0
	}
	return f
}

// amount reads a number that is not negative.
func (v value) amount() float64 { return v.number(0, math.MaxFloat64) }

// above reads a number greater than zero.
func (v value) above() float64 { return v.number(math.SmallestNonzeroFloat64, math.MaxFloat64) }

func interval(low, high float64) string {
	switch {
	case low == math.SmallestNonzeroFloat64:
		return "above 0"
	case high == math.MaxFloat64:
		return "of at least " + strconv.FormatFloat(low, 'g', -1, 64)
	default:
		return "from " + strconv.FormatFloat(low, 'g', -1, 64) + " to " + strconv.FormatFloat(high, 'g', -1, 64)
	}
}

// parseFloat reads a finite decimal number.
func parseFloat(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// integer reads a whole number in [low, high].
func (v value) integer(low, high int) int {
	what := "a whole number from " + strconv.Itoa(low) + " to " + strconv.Itoa(high)
	if high == math.MaxInt {
		what = "a whole number of at least " + strconv.Itoa(low)
	}
	text, ok := v.text(what)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		v.must(what)
		return 0
	}
	return n
}

// count reads a whole number of at least 1.
func (v value) count() int { return v.integer(1, math.MaxInt) }

// share reads a share: a number from 0 to 1, or a percentage.
func (v value) share() float64 {
	const what = "a share from 0 to 1, or from 0% to 100%"
	text, ok := v.text(what)
	if !ok {
		return 0
	}
	f, ok := parseShare(text)
	if !ok || f < 0 || f > 1 {
		v.must(what)
		return 0
	}
	return f
}

// chance reads a share above zero.
func (v value) chance() float64 {
	before := len(v.r.errs)
	f := v.share()
	if f == 0 && len(v.r.errs) == before {
		v.fail("must be more than 0, at most 1 or 100%%")
	}
	return f
}

func parseShare(text string) (float64, bool) {
	if digits, ok := strings.CutSuffix(text, "%"); ok {
		return parseFloat(strings.TrimSpace(digits) + "e-2")
	}
	return parseFloat(text)
}

// maxRate bounds rates, per second.
const maxRate = 1e6

// rate reads a rate above zero, per second.
func (v value) rate() float64 {
	before := len(v.r.errs)
	f := v.rateFromZero()
	if f == 0 && len(v.r.errs) == before {
		v.fail("must be more than zero, such as 20/s, 90/m or 500/h")
	}
	return f
}

// rateFromZero reads a rate that may be zero, per second.
func (v value) rateFromZero() float64 {
	text, ok := v.text(rateText)
	if !ok {
		return 0
	}
	f, err := ParseRate(text)
	if err != nil {
		v.must(rateText)
	}
	return f
}

const rateText = "a rate from 0/s to 1000000/s, such as 20/s, 90/m or 500/h"

// ParseRate reads a rate such as "20/s", "90/m" or "500/h" and returns it per
// second.
func ParseRate(text string) (perSecond float64, err error) {
	digits, unit, _ := strings.Cut(text, "/")
	seconds := map[string]float64{"s": 1, "m": 60, "h": 3600}[strings.TrimSpace(unit)]
	f, ok := parseFloat(strings.TrimSpace(digits))
	if !ok || seconds == 0 || f < 0 || f/seconds > maxRate {
		return 0, fmt.Errorf("%q must be %s", text, rateText)
	}
	return f / seconds, nil
}
