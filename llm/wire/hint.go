package wire

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// retryAfter returns the wish of the response's headers for the time of the
// next try: retry-after-ms first, as it is finer, then Retry-After as seconds
// (a fraction is allowed) or as an HTTP date, counted from now.
func retryAfter(h http.Header, now time.Time) llm.Hint {
	if ms, ok := parseWait(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return llm.HintAfter(ms)
	}
	text := h.Get("Retry-After")
	if seconds, ok := parseWait(text, time.Second); ok {
		return llm.HintAfter(seconds)
	}
	if at, err := http.ParseTime(text); err == nil {
		return llm.HintAfter(at.Sub(now))
	}
	return llm.Hint{}
}

// parseWait reads a number of units. What is too long for a time.Duration, some
// 290 years, becomes the longest there is.
func parseWait(text string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, false
	}
	ns := math.Round(n * float64(unit))
	if ns >= math.MaxInt64 {
		return math.MaxInt64, true
	}
	return time.Duration(max(ns, 0)), true
}

// parseDelay reads a protobuf Duration in JSON, such as "45.837906927s".
func parseDelay(text string) llm.Hint {
	seconds, ok := strings.CutSuffix(text, "s")
	if !ok {
		return llm.Hint{}
	}
	d, ok := parseWait(seconds, time.Second)
	return llm.Hint{After: d, Given: ok}
}

var retryIn = regexp.MustCompile(`[Pp]lease (?:retry|try again) in ((?:[0-9]+h)?(?:[0-9]+m)?[0-9]+(?:\.[0-9]+)?m?s)`)

// delayInProse finds Gemini's "Please retry in 47.4s." or OpenAI's "Please try
// again in 1m9.696s." in a message.
func delayInProse(message string) llm.Hint {
	m := retryIn.FindStringSubmatch(message)
	if m == nil {
		return llm.Hint{}
	}
	d, err := time.ParseDuration(m[1])
	if err != nil {
		return llm.Hint{}
	}
	return llm.HintAfter(d)
}

// override reads the server's word on whether to retry.
func override(h http.Header) llm.Override {
	switch strings.ToLower(h.Get("X-Should-Retry")) {
	case "true":
		return llm.ForceRetry
	case "false":
		return llm.ForbidRetry
	default:
		return llm.NoOverride
	}
}

// setRetryAfter writes a hint as whole seconds, at least one. With ms it adds
// milliseconds where seconds are too coarse.
func setRetryAfter(h http.Header, wait llm.Hint, ms bool) {
	if !wait.Given {
		return
	}
	h.Set("Retry-After", strconv.FormatInt(max(ceilDiv(wait.After, time.Second), 1), 10))
	if ms && wait.After%time.Second != 0 {
		h.Set("Retry-After-Ms", strconv.FormatInt(ceilDiv(wait.After, time.Millisecond), 10))
	}
}

// setOverride writes the server's word on whether to retry.
func setOverride(h http.Header, o llm.Override) {
	switch o {
	case llm.ForceRetry:
		h.Set("X-Should-Retry", "true")
	case llm.ForbidRetry:
		h.Set("X-Should-Retry", "false")
	default:
	}
}

// ceilDiv returns how many units d takes, rounded up.
func ceilDiv(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit > 0 {
		n++
	}
	return n
}
