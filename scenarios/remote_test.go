package scenarios_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// realModels has every key of a real model, and the shortest form of each.
const realModels = `
models:
  sonnet:
    preset: ezai
    model: claude-sonnet-4-5
    price: {input: 3, output: 15}
    max_tokens: 128
    timeouts: {connect: 3s, headers: 20s, first_token: 15s, idle: 5s, total: 60s}
  local: {preset: ollama, model: qwen3}
  gpt-4.1-mini: {provider: openai}
  own:
    provider: openai
    base_url: http://127.0.0.1:9/v1
    path: /deployments/x/chat
    key_env: OWN_KEY
    headers: {X-Title: tailgate}
    stream: false
    old_max_tokens: true
    price: {input: 0, output: 0}
  claude: {preset: ollama, format: anthropic}
  unkeyed: {provider: gemini, base_url: "http://127.0.0.1:9", price: {input: 1, output: 2}}
strategies: {s: {single: {target: sonnet}}}
`

func TestRealModels(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("real.yaml", []byte(realModels))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Real() {
		t.Error("the scenario is not taken for a real one")
	}
	connect := remote.Timeouts{Connect: 10 * time.Second}
	want := []scenarios.Remote{
		{
			Config: remote.Config{
				Name: "sonnet", Model: "claude-sonnet-4-5", Format: wire.Anthropic, BaseURL: "https://ezaiapi.com",
				Timeouts: remote.Timeouts{
					Connect: 3 * time.Second, Headers: 20 * time.Second, FirstToken: 15 * time.Second, Idle: 5 * time.Second, Total: time.Minute,
				},
			},
			KeyEnv: "EZAI_API_KEY", MaxTokens: 128,
		},
		{Config: remote.Config{Name: "local", Model: "qwen3", BaseURL: "http://127.0.0.1:11434/v1", OldMaxTokens: true, Timeouts: connect}},
		{Config: remote.Config{Name: "gpt-4.1-mini", Model: "gpt-4.1-mini", BaseURL: "https://api.openai.com", Timeouts: connect}, KeyEnv: "OPENAI_API_KEY"},
		{
			Config: remote.Config{
				Name: "own", Model: "own", BaseURL: "http://127.0.0.1:9/v1", Path: "/deployments/x/chat",
				Header: http.Header{"X-Title": {"tailgate"}}, Whole: true, OldMaxTokens: true, Timeouts: connect,
			},
			KeyEnv: "OWN_KEY",
		},
		{Config: remote.Config{
			Name: "claude", Model: "claude", Format: wire.Anthropic, BaseURL: "http://127.0.0.1:11434/v1", OldMaxTokens: true, Timeouts: connect,
		}},
		{Config: remote.Config{Name: "unkeyed", Model: "unkeyed", Format: wire.Gemini, BaseURL: "http://127.0.0.1:9", Timeouts: connect}},
	}
	var got []scenarios.Remote
	var prices []llm.Price
	for _, m := range s.Models {
		got, prices = append(got, *m.Remote), append(prices, m.Price)
		if m.Name != m.Remote.Name || m.Format != m.Remote.Format {
			t.Errorf("model %s (%v) is reached as %s (%v)", m.Name, m.Format, m.Remote.Name, m.Remote.Format)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]llm.Price{{Input: 3, Output: 15}, {}, {Input: 0.4, Output: 1.6}, {}, {}, {Input: 1, Output: 2}}, prices); diff != "" {
		t.Errorf("prices (-want +got):\n%s", diff)
	}
}

func TestAnswerLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ own, asked, want int }{{0, 0, 256}, {64, 0, 64}, {0, 900, 900}, {64, 900, 64}, {64, 16, 16}} {
		r := scenarios.Remote{MaxTokens: tt.own}
		if got := r.AnswerLimit(tt.asked); got != tt.want {
			t.Errorf("a limit of %d, asked for %d: %d, want %d", tt.own, tt.asked, got, tt.want)
		}
	}
}

// Mistakes with real models are told without showing what may be a secret.
func TestRealMistakes(t *testing.T) {
	t.Parallel()
	model := func(m string) string { return "models: {a: {" + m + "}}\nstrategies: {s: {single: {target: a}}}" }
	const ok = "provider: openai, price: {input: 1, output: 1}, "
	tests := []struct{ name, text, want string }{
		{"a key", model(ok + "key: sk-SECRET"), "models.a.key: a key must not stand in a scenario"},
		{"a key by another name", model(ok + "api_key: sk-SECRET"), "models.a.api_key: a key must not stand in a scenario"},
		{"a key instead of its variable", model(ok + "key_env: sk-SECRET"), "models.a.key_env: must be the name of an environment variable"},
		{"a key that looks like a name", model(ok + "key_env: AIzaSECRET"), "models.a.key_env: must be the name of an environment variable"},
		{"a header with a key", model(ok + "headers: {X-Api-Key: SECRET}"), "models.a.headers.X-Api-Key: is a field for secrets"},
		{"a bearer", model(ok + "headers: {X-Other: Bearer SECRET}"), "models.a.headers.X-Other: is a field for secrets"},
		{"a user in the address", model(ok + `base_url: "https://me:SECRET@host"`), "models.a.base_url: must be an address"},
		{"a query in the address", model(ok + `base_url: "https://host/?key=SECRET"`), "models.a.base_url: must be an address"},
		{"no address", model(ok + "base_url: SECRET"), "models.a.base_url: must be an address"},
		{"a query in the path", model(ok + `path: "/v1?key=SECRET"`), "models.a.path: must be a path"},
		{"a path for Gemini", model("provider: gemini, path: /v1, price: {input: 1, output: 1}"), "models.a.path: \"/v1\": cannot be chosen with Gemini's format"},
		{"a header that is none", model(ok + `headers: {"a b": x}`), `"a b": cannot be the name of a header field`},
		{"no price", model("preset: openrouter"), "models.a: lacks a price"},
		{"an unlisted price", model("provider: openai, model: gpt-99"), "models.a: lacks a price"},
		{"another price list", model("provider: openai, model: gpt-4.1, base_url: https://example.com"), "models.a: lacks a price"},
		{"another format", model("preset: ezai, provider: openai, price: {input: 1, output: 1}"), "is not what the preset ezai speaks, anthropic"},
		{"a mock's key", model(ok + "latency: 1s"), `unknown key: allowed are base_url, format, headers, key_env`},
		{"a mock's preset", model("provider: openai, preset: gpt-4.1"), "unknown preset of a real model"},
		{"a word", model(ok + "stream: maybe"), "unknown value: allowed are true, false"},
		{"a mock beside", "models: {a: {preset: ollama}, b: {latency: 1s}}\nstrategies: {s: {single: {target: a}}}", "models: must be all real or none: a is asked over the network and b is not"},
		{"a fault", model("preset: ollama") + "\nfaults: [{refuse: {}}]", "faults: cannot befall real models"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.Parse("bad.yaml", []byte(tt.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the secret is shown: %v", err)
			}
		})
	}
}
