package tune

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// scale is a range of numbers of one unit.
type scale struct {
	unit      unit
	low, high float64
	log       bool
	whole     bool // whole numbers only
	exact     bool // the user has given the step: no rounding to few digits
}

// newScale reads the two ends of a range.
func newScale(low, high string) (*scale, error) {
	u, err := unitOf(low, high)
	if err != nil {
		return nil, err
	}
	s := &scale{unit: u}
	if s.low, err = u.parse(low); err != nil {
		return nil, err
	}
	if s.high, err = u.parse(high); err != nil {
		return nil, err
	}
	if !(s.low < s.high) {
		return nil, fmt.Errorf("a range must go upwards, not from %s to %s", low, high)
	}
	s.log = s.low > 0 && s.high/s.low >= 10
	s.whole = !u.duration && !strings.ContainsAny(low+high, ".eE%/")
	return s, nil
}

// at returns the value at a place from 0 to 1, with three digits unless exact.
func (s *scale) at(place float64) string {
	v := s.low + place*(s.high-s.low)
	if s.log {
		v = s.low * math.Pow(s.high/s.low, place)
	}
	switch {
	case s.whole:
		v = math.Round(v)
	case s.exact:
		v = significant(v, 9)
	case place > 0 && place < 1:
		v = min(max(significant(v, 3), s.low), s.high)
	}
	return s.unit.format(v)
}

// significant rounds v to n significant digits.
func significant(v float64, n int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', n-1, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// unit is how a number is written: a duration, or something around the digits,
// such as the p of p95, the % of 10% or the calls of "100 calls".
type unit struct {
	duration       bool
	prefix, suffix string
}

var errEnds = errors.New("both ends of a range must be numbers of one unit, such as 500ms..10s, 1%..20%, 1..9 or p50..p99")

func unitOf(low, high string) (unit, error) {
	_, errLow := time.ParseDuration(low)
	_, errHigh := time.ParseDuration(high)
	if errLow == nil && errHigh == nil && (low != "0" || high != "0") {
		return unit{duration: true}, nil
	}
	u, ok := around(low)
	if v, same := around(high); !ok || !same || u != v {
		return unit{}, errEnds
	}
	return u, nil
}

// around returns what stands around the digits of a number.
func around(text string) (unit, bool) {
	const digits = "0123456789.-+"
	from := strings.IndexAny(text, digits)
	to := strings.LastIndexAny(text, "0123456789.")
	if from < 0 || to < from {
		return unit{}, false
	}
	return unit{prefix: text[:from], suffix: text[to+1:]}, true
}

func (u unit) parse(text string) (float64, error) {
	if u.duration {
		d, err := time.ParseDuration(text)
		return float64(d), err
	}
	digits := strings.TrimSuffix(strings.TrimPrefix(text, u.prefix), u.suffix)
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, errEnds
	}
	return v, nil
}

func (u unit) format(v float64) string {
	if u.duration {
		return formatDuration(time.Duration(math.Round(v)))
	}
	return u.prefix + strconv.FormatFloat(v, 'f', -1, 64) + u.suffix
}

// formatDuration prints a duration in one unit, such as 1.5s or 90s.
func formatDuration(d time.Duration) string {
	if d >= time.Second || d == 0 {
		return strconv.FormatFloat(float64(d)/float64(time.Second), 'f', -1, 64) + "s"
	}
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + "ms"
}
