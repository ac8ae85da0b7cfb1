package remote_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cfg  remote.Config
		want string
	}{
		{remote.Config{}, "remote model: no model name"},
		{remote.Config{Model: "m", Format: 9}, `remote model "m": there is no wire format(9)`},
		{remote.Config{Model: "m", BaseURL: "localhost:80"}, `remote model "m": base URL "localhost:80": must begin with http:// or https:// and a host`},
		{remote.Config{Model: "m", BaseURL: "http://"}, `remote model "m": base URL "http://": must begin with http:// or https:// and a host`},
		{remote.Config{Model: "m", BaseURL: "http://h/?key=secret"}, `remote model "m": the base URL has a query or fragment`},
		{remote.Config{Model: "m", BaseURL: "http://me:secret@h"}, `remote model "m": the base URL has a user name: use the key or a header`},
		{remote.Config{Model: "m", BaseURL: "http://me:secret@h:port"}, `remote model "m": the base URL does not parse`},
		{remote.Config{Model: "m", Name: "n", Key: "secret\n"}, `remote model "n": the key has characters that cannot be sent`},
		{remote.Config{Model: "m", Path: "v1/x"}, `remote model "m": the path must begin with "/" and have no query, fragment or space`},
		{remote.Config{Model: "m", Path: "/x?key=secret"}, `remote model "m": the path must begin with "/" and have no query, fragment or space`},
		{remote.Config{Model: "m", Path: "/x", Format: wire.Gemini}, `remote model "m": the path of Gemini's format names the model and cannot be replaced`},
		{
			remote.Config{Model: "m", Header: http.Header{"Idempotency-Key": {"1"}}},
			`remote model "m": header "Idempotency-Key": one value cannot serve many requests`,
		},
	}
	for _, tt := range tests {
		_, err := remote.New(tt.cfg)
		if err == nil || err.Error() != tt.want {
			t.Errorf("error = %v, want %s", err, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	if got := newModel(t, remote.Config{Model: "m"}).Name(); got != "m" {
		t.Errorf("name = %q", got)
	}
	if got := newModel(t, remote.Config{Model: "m", Name: "mine"}).Name(); got != "mine" {
		t.Errorf("name = %q", got)
	}
}

func TestKeyIsHidden(t *testing.T) {
	t.Parallel()
	cfg := remote.Config{Model: "m", Key: "sk-secret"}
	text, err := json.Marshal(struct{ Key remote.Key }{cfg.Key})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), fmt.Sprintf("%s %q", cfg.Key, cfg.Key), string(text),
	} {
		if strings.Contains(shown, "secret") {
			t.Errorf("the key is shown in %s", shown)
		}
	}
}

// TestHostHeader: a field for the host replaces it too, which net/http keeps apart
// from the others.
func TestHostHeader(t *testing.T) {
	t.Parallel()
	var host string
	m := serve(t, remote.Config{Header: http.Header{"host": {"models.test"}}}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		host = r.Host
	}))
	call(t.Context(), m)
	if host != "models.test" {
		t.Errorf("asked at %q", host)
	}
}

// TestRequest: what goes out for each setting.
func TestRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  remote.Config
		url  string
		want map[string]string // "" means absent
	}{
		{
			"openai",
			remote.Config{Key: "k"},
			"https://api.openai.com/v1/chat/completions",
			map[string]string{
				"Authorization": "Bearer k", "Accept": "text/event-stream", "Content-Type": "application/json",
				wire.TraceRequest: "", wire.TraceAttempt: "",
			},
		},
		{
			"anthropic",
			remote.Config{Key: "k", Format: wire.Anthropic, Whole: true},
			"https://api.anthropic.com/v1/messages",
			map[string]string{"X-Api-Key": "k", "Anthropic-Version": "2023-06-01", "Accept": ""},
		},
		{
			"gemini",
			remote.Config{Key: "k", Format: wire.Gemini},
			"https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse",
			map[string]string{"X-Goog-Api-Key": "k", "Authorization": ""},
		},
		{
			"no key",
			remote.Config{BaseURL: "http://h:8089/"},
			"http://h:8089/v1/chat/completions",
			map[string]string{"Authorization": ""},
		},
		{
			"version in the base",
			remote.Config{BaseURL: "https://openrouter.ai/api/v1/"},
			"https://openrouter.ai/api/v1/chat/completions", nil,
		},
		{
			"another version in the base", remote.Config{BaseURL: "https://h/paas/v4"}, "https://h/paas/v4/chat/completions", nil,
		},
		{
			"a folder in the base", remote.Config{BaseURL: "https://h/vendor", Format: wire.Anthropic}, "https://h/vendor/v1/messages", nil,
		},
		{"a path", remote.Config{BaseURL: "https://h/v1/", Path: "/deployments/m/chat"}, "https://h/v1/deployments/m/chat", nil},
		{"a host like a version", remote.Config{BaseURL: "http://v1"}, "http://v1/v1/chat/completions", nil},
		{
			"trace",
			remote.Config{Trace: true},
			"https://api.openai.com/v1/chat/completions",
			map[string]string{wire.TraceRequest: "4711", wire.TraceAttempt: "2"},
		},
		{
			"own header",
			remote.Config{Header: http.Header{"x-title": {"t"}, "Anthropic-Version": {"2099-01-01"}}, Format: wire.Anthropic},
			"https://api.anthropic.com/v1/messages",
			map[string]string{"X-Title": "t", "Anthropic-Version": "2099-01-01"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			tt.cfg.Model = "m"
			tt.cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				got = r
				return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
			})
			if _, err := newModel(t, tt.cfg).Call(t.Context(), llm.Call{Request: ask(), Ordinal: 2}); err == nil {
				t.Error("a 404 is no error")
			}
			if got.Method != http.MethodPost || got.URL.String() != tt.url {
				t.Errorf("%s %s, want %s", got.Method, got.URL, tt.url)
			}
			for name, want := range tt.want {
				if v := got.Header.Get(name); v != want {
					t.Errorf("%s: %q, want %q", name, v, want)
				}
			}
		})
	}
}
