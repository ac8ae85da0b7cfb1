package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// Which of a model's limits calls ended at is told, since their kind alone does
// not say.
func TestReal_limits(t *testing.T) {
	t.Parallel()
	const begin = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Well\"}}]}\n\n"
	const end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		switch {
		case bytes.Contains(body, []byte("the word OK")):
			io.WriteString(w, begin+end)
			return
		case strings.HasPrefix(r.URL.Path, "/mute"):
			w.(http.Flusher).Flush()
		case strings.HasPrefix(r.URL.Path, "/stalls"):
			io.WriteString(w, begin)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	d := runIt(t, parse(t, strings.ReplaceAll(`
name: limits
load: {rate: 1000/s, requests: 4, timeout: 20s}
models:
  silent: {preset: vllm, base_url: BASE/silent, timeouts: {headers: 200ms}}
  mute: {preset: vllm, base_url: BASE/mute, timeouts: {headers: 10s, first_token: 250ms}}
  stalls: {preset: vllm, base_url: BASE/stalls, timeouts: {first_token: 10s, idle: 300ms}}
  slow: {preset: vllm, base_url: BASE/stalls, timeouts: {total: 350ms}}
strategies:
  a: {single: {target: silent}}
  b: {single: {target: mute}}
  c: {fallback: {targets: [stalls, slow]}}
`, "BASE", s.URL)), engine.Options{})
	for model, limit := range map[string]string{
		"silent": "no response headers after 200ms", "mute": "no first token after 250ms",
		"stalls": "no further token for 300ms", "slow": "the answer was not complete after 350ms",
	} {
		if want := fmt.Sprintf("calls of %s that ended at a limit of its timeouts, with %q: 4", model, limit); !slices.Contains(d.Warnings, want) {
			t.Errorf("no warning %q in %q", want, d.Warnings)
		}
	}
}
