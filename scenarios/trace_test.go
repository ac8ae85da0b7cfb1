package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// The traces of these tests, plain text.
const (
	twoModels = `{"schema":"tailgate.trace/v1","models":[{"name":"a","format":"gemini","price":{"input":1,"output":2}},{"name":"b.1","price":{"input":3,"output":4}}]}
{"id":0,"due_ms":10,"models":[{"latency_ms":100},{"latency_ms":200}]}
{"id":1,"due_ms":110,"models":[{"latency_ms":300},{"latency_ms":400}]}
`
	oneModel = `{"schema":"tailgate.trace/v1","models":[{"name":"a","price":{"input":1,"output":2}}]}
{"id":0,"due_ms":0,"models":[{"latency_ms":100}]}
`
)

// beside parses a scenario that stands beside traces.
func beside(t *testing.T, text string) (*scenarios.Scenario, error) {
	t.Helper()
	dir := t.TempDir()
	for name, trace := range map[string]string{
		"two.ndjson": twoModels, "one.ndjson": oneModel, "empty.ndjson": "", "half.ndjson": twoModels[:len(twoModels)-9],
		"old.ndjson": strings.Replace(oneModel, "trace/v1", "trace/v0", 1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(trace), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return scenarios.Parse(filepath.Join(dir, "x.yaml"), []byte(text))
}

// A model that is replayed is what the trace says, but for what the file says.
func TestReplay(t *testing.T) {
	t.Parallel()
	sc, err := beside(t, `
load: {arrivals: trace}
models:
  a:   {provider: trace, file: two.ndjson}
  b.1: {provider: trace, file: two.ndjson, format: anthropic, price: {input: 5, output: 6}, accuracy: 0.5, judge: {noise: 1}}
  c:   {latency: 1s}
strategies: {s: {race: {targets: [a, b.1, c]}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	a, b := &sc.Models[0], &sc.Models[1]
	if a.Provider() != "trace" || a.Trace != "two.ndjson" || a.Price != (llm.Price{Input: 1, Output: 2}) || a.Format != wire.Gemini || a.Accuracy != nil {
		t.Errorf("a is %+v", a)
	}
	if b.Price != (llm.Price{Input: 5, Output: 6}) || b.Format != wire.Anthropic || *b.Accuracy != 0.5 || b.Judge.Noise != 1 {
		t.Errorf("b.1 is %+v", b)
	}
	if c := &sc.Models[2]; c.Provider() != "mock" || c.Rows() != 0 || a.Rows() != 2 {
		t.Errorf("c is a %s with %d rows, a has %d", c.Provider(), c.Rows(), a.Rows())
	}
	want := scenarios.Schedule{
		Rate: 10, Requests: 2, Timeout: 30 * time.Second,
		Arrivals: scenarios.Arrivals{Shape: scenarios.Replayed, Due: []time.Duration{10e6, 110e6}},
	}
	if diff := cmp.Diff(want, sc.Load); diff != "" {
		t.Error(diff)
	}
	set := sc.Mock(1, 10).Models[1].Replay.(trace.Replay)
	if set.TimeScale != 10 || set.Model.Name != "b.1" {
		t.Errorf("on a time scale: %+v", set)
	}
	if _, err := mockprovider.NewModels(sc.Mock(1, 1)); err != nil {
		t.Error(err)
	}
}

// A trace can give the arrivals alone, and be cut short or repeated.
func TestReplay_arrivals(t *testing.T) {
	t.Parallel()
	for load, want := range map[string]scenarios.Schedule{
		"{arrivals: {trace: two.ndjson}}":                {Requests: 2},
		"{arrivals: {trace: two.ndjson}, requests: 9}":   {Requests: 9},
		"{arrivals: {trace: two.ndjson}, duration: 50s}": {Duration: 50 * time.Second},
	} {
		sc, err := beside(t, "load: "+load+"\nmodels: {a: {latency: 1s}}\nstrategies: {s: {single: {target: a}}}")
		if err != nil {
			t.Fatal(err)
		}
		if l := sc.Load; l.Requests != want.Requests || l.Duration != want.Duration || len(l.Arrivals.Due) != 2 || l.Rate != 10 {
			t.Errorf("%s is %+v", load, l)
		}
	}
}

// Each mistake is one error with its place, however many models it concerns.
func TestReplay_mistakes(t *testing.T) {
	t.Parallel()
	const a, b = "provider: trace, file: two.ndjson", "provider: trace, file: two.ndjson, model: b.1"
	for name, c := range map[string]struct{ a, b, load, want string }{
		"no file":       {"provider: trace", b, "{}", `x.yaml:1:13: models.a: lacks the key "file"`},
		"missing":       {"provider: trace, file: no.gz", "provider: trace, file: no.gz", "{arrivals: trace}", `x.yaml:1:37: models.a.file: "no.gz": cannot be opened as a file`},
		"directory":     {"provider: trace, file: .", b, "{}", `models.a.file: ".": is not a regular file`},
		"empty":         {"provider: trace, file: empty.ndjson", b, "{}", `models.a.file: "empty.ndjson": empty.ndjson: is empty: a trace begins with a header`},
		"half":          {"provider: trace, file: half.ndjson", "provider: trace, file: half.ndjson", "{}", `models.a.file: "half.ndjson": half.ndjson:3: is no row`},
		"schema":        {"provider: trace, file: old.ndjson", b, "{}", `models.a.file: "old.ndjson": old.ndjson:1: the schema is "tailgate.trace/v0": this version reads "tailgate.trace/v1"`},
		"unknown model": {"provider: trace, file: two.ndjson, model: b.l", b, "{}", `models.a.model: "b.l": unknown model of two.ndjson (did you mean "b.1"?): allowed are a, b.1`},
		"only one model": {
			"provider: trace, file: one.ndjson", "provider: trace, file: one.ndjson", "{}",
			`x.yaml:1:77: models.b.file: "one.ndjson": has no model "b": say with model which it is to be: allowed are a`,
		},
		"one for two": {a, "provider: trace, file: two.ndjson, model: a", "{}", `models.b.model: "a": is replayed by a already: one recording cannot stand for two models`},
		"drawn times": {a + ", latency: 1s", b, "{}", `models.a.latency: "latency": unknown key: allowed are accuracy, file, format, judge, model, price, provider`},
		"rate":        {a, b, "{arrivals: trace, rate: 3/s}", `load.rate: "3/s": has no meaning beside a trace, which has its own times`},
		"which":       {a, "provider: trace, file: one.ndjson, model: a", "{arrivals: trace}", `load: arrivals are those of a trace, and there are several: write {trace: FILE}, one of two.ndjson, one.ndjson`},
		"arrivals":    {a, b, "{arrivals: {trace: no.gz}}", `load.arrivals.trace: "no.gz": cannot be opened as a file`},
		"a list":      {a, b, "{arrivals: {trace: [x]}}", `load.arrivals.trace: must be the name of a file written by tailgate record`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := beside(t, "models: {a: {"+c.a+"}, b: {"+c.b+"}}\nload: "+c.load+"\nstrategies: {s: {single: {target: a}}}")
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %v\nwant one …%s…", err, c.want)
			}
		})
	}
}

func TestReplay_schema(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	const rest = "\nstrategies: {s: {single: {target: a}}}"
	for _, text := range []string{
		"load: {arrivals: trace}\nmodels: {a: {provider: trace, file: x, model: b, price: {input: 1, output: 2}, accuracy: 1, format: openai}}",
		"load: {arrivals: {trace: x}}\nmodels: {a: {provider: mock, latency: 1s}}",
	} {
		if err := validate(t, schema, text+rest); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{"models: {a: {provider: trace}}", "models: {a: {provider: trace, file: x, latency: 1s}}"} {
		if err := validate(t, schema, text+rest); err == nil {
			t.Errorf("accepted: %s", text)
		}
	}
}

// A scenario can be replayed from a trace without being changed itself.
func TestScenario_Replaying(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "two.ndjson")
	if err := os.WriteFile(file, []byte(twoModels), 0o600); err != nil {
		t.Fatal(err)
	}
	const text = `load:
  rate: 9/s
  timeout: 7s
models:
  a:
    latency: 1s
    price: {input: 7, output: 8}
  b.1: {latency: 2s}
faults:
  - {on: a, probability: 0.1, status: {code: 503}}
strategies:
  s: {race: {targets: [a, b.1]}}   # ours
`
	sc, err := scenarios.Parse(filepath.Join(dir, "elsewhere", "x.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	replay, err := sc.Replaying(file)
	if err != nil {
		t.Fatal(err)
	}
	want := `load: {arrivals: trace, timeout: 7s}
models:
  a: {provider: trace, file: "` + file + `", price: {input: 7, output: 8}}
  b.1: {provider: trace, file: "` + file + `"}
faults: []
strategies:
  s: {race: {targets: [a, b.1]}}   # ours
`
	if diff := cmp.Diff(want, replay.Source); diff != "" {
		t.Error(diff)
	}
	if a := &replay.Models[0]; a.Rows() != 2 || a.Price != (llm.Price{Input: 7, Output: 8}) || len(replay.Faults) != 0 {
		t.Errorf("the replay has %d rows, price %v and %d faults", a.Rows(), a.Price, len(replay.Faults))
	}
	if again, err := replay.With(scenarios.Change{Key: "s.targets", Value: "[b.1, a]"}); err != nil || again.Models[1].Rows() != 2 {
		t.Errorf("changed again: %v", err)
	}
	if _, err := sc.Replaying(filepath.Join(dir, "nosuch")); err == nil {
		t.Error("a trace that is not there is replayed")
	}
}
