package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// minimal is the shortest scenario.
const minimal = "models: {m: {latency: 1s}}\nstrategies: {s: {single: {target: m}}}\n"

func mustParse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("dir/short.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := scenarios.Schedule{
		Rate: 20, Duration: time.Minute, Timeout: 30 * time.Second,
		Arrivals: scenarios.Arrivals{Shape: scenarios.Constant},
	}
	if diff := cmp.Diff(want, s.Load); diff != "" {
		t.Error(diff)
	}
	if s.Name != "short" || s.Seed != 1 || s.Baseline != "s" || s.Billing.Cancelled != scenarios.Produced {
		t.Errorf("name %q, seed %d, baseline %q, billing %q", s.Name, s.Seed, s.Baseline, s.Billing.Cancelled)
	}
	if s.Workload.Prompts != "tickets" || len(s.Workload.Items) == 0 || s.Faults != nil || s.Objectives != nil {
		t.Errorf("prompts %q, %d items, faults %v, objectives %v", s.Workload.Prompts, len(s.Workload.Items), s.Faults, s.Objectives)
	}
	if s.Source != minimal {
		t.Errorf("source %q", s.Source)
	}
}

func TestLoadSection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want scenarios.Schedule
	}{
		{"{rate: 90/m, requests: 500, arrivals: poisson, timeout: 1m30s}", scenarios.Schedule{
			Rate: 1.5, Requests: 500, Timeout: 90 * time.Second, Arrivals: scenarios.Arrivals{Shape: scenarios.Poisson},
		}},
		{"{duration: 10m, arrivals: {ramp: {from: 0/s, to: 50/s}}}", scenarios.Schedule{
			Rate: 25, Duration: 10 * time.Minute, Timeout: 30 * time.Second,
			Arrivals: scenarios.Arrivals{Shape: scenarios.Ramp, To: 50},
		}},
		{"{arrivals: {sine: {amplitude: 10/s, period: 30s}}}", scenarios.Schedule{
			Rate: 20, Duration: time.Minute, Timeout: 30 * time.Second,
			Arrivals: scenarios.Arrivals{Shape: scenarios.Sine, Amplitude: 10, Period: 30 * time.Second},
		}},
		{"{arrivals: {steps: [{rate: 10/s, for: 1m}, {rate: 40/s, for: 30s}]}}", scenarios.Schedule{
			Rate: 20, Duration: 90 * time.Second, Timeout: 30 * time.Second,
			Arrivals: scenarios.Arrivals{Shape: scenarios.Steps, Steps: []scenarios.Step{{Rate: 10, For: time.Minute}, {Rate: 40, For: 30 * time.Second}}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, mustParse(t, minimal+"load: "+tt.text).Load); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScaledSchedule(t *testing.T) {
	t.Parallel()
	s := mustParse(t, minimal+"load: {arrivals: {steps: [{rate: 10/s, for: 1m}]}, timeout: 30s}").Load
	want := scenarios.Schedule{
		Rate: 100, Duration: 6 * time.Second, Timeout: 3 * time.Second,
		Arrivals: scenarios.Arrivals{Shape: scenarios.Steps, Steps: []scenarios.Step{{Rate: 100, For: 6 * time.Second}}},
	}
	if diff := cmp.Diff(want, s.Scaled(10)); diff != "" {
		t.Error(diff)
	}
	if s.Arrivals.Steps[0].Rate != 10 {
		t.Error("scaling changed the scenario")
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `
models:
  plain: {latency: 2s, accuracy: 90%}
  own:
    provider: mock
    format: anthropic
    first_token: {lognormal: {median: 940ms, p95: 2.9s}}
    per_token: {uniform: {min: 5ms, max: 15ms}}
    output_tokens: {mixture: [{weight: 3, constant: 100}, {weight: 1, pareto: {min: 200, alpha: 2}}]}
    price: {input: 3, output: 15.5}
  named: {preset: gpt-4.1-mini, price: {input: 1, output: 2}}
  total: {preset: gpt-4.1-mini, latency: {exponential: {mean: 3s}}}
strategies: {s: {single: {target: own}}}
`)
	accuracy := 0.9
	preset, _ := mockprovider.Preset("gpt-4.1-mini")
	named, total := preset, preset
	named.Name, named.Price = "named", llm.Price{Input: 1, Output: 2}
	total.Name, total.Latency, total.FirstToken, total.PerToken = "total", draw.Exponential{Mean: 3e9}, nil, nil
	want := []mockprovider.Settings{
		{Name: "plain", Latency: draw.Constant(2e9), Accuracy: &accuracy},
		{
			Name: "own", Format: wire.Anthropic,
			FirstToken:   draw.LognormalP95(940e6, 2.9e9),
			PerToken:     draw.Uniform{Min: 5e6, Max: 15e6},
			OutputTokens: draw.NewMixture([]draw.Dist{draw.Constant(100), draw.Pareto{Min: 200, Alpha: 2}}, []float64{3, 1}),
			Price:        llm.Price{Input: 3, Output: 15.5},
		},
		named, total,
	}
	var got []mockprovider.Settings
	for _, m := range s.Models {
		got = append(got, m.Settings)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(sameMixture)); diff != "" {
		t.Error(diff)
	}
	if s.Models[2].Preset != "gpt-4.1-mini" || s.Models[1].Preset != "" {
		t.Errorf("presets %q, %q", s.Models[2].Preset, s.Models[1].Preset)
	}
	scaled := s.Mock(1, 4).Models[0].Latency
	if q := scaled.Quantile(0.5); q != 0.5e9 {
		t.Errorf("2s at four times the speed is %v", q)
	}
}

// sameMixture compares mixtures by what they draw, since their parts are hidden.
func sameMixture(a, b draw.Mixture) bool {
	for u := 0.005; u < 1; u += 0.01 {
		if a.Quantile(u) != b.Quantile(u) {
			return false
		}
	}
	return true
}

// everyFault has every kind of fault with all of its settings.
const everyFault = `
models: {a: {latency: 1s}, b: {latency: 1s}}
strategies: {s: {single: {target: a}}}
faults:
  - {name: slow, on: a, from: 1m, to: 3m, probability: 20%, ramp_in: 10s, ramp_out: 20s, latency: {multiply: 8, add: 2s, replace: 4s}}
  - {on: [a, b], together: true, period: 30s, on_for: 10s, status: {code: 429, retry_after: 4s, after: 100ms, kind: quota_exhausted}}
  - {outage: {hang: 3%}}
  - {outage: }
  - {hang: {after_tokens: 3}}
  - {reset: {after_share: 0.5}}
  - {refuse: {}}
  - {rate_limit: {requests: 60, tokens: 1000, burst: 0.1}}
  - {capacity: {concurrency: 4, queue: 8}}
  - {truncate: {share: 0.25}}
  - {malformed: {}}
  - {status: {code: 429, reason: per_day, retry_after: 36s, should_retry: true}}
  - {status: {code: 500, html: true, should_retry: false}}
  - {first_token: {add: 5s}}
  - {stall: {after_share: 0.5, for: 20s}}
  - {brownout: {multiply: 4, errors: 10%, code: 500}}
  - {incidents: {gap: 2h, duration: 10m, speed: 60, ramp: 0.2, outage: {hang: 1}}}
  - {incidents: }
  - {key_limit: {tokens: 1000, requests: 5}}
  - {in_stream: {after_share: 0.5, kind: overloaded}}
  - {blank: {}}
  - {empty: {}}
  - {refusal: {unmarked: true}}
  - {wrong_model: {name: b}}
  - {no_usage: {}}
`

func TestExtract(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"exact": "Billing", "normalized": "billing", "{json: category}": "refund", `{regexp: "answer: (\\w+)"}`: "refund",
	}
	for text, want := range answers {
		s := mustParse(t, "models: {a: {latency: 1s}}\nstrategies: {s: {consensus: {targets: [a], extract: "+text+"}}}")
		built, err := s.Strategy("s", map[string]llm.Model{"a": namedModel{}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		extract := built.(strategies.Consensus).Extract
		in := map[string]string{"exact": " Billing ", "normalized": "Billing.", "{json: category}": `{"category":"refund"}`}[text]
		if in == "" {
			in = "The answer: refund."
		}
		if got, ok := extract(in); !ok || got != want {
			t.Errorf("%s: vote of %q is %q, want %q", text, in, got, want)
		}
	}
}

// Files written on Windows are read as well.
func TestLineEndings(t *testing.T) {
	t.Parallel()
	s := mustParse(t, "\ufeff"+strings.ReplaceAll(minimal+"about: |\n  two\n  lines\n", "\n", "\r\n"))
	if s.Baseline != "s" || strings.ReplaceAll(s.About, "\r", "") != "two\nlines" {
		t.Errorf("baseline %q, about %q", s.Baseline, s.About)
	}
}

func TestFilesBesideTheScenario(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("latencies.txt", "# measured\n1s\n\n3s\n")
	write("prompts.jsonl", `{"prompt":"2+2?","answer":"4"}`+"\n")
	s, err := scenarios.Load(write("mine.yaml", `
workload: {prompts: prompts.jsonl, reply: json, correlation: 0.2, system: Be brief., max_tokens: 9}
models: {m: {latency: {empirical: latencies.txt}}}
strategies: {s: {single: {target: m}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	latency := s.Models[0].Latency
	if latency.Quantile(0.1) != 1e9 || latency.Quantile(0.9) != 3e9 {
		t.Errorf("latencies %v, %v", latency.Quantile(0.1), latency.Quantile(0.9))
	}
	want := mockprovider.Workload{
		Items: []mockprovider.Item{{Prompt: "2+2?", Answer: "4"}}, Reply: mockprovider.ReplyJSON, System: "Be brief.", MaxTokens: 9,
	}
	if diff := cmp.Diff(want, s.Workload.Workload); diff != "" {
		t.Error(diff)
	}
	if c := s.Mock(3, 1); c.Seed != 3 || c.Correlation != 0.2 || c.Workload != &s.Workload.Workload {
		t.Errorf("mock: seed %d, correlation %v", c.Seed, c.Correlation)
	}
	write("latencies.txt", "1s\nfast\n")
	_, err = scenarios.Load(filepath.Join(dir, "mine.yaml"))
	if err == nil || !strings.Contains(err.Error(), `line 2 of the file is "fast"`) {
		t.Errorf("got %v", err)
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	want := []string{
		"ab-challenger", "brownout", "classification", "correlated-outage", "cut-streams", "flapping", "incidents", "judge", "latency-spike",
		"long-form", "overload", "parallel-guide", "primary-outage", "rate-limit-storm", "rate-limited", "silent-failures", "steady",
		"streaming", "tasks", "thinking", "wrong-model",
	}
	if diff := cmp.Diff(want, scenarios.List()); diff != "" {
		t.Fatal(diff)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range want {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		source, err := os.ReadFile(filepath.Join("embedded", name+".yaml"))
		if err != nil || s.Source != string(source) {
			t.Errorf("%s: source differs from the file: %v", name, err)
		}
		if s.Name != name || s.About == "" || len(s.Objectives) < 3 || !strings.HasPrefix(s.Source, "# What it teaches: ") {
			t.Errorf("%s: name %q, about %q, %d objectives", name, s.Name, s.About, len(s.Objectives))
		}
		if !strings.Contains(string(readme), "**"+name+"**") {
			t.Errorf("%s is not in README.md", name)
		}
		models, err := mockprovider.NewModels(s.Mock(s.Seed, 1))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		byName := make(map[string]llm.Model)
		for _, m := range models {
			byName[m.Name()] = m
		}
		for _, strategy := range s.Strategies {
			if _, err := s.Strategy(strategy.Name, byName, 1); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestLoadOfNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.yaml")
	noise := filepath.Join(dir, "noise.yaml")
	for path, size := range map[string]int64{empty: 0, noise: 100 << 20} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"steddy":                             `unknown scenario, and no file of that name (did you mean "steady"?): allowed are ab-challenger, brownout,`,
		dir:                                  "is a directory",
		empty:                                "is empty",
		noise:                                "is larger than a scenario may be",
		filepath.Join(dir, "steady"):         "no file of that name",
		"../scenarios/embedded/../embedded/": "is a directory",
	} {
		_, err := scenarios.Load(name)
		all, ok := errors.AsType[*scenarios.Errors](err)
		if !ok || len(all.All) != 1 || all.All[0].File != name || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", name, err, want)
		}
	}
}
