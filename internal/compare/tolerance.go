package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Tolerance is how much worse a metric may become: a share of its old value,
// but points for success. Success has a tolerance of its own, since a share that
// is nearly one hardly changes in relation to itself.
type Tolerance struct {
	all float64
	own map[string]float64
}

// The tolerances by default: 5 %, and a tenth of a point of success.
const (
	defaultTolerance = 0.05
	successTolerance = 0.001
)

// ParseTolerance reads "5%", or a list such as "5%,p99=10%,success=0.1%"; what
// it leaves out keeps its default of 5 %, and 0.1 % for success.
func ParseTolerance(text string) (Tolerance, error) {
	t := Tolerance{all: defaultTolerance, own: map[string]float64{"success": successTolerance}}
	if text == "" {
		return t, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			value = name
		}
		share, err := parseShare(value)
		switch {
		case err != nil:
			return Tolerance{}, err
		case !named:
			t.all = share
		case !slices.ContainsFunc(metrics[:], func(m metric) bool { return m.name == name }):
			return Tolerance{}, fmt.Errorf("there is no metric %q: known are %s", name, strings.Join(metricNames(), ", "))
		default:
			t.own[name] = share
		}
	}
	return t, nil
}

func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0) || !percent {
		return 0, fmt.Errorf("tolerance is %q, want a percentage such as 5%%", text)
	}
	return v / 100, nil
}

func (t Tolerance) of(metric string) float64 {
	if v, ok := t.own[metric]; ok {
		return v
	}
	return t.all
}
