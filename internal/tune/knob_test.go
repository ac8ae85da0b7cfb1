package tune_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/tune"
)

func TestParseKnob(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"h.delay=3s, 5s,p95":                        "3s 5s p95",
		"h.targets=[a, b],[b, a]":                   "[a, b] [b, a]",
		"h.delay=1s..4s:points=4":                   "1s 2s 3s 4s",
		"h.delay=1s..8s:log:points=4":               "1s 2s 4s 8s",
		"h.delay=100ms..10s:points=3":               "100ms 1s 10s",
		"h.delay=0s..2s:step=500ms":                 "0s 500ms 1s 1.5s 2s",
		"h.delay=1s..2s:step=400ms":                 "1s 1.4s 1.8s",
		"h.budget=1%..20%:points=3":                 "1% 4.47% 20%",
		"h.budget=1%..20%:linear:step=5%":           "1% 6% 11% 16%",
		"h.attempts=1..5":                           "1 2 3 4 5",
		"h.delay=p50..p90:points=5":                 "p50 p60 p70 p80 p90",
		"load.rate=10/s..30/s:points=3":             "10/s 20/s 30/s",
		"b.window=10 calls..30 calls:step=10 calls": "10 calls 20 calls 30 calls",
		"h.probability=0.1..0.3:points=3":           "0.1 0.2 0.3",
	} {
		k, err := tune.ParseKnob(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		grid, err := tune.Grid([]tune.Knob{k})
		must(t, err)
		var values []string
		for _, s := range grid {
			values = append(values, s.Changes[0].Value)
		}
		if diff := cmp.Diff(want, strings.Join(values, " ")); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestParseKnob_mistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"hedge.delay":              "must be KEY=VALUES",
		"=3s":                      "must be KEY=VALUES",
		"h.delay=3s,,5s":           "value 2 of the list is empty",
		"h.delay=5s..1s":           "must go upwards",
		"h.delay=1s..5%":           "numbers of one unit",
		"h.delay=1s..":             "numbers of one unit",
		"h.delay=a..b":             "numbers of one unit",
		"h.delay=1s..5s:points=1":  "from 2 to",
		"h.delay=1s..5s:step=9s":   "at most 4s",
		"h.delay=1s..5s:spacing=3": `unknown option "spacing"`,
		"h.attempts=0..5:log":      "has no logarithm",
		"h.budget=1%..NaN%":        "numbers of one unit",
	} {
		if _, err := tune.ParseKnob(text); !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// No text makes the parser or the grid fail otherwise than with an error.
func FuzzParseKnob(f *testing.F) {
	for _, seed := range []string{"a=1..2", "a=1s..2s:log", "a=p1..p2:step=p1", "a={,},[", "a=-1..1:points=3", "a=1e300..1e308"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := tune.ParseKnob(text)
		if err != nil {
			return
		}
		grid, err := tune.Grid([]tune.Knob{k})
		if err == nil && len(grid) == 0 {
			t.Error("an empty grid")
		}
		again, err := tune.ParseKnob(k.String())
		if err != nil || again.Key != k.Key {
			t.Errorf("%q prints as %q: %v", text, k, err)
		}
	})
}
