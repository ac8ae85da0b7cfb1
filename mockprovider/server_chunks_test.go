package mockprovider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// A stream comes in chunks even when it is short and all of it is there at once;
// an answer that is not streamed tells its length.
func TestServer_chunks(t *testing.T) {
	t.Parallel()
	models, err := mockprovider.NewModels(mockprovider.Config{Seed: 1, Models: []mockprovider.Settings{{
		Name: "m", FirstToken: draw.Constant(0), PerToken: draw.Constant(0), OutputTokens: draw.Constant(2),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(mockprovider.NewServer(models))
	t.Cleanup(srv.Close)
	for _, stream := range []bool{true, false} {
		body := fmt.Sprintf(`{"model":"m","stream":%t,"messages":[{"role":"user","content":"hi"}]}`, stream)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || len(data) == 0 {
			t.Fatalf("body %q: %v", data, err)
		}
		if chunked := resp.ContentLength < 0; chunked != stream || chunked != (len(resp.TransferEncoding) == 1) {
			t.Errorf("stream %t of %d bytes: length %d, encoding %q", stream, len(data), resp.ContentLength, resp.TransferEncoding)
		}
	}
}
