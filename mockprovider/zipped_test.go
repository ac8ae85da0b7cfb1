package mockprovider_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// zip returns a request with its body compressed.
func zip(path string, body []byte) *http.Request {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body)
	z.Close()
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Encoding", "gzip")
	return r
}

// TestServer_zipped: a body may be compressed, but not to get round its limit.
func TestServer_zipped(t *testing.T) {
	t.Parallel()
	h := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	serve := func(r *http.Request) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for _, f := range wire.Formats() {
		path, body := f.EncodeRequest("m", &llm.Request{Prompt: "hi"}, true)
		broken := zip(path, body)
		broken.Body = httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body)).Body
		if got := [2]int{serve(zip(path, body)), serve(broken)}; got != [2]int{200, 400} {
			t.Errorf("%v: %v", f, got)
		}
	}
	if got := serve(zip(chatPath, make([]byte, 32<<20+1))); got != 413 {
		t.Errorf("32 MiB and a byte: %d", got)
	}
}

// TestProxy_zipped: a proxy knows which model a compressed request is for, and
// passes it on as it is.
func TestProxy_zipped(t *testing.T) {
	t.Parallel()
	upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	for model, want := range map[string]int{"m": 529, "another": 200} {
		p := proxyFor(t, upstream, fault.Window{Fault: fault.Status{Code: 529}, On: []string{model}})
		path, body := wire.Anthropic.EncodeRequest("m", &llm.Request{Prompt: "hi"}, false)
		r := zip(path, body)
		r, err := http.NewRequestWithContext(t.Context(), r.Method, p.base+path, r.Body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Encoding", "gzip")
		resp, err := p.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("a fault on %q: status %d, want %d", model, resp.StatusCode, want)
		}
	}
}
