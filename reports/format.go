package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// fails is what a percentile above the success rate prints.
const fails = "fails"

// formatMS prints a latency given in milliseconds with three digits.
func formatMS(ms float64) string {
	switch abs := math.Abs(ms); {
	case abs == 0:
		return "0 ms"
	case abs < 999.5:
		return digits(ms, 3) + " ms"
	default:
		return digits(ms/1000, 3) + " s"
	}
}

// digits prints v with n significant digits, but every digit before the point.
func digits(v float64, n int) string {
	if v == 0 {
		return "0"
	}
	places := n - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	if rounded := math.Abs(v) + 0.5*math.Pow(10, -float64(places)); math.Floor(math.Log10(rounded)) > math.Floor(math.Log10(math.Abs(v))) {
		places-- // 9.996 with three digits is 10.0
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', max(places, 0), 64), "-", "−", 1)
}

// formatShare prints a share in percent, with as many digits as it takes not to
// round a failure away: 0.99988 is 99.988%, never 100%.
func formatShare(v float64) string {
	percent := v * 100
	for _, end := range []float64{0, 100} {
		if math.Abs(percent-end) < 1e-7 {
			percent = end // means of shares are off by less than any request
		}
	}
	places := 1
	for places < 6 && rounded(percent, places) && percent > 0 && percent < 100 {
		places++
	}
	if percent > 99.9 && percent < 100 {
		places = max(places, 3)
	}
	return strconv.FormatFloat(percent, 'f', placesOf(percent, places), 64) + "%"
}

// rounded says whether v would print as 0 or 100 with that many places.
func rounded(v float64, places int) bool {
	half := 0.5 * math.Pow(10, -float64(places))
	return v < half || v >= 100-half
}

func placesOf(percent float64, places int) int {
	if percent == math.Trunc(percent) {
		return 0
	}
	return places
}

// trim drops the zeros at the end of a number with a point.
func trim(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// formatPoints prints a difference of shares in percentage points.
func formatPoints(v float64) string {
	s := strconv.FormatFloat(v*100, 'f', 1, 64)
	if math.Abs(v) < 0.0005 {
		s = strings.Replace(digits(v*100, 1), "−", "-", 1)
	}
	return signed(s) + " pt"
}

// formatTimes prints a multiple.
func formatTimes(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "×" }

// formatCalls prints a part of the calls per request with the two places of their
// sum, or one digit of a small part.
func formatCalls(v float64) string {
	if math.Abs(v) >= 0.005 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return digits(v, 1)
}

// formatUSD prints an amount of money: whole cents as such, less than a dollar
// with three digits.
func formatUSD(v float64) string {
	if cents := v * 100; math.Abs(v) >= 0.995 || math.Abs(cents-math.Round(cents)) < 1e-9 {
		return "$" + strconv.FormatFloat(v, 'f', 2, 64)
	}
	return "$" + digits(v, 3)
}

// formatChange prints a relative change, such as −67%.
func formatChange(ratio float64) string {
	return signed(strconv.FormatFloat((ratio-1)*100, 'f', 0, 64)) + "%"
}

// signed puts a plus or a proper minus before a number.
func signed(s string) string {
	switch {
	case strings.HasPrefix(s, "-") && strings.Trim(s, "-0.") == "":
		return strings.TrimPrefix(s, "-")
	case strings.HasPrefix(s, "-"):
		return "−" + s[1:]
	case strings.Trim(s, "0.") == "":
		return s
	default:
		return "+" + s
	}
}

// formatCount prints a whole number with separators: 120,000.
func formatCount(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// formatClock prints a moment of a run given in milliseconds as 1:05 or 2:00:00.
func formatClock(ms float64) string {
	s := int(math.Round(ms / 1000))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// formatDuration prints a length of time given in milliseconds: 9 s, 2 min 5 s.
func formatDuration(ms float64) string {
	switch {
	case ms == 0:
		return "0 s"
	case ms < 999.5:
		return trim(digits(ms, 3)) + " ms"
	case ms < 59_950:
		return trim(digits(ms/1000, 3)) + " s"
	}
	s := int(math.Round(ms / 1000))
	parts := []string{}
	for _, u := range []struct {
		seconds int
		name    string
	}{{3600, "h"}, {60, "min"}, {1, "s"}} {
		if n := s / u.seconds; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+u.name)
		}
		s %= u.seconds
	}
	return strings.Join(parts, " ")
}

// formatInterval prints "1.09 s to 1.20 s", "1.09 s or more" where it is open, or
// "" without an interval.
func formatInterval(e stats.Estimate, format func(float64) string) string {
	switch {
	case !e.HasInterval():
		return ""
	case math.IsInf(e.High, 1):
		return format(e.Low) + " or more"
	case math.IsInf(e.Low, -1):
		return format(e.High) + " or less"
	}
	return format(e.Low) + " to " + format(e.High)
}

// shorten cuts s to at most n characters, with an ellipsis.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// oneOf joins names as "a", "a or b", "a, b or c"; beyond three it counts.
func oneOf(names []string) string { return enumerate(names, "or") }

// allOf joins names as "a", "a and b", "a, b and c"; beyond three it counts.
func allOf(names []string) string { return enumerate(names, "and") }

func enumerate(names []string, word string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > 3:
		return fmt.Sprintf("%s, %s %s %d others", names[0], names[1], word, n-2)
	default:
		return strings.Join(names[:n-1], ", ") + " " + word + " " + names[n-1]
	}
}

// plural prints a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		noun = stem + "ie"
	}
	return formatCount(n) + " " + noun + "s"
}
