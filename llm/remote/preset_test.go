package remote_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// Where each preset sends a request.
func TestPresets(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"anthropic":  "https://api.anthropic.com/v1/messages",
		"ezai":       "https://ezaiapi.com/v1/messages",
		"gemini":     "https://generativelanguage.googleapis.com/v1beta/models/the-model:streamGenerateContent?alt=sse",
		"ollama":     "http://127.0.0.1:11434/v1/chat/completions",
		"openai":     "https://api.openai.com/v1/chat/completions",
		"openrouter": "https://openrouter.ai/api/v1/chat/completions",
		"tokenmix":   "https://api.tokenmix.ai/v1/chat/completions",
		"vllm":       "http://127.0.0.1:8000/v1/chat/completions",
	}
	all := remote.Presets()
	if len(all) != len(want) || !slices.IsSortedFunc(all, func(a, b remote.Preset) int { return strings.Compare(a.Name, b.Name) }) {
		t.Fatalf("presets = %+v", all)
	}
	for _, p := range all {
		if got, ok := remote.PresetOf(p.Name); !ok || got != p {
			t.Errorf("PresetOf(%q) = %+v, %v", p.Name, got, ok)
		}
		var url string
		carry := roundTripper(func(r *http.Request) (*http.Response, error) {
			url = r.URL.String()
			return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
		})
		call(t.Context(), newModel(t, remote.Config{Format: p.Format, BaseURL: p.BaseURL, Transport: carry}))
		if url != want[p.Name] {
			t.Errorf("%s asks %s, want %s", p.Name, url, want[p.Name])
		}
		if free := p.KeyEnv == ""; free != p.Free {
			t.Errorf("%s: key from %q, free %v", p.Name, p.KeyEnv, p.Free)
		}
	}
	if _, ok := remote.PresetOf("nonesuch"); ok {
		t.Error("there is a preset of any name")
	}
}

// The older name of the limit replaces the newer one, and not where a prompt
// speaks of it.
func TestOldMaxTokens(t *testing.T) {
	t.Parallel()
	var body []byte
	carry := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, _ = io.ReadAll(r.Body)
		return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
	})
	m := newModel(t, remote.Config{OldMaxTokens: true, Transport: carry})
	_, _ = m.Call(t.Context(), llm.Call{Request: &llm.Request{Prompt: `","max_completion_tokens":7`, MaxTokens: 64}})
	if !bytes.Contains(body, []byte(`,"max_tokens":64`)) || !bytes.Contains(body, []byte(`max_completion_tokens\":7`)) {
		t.Errorf("body = %s", body)
	}
}

// Whatever a server answers, it is asked once: over HTTP/1 and HTTP/2, on a new
// connection and on one that was kept.
func TestNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	for name, h2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			var proto atomic.Value
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				proto.Store(r.Proto)
				if n := seen.Add(1); n%3 == 0 {
					panic(http.ErrAbortHandler)
				}
				status := []int{http.StatusServiceUnavailable, http.StatusRequestTimeout, http.StatusTooManyRequests}[seen.Load()%3]
				w.Header().Set("Retry-After", "0")
				write(w, wire.OpenAI.EncodeError(head(), &llm.Error{Kind: llm.Overloaded, Status: status}))
			}))
			s.EnableHTTP2 = h2
			s.StartTLS()
			t.Cleanup(s.Close)
			tr := remote.NewTransport()
			t.Cleanup(tr.CloseIdleConnections)
			tr.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			m := newModel(t, remote.Config{BaseURL: s.URL, Transport: tr})
			for n := range int32(9) {
				if _, failure, _ := call(t.Context(), m); failure == nil {
					t.Error("no failure")
				}
				if got := seen.Load(); got != n+1 {
					t.Fatalf("the server saw %d requests for %d calls", got, n+1)
				}
			}
			if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[h2]; proto.Load() != want {
				t.Errorf("spoke %v, want %s", proto.Load(), want)
			}
		})
	}
}
