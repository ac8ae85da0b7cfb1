package mockprovider

import (
	"context"
	"net/http"
	"net/http/httptest"
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
		ask := func(ctx context.Context, model string) int {
			body := `{"model":"` + model + `","messages":[{"role":"user","content":"` + strings.Repeat("x", 500) + `"}]}`
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return w.Code
		}
		ctx, leave := context.WithCancel(t.Context())
		go ask(ctx, "deaf")
		synctest.Wait()
		if status := ask(t.Context(), "m"); status != http.StatusServiceUnavailable {
			t.Errorf("beyond the limit the status is %d", status)
		}
		leave()
		synctest.Wait()
		if status := ask(t.Context(), "m"); status != http.StatusOK || s.held.Load() != 0 {
			t.Errorf("with room again the status is %d, and %d bytes are held", status, s.held.Load())
		}
	})
}
