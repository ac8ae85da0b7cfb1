package mockprovider_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// FuzzServer: whatever a client sends, it gets an answer that it can read or an
// error in the vendor's words.
func FuzzServer(f *testing.F) {
	for _, path := range []string{chatPath, respPath, messPath, genPath, genArrayPath, genSSEPath, "/v1/models/m", "/"} {
		for _, body := range []string{chat, chatUsage, respond, respSSE, message, messSSE, generate, "[", `{"model":"m","max_tokens":9223372036854775807}`} {
			f.Add(http.MethodPost, path, body)
		}
	}
	f.Add(http.MethodGet, "/v1beta/models", "")
	f.Add(http.MethodHead, "/v1/models/%2f/models", "")
	h := mockprovider.NewServer(models(f, mockprovider.Config{Models: []mockprovider.Settings{quick()}, Workload: tickets(f)}))
	f.Fuzz(func(t *testing.T, method, path, body string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			t.Skip()
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		format, asked := wire.FormatOf(u.Path)
		switch {
		case w.Code >= 400 && w.Code < 500 && w.Body.Len() > 0:
		case w.Code != http.StatusOK:
			t.Errorf("%s %q: status %d, %q", method, path, w.Code, w.Body)
		case asked && strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream"):
			var got reply
			if got.read(format, w.Body, time.Now()); got.err != nil {
				t.Errorf("%q: %v", path, got.err)
			}
		case asked:
			if _, err := format.DecodeAnswer(w.Body.Bytes()); err != nil {
				t.Errorf("%q: %v in %s", path, err, w.Body)
			}
		}
	})
}
