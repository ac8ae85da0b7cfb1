package mockprovider

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// TestServer_bodies: the bodies of all requests under way have a limit together,
// beyond which the next is turned away; one that ends makes room.
func TestServer_bodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{
			Models: []Settings{{Name: "m", Latency: draw.Constant(time.Second)}, {Name: "deaf", Latency: draw.Constant(time.Second)}},
			Faults: []fault.Window{{On: []string{"deaf"}, Fault: fault.Hang{}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.bodies = 1000
		if beyond, after := fill(t, s); beyond != http.StatusServiceUnavailable || after != http.StatusOK || s.held.Load() != 0 {
			t.Errorf("beyond the limit the status is %d, then %d, and %d bytes are held", beyond, after, s.held.Load())
		}
	})
}

// TestProxy_bodies: so have those that a proxy reads before it sends them on.
func TestProxy_bodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := NewProxy(ProxyConfig{
			Upstream: &url.URL{Scheme: "http", Host: "127.0.0.1:1"},
			Faults: []fault.Window{
				{On: []string{"deaf"}, Fault: fault.Hang{}},
				{On: []string{"m"}, Fault: fault.Status{Code: 529}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.bodies = 1000
		if beyond, after := fill(t, p); beyond != http.StatusServiceUnavailable || after != 529 || p.held.Load() != 0 {
			t.Errorf("beyond the limit the status is %d, then %d, and %d bytes are held", beyond, after, p.held.Load())
		}
	})
}

// fill asks for the model m with a body of some 600 bytes while the model deaf has
// one as large, and again once it has not.
func fill(t *testing.T, h http.Handler) (beyond, after int) {
	t.Helper()
	ask := func(ctx context.Context, model string) int {
		defer func() { _ = recover() }() // how a handler says that the client has left
		body := `{"model":"` + model + `","messages":[{"role":"user","content":"` + strings.Repeat("x", 500) + `"}]}`
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	ctx, leave := context.WithCancel(t.Context())
	go ask(ctx, "deaf")
	synctest.Wait()
	beyond = ask(t.Context(), "m")
	leave()
	synctest.Wait()
	return beyond, ask(t.Context(), "m")
}
