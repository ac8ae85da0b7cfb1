package scenarios_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/scenarios"
)

const changeable = `# Ümlaut comment
load: {rate: 20/s, requests: 100}   # steady
models:
  gpt-4.1: {preset: gpt-4.1, latency: {constant: 1s}}
  b:
    latency: 2s        # slow
strategies:
  hedge: {hedge: {targets: [gpt-4.1, b], delay: '3s' , budget: 10%}}   # ours
  again:
    retry:
      target: b
  guarded:
    fallback:
      targets:
        - {breaker: {target: gpt-4.1, failures: 5}}
        - hedge
`

// A change touches nothing but its value, wherever that stands and however it
// is written.
func TestScenario_With(t *testing.T) {
	t.Parallel()
	sc := parsed(t)
	for key, c := range map[string]struct{ value, old, changed string }{
		"hedge.delay":                              {"250ms", "delay: '3s' ,", "delay: 250ms ,"},
		"hedge.hedge.delay":                        {"250ms", "delay: '3s' ,", "delay: 250ms ,"},
		"strategies.hedge.hedge.delay":             {"250ms", "delay: '3s' ,", "delay: 250ms ,"},
		"hedge.probability":                        {"0.5", "budget: 10%}", "budget: 10%, probability: 0.5}"},
		"hedge.targets":                            {"[b, gpt-4.1]", "[gpt-4.1, b]", "[b, gpt-4.1]"},
		"hedge.targets[1]":                         {"gpt-4.1", "[gpt-4.1, b]", "[gpt-4.1, gpt-4.1]"},
		"again.attempts":                           {"4", "      target: b", "      attempts: 4\n      target: b"},
		"again.target":                             {"hedge", "target: b\n  g", "target: hedge\n  g"},
		"guarded.targets[0].failures":              {"9", "failures: 5", "failures: 9"},
		"guarded.fallback.targets[0].breaker.open": {"9s", "failures: 5}", "failures: 5, open: 9s}"},
		"load.rate":                                {"9/s", "20/s", "9/s"},
		"models.b.latency":                         {"9s", "2s  ", "9s  "},
		"models.gpt-4.1.latency.constant":          {"9s", "constant: 1s", "constant: 9s"},
		"models.gpt-4.1.latency":                   {"{constant: 9s}", "{constant: 1s}", "{constant: 9s}"},
		"models.gpt-4.1.price":                     {"{input: 1, output: 2}", "1s}}", "1s}, price: {input: 1, output: 2}}"},
		"seed":                                     {"7", "load:", "seed: 7\nload:"},
		"guarded.timeout":                          {"7s", "      targets:\n", "      timeout: 7s\n      targets:\n"},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			changed, err := sc.With(scenarios.Change{Key: key, Value: c.value})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(changeable, c.old, c.changed, 1), changed.Source); diff != "" {
				t.Error(diff)
			}
			if got, ok := changed.Current(key); !ok || got != strings.Trim(c.value, "{}") && got != c.value {
				t.Errorf("Current = %q, %t, want %q", got, ok, c.value)
			}
		})
	}
}

func parsed(t *testing.T) *scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Parse("x.yaml", []byte(changeable))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// A fault is found by its name, that which it is given or that of its kind.
func TestScenario_With_faults(t *testing.T) {
	t.Parallel()
	const text = changeable + `faults:
  - {name: outage, to: 2m, status: {code: 529}}
  - {hang: {after_tokens: 1}}
  - hang:
      after_tokens: 2
`
	sc, err := scenarios.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for key, c := range map[string]struct{ value, old, changed string }{
		"faults.outage.to":                {"3m", "to: 2m", "to: 3m"},
		"faults.outage.status.code":       {"500", "529", "500"},
		"faults.hang.hang.after_tokens":   {"7", "tokens: 1", "tokens: 7"},
		"faults.hang-2.hang.after_tokens": {"7", "tokens: 2", "tokens: 7"},
		"faults[0].to":                    {"3m", "to: 2m", "to: 3m"},
	} {
		changed, err := sc.With(scenarios.Change{Key: key, Value: c.value})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if diff := cmp.Diff(strings.Replace(text, c.old, c.changed, 1), changed.Source); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	_, err = sc.With(scenarios.Change{Key: "faults.outrage.to", Value: "3m"})
	if want := `unknown fault "outrage" (did you mean "outage"?): allowed are outage, hang, hang-2`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// What stands in block style is replaced as a whole, with the comments behind it
// kept and those of its neighbours untouched.
func TestScenario_With_blocks(t *testing.T) {
	t.Parallel()
	const text = `about: |
  two
  lines
models:
  a: {latency: 1s}
  b:   # slow
    latency:
      lognormal:   # measured
        median: 1s
        p95: 3s   # in May
    price: {input: 1,
      output: 2}
strategies:
  hedge:   # ours
    hedge:
      targets:
      - a
      - b   # the backup
      delay: 2s   # guessed

  # the others
  single:
    single: {target: a}
`
	sc, err := scenarios.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for key, c := range map[string]struct{ value, old, changed string }{
		"strategies.hedge": {
			"{hedge: {targets: [b, a], delay: 1s}}",
			"  hedge:   # ours\n    hedge:\n      targets:\n      - a\n      - b   # the backup\n      delay: 2s   # guessed\n",
			"  hedge: {hedge: {targets: [b, a], delay: 1s}}   # ours   # guessed\n",
		},
		"hedge.targets":              {"[b, a]", "targets:\n      - a\n      - b   #", "targets: [b, a]   #"},
		"hedge.targets[1]":           {"a", "- b   #", "- a   #"},
		"models.b.latency":           {"4s", "latency:\n      lognormal:   # measured\n        median: 1s\n        p95: 3s   #", "latency: 4s   #"},
		"models.b.latency.lognormal": {"{median: 2s, p95: 5s}", "lognormal:   # measured\n        median: 1s\n        p95: 3s   #", "lognormal: {median: 2s, p95: 5s}   # measured   #"},
		"models.b.price":             {"{input: 3, output: 2}", "{input: 1,\n      output: 2}", "{input: 3, output: 2}"},
		"strategies.single":          {"{race: {targets: [a, b]}}", "single:\n    single: {target: a}", "single: {race: {targets: [a, b]}}"},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			changed, err := sc.With(scenarios.Change{Key: key, Value: c.value})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(text, c.old, c.changed, 1), changed.Source); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Text that goes over several lines is left alone.
func TestScenario_With_longText(t *testing.T) {
	t.Parallel()
	for _, about := range []string{"about: |\n  two\n  lines\n", "about: two\n  lines\n", "about: \"two\n  lines\"\n"} {
		sc, err := scenarios.Parse("x.yaml", []byte(about+changeable))
		if err != nil {
			t.Fatal(err)
		}
		_, err = sc.With(scenarios.Change{Key: "about", Value: "one"})
		if err == nil || !strings.Contains(err.Error(), "it holds text over several lines") {
			t.Errorf("%q: %v", about, err)
		}
	}
}

// What cannot be is the reader's own error, or says how far the way leads.
func TestScenario_With_mistakes(t *testing.T) {
	t.Parallel()
	sc := parsed(t)
	for change, want := range map[scenarios.Change]string{
		{Key: "hedge.dely", Value: "3s"}:          `unknown key (did you mean "delay"?)`,
		{Key: "hedge.delay", Value: "3"}:          `strategies.hedge.hedge.delay: "3": must be a duration`,
		{Key: "hedge.delay", Value: "3s\nx: y"}:   "must be written on one line",
		{Key: "hedgy.delay", Value: "3s"}:         `x.yaml: hedgy.delay: "3s": unknown key "hedgy"`,
		{Key: "guarded.targets[7].x", Value: "1"}: "needs an index from [0] to [1]",
		{Key: "hedge.delay.x", Value: "1"}:        "leads beyond a plain value",
		{Key: "strategies.new", Value: "3"}:       "must be a mapping",
	} {
		_, err := sc.With(change)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", change, err, want)
		}
	}
}

// Strategies are found through one another.
func TestScenario_Uses(t *testing.T) {
	t.Parallel()
	sc := parsed(t)
	if diff := cmp.Diff([]string{"guarded", "hedge"}, sc.Uses("guarded")); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]string{"guarded.timeout": "guarded", "strategies.hedge.hedge.delay": "hedge", "load.rate": ""} {
		if got, _ := sc.Varied(key); got != want {
			t.Errorf("Varied(%q) = %q, want %q", key, got, want)
		}
	}
}

// A strategy may have the name of its kind, and be the only one.
func TestScenario_With_onlyOne(t *testing.T) {
	t.Parallel()
	sc, err := scenarios.Parse("x.yaml", []byte("models: {a: {latency: 1s}}\nstrategies: {single: {single: {target: a}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := sc.With(scenarios.Change{Key: "strategies.more", Value: "{retry: {target: a}}"})
	if err != nil {
		t.Fatal(err)
	}
	if more, err = more.With(scenarios.Change{Key: "more.attempts", Value: "2"}); err != nil {
		t.Fatal(err)
	}
	if got := more.Excerpt("more"); got != "more: {retry: {target: a, attempts: 2}}\n" {
		t.Errorf("the new strategy is %q", got)
	}
}

// An excerpt is what stands in the file, without what belongs to the next.
func TestScenario_Excerpt(t *testing.T) {
	t.Parallel()
	sc := parsed(t)
	for name, want := range map[string]string{
		"hedge":   "hedge: {hedge: {targets: [gpt-4.1, b], delay: '3s' , budget: 10%}}   # ours\n",
		"again":   "again:\n  retry:\n    target: b\n",
		"guarded": "guarded:\n  fallback:\n    targets:\n      - {breaker: {target: gpt-4.1, failures: 5}}\n      - hedge\n",
		"nobody":  "",
	} {
		if diff := cmp.Diff(want, sc.Excerpt(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Where only strategies change, nothing else is read again.
func TestScenario_With_shares(t *testing.T) {
	t.Parallel()
	sc := parsed(t)
	changed, err := sc.With(scenarios.Change{Key: "hedge.delay", Value: "1s"})
	if err != nil {
		t.Fatal(err)
	}
	if &changed.Models[0] != &sc.Models[0] {
		t.Error("the models were read again")
	}
	if _, err := changed.With(scenarios.Change{Key: "models.b.latency", Value: "7s"}); err != nil {
		t.Error(err)
	}
}
