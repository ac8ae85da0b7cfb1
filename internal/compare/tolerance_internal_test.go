package compare

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTolerance(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Tolerance{
		"":                      {0.05, map[string]float64{"success": 0.001}},
		"2.5%":                  {0.025, map[string]float64{"success": 0.001}},
		"p99=10%":               {0.05, map[string]float64{"p99": 0.1, "success": 0.001}},
		"3%, success=1%,p50=0%": {0.03, map[string]float64{"p50": 0, "success": 0.01}},
	} {
		got, err := ParseTolerance(text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Tolerance{})); diff != "" || err != nil {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"5":        `tolerance is "5", want a percentage such as 5%`,
		"-5%":      "want a percentage",
		"NaN%":     "want a percentage",
		"speed=5%": `there is no metric "speed": known are success, p50`,
	} {
		if _, err := ParseTolerance(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
