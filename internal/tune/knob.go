package tune

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ErrInput is what errors about knobs, goals and limits wrap: the input is wrong
// and its message says what would be needed.
var ErrInput = errors.New("cannot be tuned")

// mistake returns an error that wraps [ErrInput] without saying so.
func mistake(format string, args ...any) error {
	return &inputError{fmt.Errorf(format, args...)}
}

type inputError struct{ error }

func (e *inputError) Unwrap() []error { return []error{ErrInput, e.error} }

// Knob is a key of a scenario and the values to try for it: a list, or the
// points of a range. It is immutable and safe for concurrent use.
type Knob struct {
	// Key is the way to the value, as in [scenarios.Change].
	Key    string
	values []string // of a list
	scale  *scale   // of a range
	points int      // of a range; 0: as many as suit the number of knobs
}

// ParseKnob reads KEY=VALUES. VALUES is a list, such as 3s,5s,p95, or a range
// such as 500ms..10s, 1%..20% or 1..9, which may be followed by :points=9, by
// :step=250ms, and by :log or :linear. Without these a range that spans a factor
// of ten is spaced evenly in its logarithm, any other evenly. The error wraps
// [ErrInput].
func ParseKnob(text string) (Knob, error) {
	key, values, ok := strings.Cut(text, "=")
	key, values = strings.TrimSpace(key), strings.TrimSpace(values)
	if !ok || key == "" || values == "" {
		return Knob{}, mistake("knob %q: must be KEY=VALUES, such as hedge.delay=500ms..10s or hedge.delay=3s,5s,p95", text)
	}
	if strings.Contains(values, "..") {
		return parseRange(key, values)
	}
	k := Knob{Key: key, values: splitList(values)}
	if i := slices.Index(k.values, ""); i >= 0 {
		return Knob{}, mistake("knob %q: value %d of the list is empty", text, i+1)
	}
	return k, nil
}

// ListKnob returns a knob with the given values.
func ListKnob(key string, values ...string) Knob { return Knob{Key: key, values: values} }

// splitList cuts at the commas outside of brackets.
func splitList(text string) []string {
	var all []string
	open, from := 0, 0
	for i, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open--
		case ',':
			if open == 0 {
				all = append(all, strings.TrimSpace(text[from:i]))
				from = i + 1
			}
		}
	}
	return append(all, strings.TrimSpace(text[from:]))
}

func parseRange(key, text string) (Knob, error) {
	bounds, options, _ := strings.Cut(text, ":")
	low, high, _ := strings.Cut(bounds, "..")
	s, err := newScale(strings.TrimSpace(low), strings.TrimSpace(high))
	if err != nil {
		return Knob{}, mistake("knob %q: %w", key+"="+text, err)
	}
	k := Knob{Key: key, scale: s}
	for option := range strings.SplitSeq(options, ":") {
		if err := k.option(strings.TrimSpace(option)); err != nil {
			return Knob{}, mistake("knob %q: %w", key+"="+text, err)
		}
	}
	return k, nil
}

// option takes one of the words after a range.
func (k *Knob) option(option string) error {
	name, value, _ := strings.Cut(option, "=")
	switch name {
	case "":
		return nil
	case "log":
		if k.scale.low <= 0 {
			return errors.New("a range from 0 has no logarithm: leave :log out")
		}
		k.scale.log = true
		return nil
	case "linear":
		k.scale.log = false
		return nil
	case "points":
		n, err := strconv.Atoi(value)
		if err != nil || n < 2 || n > maxSettings {
			return fmt.Errorf("points is %q, must be a whole number from 2 to %d", value, maxSettings)
		}
		k.points = n
		return nil
	case "step":
		step, err := k.scale.unit.parse(value)
		span := k.scale.high - k.scale.low
		if err != nil || step <= 0 || step > span {
			return fmt.Errorf("step is %q, must be more than 0 and at most %s", value, k.scale.unit.format(span))
		}
		k.scale.log, k.scale.exact = false, true
		k.scale.high = k.scale.low + step*math.Floor(span/step+1e-9)
		k.points = 1 + int(math.Round((k.scale.high-k.scale.low)/step))
		return nil
	default:
		return fmt.Errorf("unknown option %q: allowed are points=N, step=VALUE, log, linear", name)
	}
}

// at returns the value at a place: an index of a list, or from 0 to 1 in a range.
func (k *Knob) at(place float64) string {
	if k.scale == nil {
		return k.values[int(place)]
	}
	return k.scale.at(place)
}

// places returns the places of a grid, at most one for each value. A range
// without a number of points gets so many.
func (k *Knob) places(points int) []float64 {
	if k.scale == nil {
		all := make([]float64, len(k.values))
		for i := range all {
			all[i] = float64(i)
		}
		return all
	}
	if k.points > 0 {
		points = k.points
	}
	var all []float64
	seen := map[string]bool{}
	for i := range points {
		place := float64(i) / float64(points-1)
		if text := k.at(place); !seen[text] {
			seen[text] = true
			all = append(all, place)
		}
	}
	return all
}

// kind is the word for what the values were given as.
func (k *Knob) kind() string {
	if k.scale == nil {
		return "list"
	}
	return "range"
}

// ends says whether the value at a place is the least or the largest and there may
// be others beyond: not below 0, nor beyond one of two alternatives or of values
// without an order.
func (k *Knob) ends(place float64) bool {
	if k.scale != nil {
		return place == 1 || place == 0 && k.scale.low != 0
	}
	numbers := k.numbers()
	if len(numbers) < 3 {
		return false
	}
	v := numbers[int(place)]
	return v == slices.Max(numbers) || v == slices.Min(numbers) && v != 0
}

// numbers returns the values of a list, if all are numbers of one unit.
func (k *Knob) numbers() []float64 {
	u, err := unitOf(k.values[0], k.values[len(k.values)-1])
	if err != nil {
		return nil
	}
	all := make([]float64, len(k.values))
	for i, text := range k.values {
		if all[i], err = u.parse(text); err != nil {
			return nil
		}
	}
	return all
}

// spacing is the distance between neighbours in a grid; 0 for a list, whose
// values have no order.
func (k *Knob) spacing(points int) float64 {
	if k.scale == nil {
		return 0
	}
	if k.points > 0 {
		points = k.points
	}
	return 1 / float64(points-1)
}

// String returns the knob as it is written on a command line.
func (k Knob) String() string {
	if k.scale == nil {
		return k.Key + "=" + strings.Join(k.values, ",")
	}
	return k.Key + "=" + k.scale.unit.format(k.scale.low) + ".." + k.scale.unit.format(k.scale.high)
}
