package mockprovider_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// exchange is everything that an upstream saw and a client got.
type exchange struct {
	Method, URI, Host string
	Header, Trailer   http.Header
	Body              []byte
	Length            int64
	Status            int
	Got, GotTrailer   http.Header
	GotBody           []byte
	GotLength         int64
}

// mirror answers with what is given and writes down what it was sent.
type mirror struct {
	status  int
	header  http.Header
	trailer http.Header
	pieces  [][]byte
	seen    exchange
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.seen = exchange{
		Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header.Clone(), Trailer: r.Trailer.Clone(),
		Body: body, Length: r.ContentLength,
	}
	maps.Copy(w.Header(), m.header)
	w.Header()["Date"] = nil
	for name, values := range m.trailer {
		w.Header()[http.TrailerPrefix+name] = values
	}
	w.WriteHeader(m.status)
	for _, b := range m.pieces {
		w.Write(b)
		_ = http.NewResponseController(w).Flush()
	}
}

// TestProxy_transparent: with and without the proxy, an upstream sees the same
// and a client gets the same, whatever is sent.
func TestProxy_transparent(t *testing.T) {
	t.Parallel()
	var m mirror
	behind := httptest.NewServer(&m)
	defer behind.Close()
	bases := []string{behind.URL, proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL)}).base}
	// These proxies have faults: one hits no request, and the others take no time.
	for _, w := range []fault.Window{
		{On: []string{"another"}, Fault: fault.Status{Code: 500}},
		{Fault: fault.Latency{Add: 1}},
		{Fault: fault.Stall{For: 1, AfterShare: 0.1}},
	} {
		bases = append(bases, proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL+"/"), Faults: []fault.Window{w}}).base)
	}
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[a-z][a-z0-9-]{0,9}`)
		values := rapid.StringMatching(`[!-~]([ -~]{0,20}[!-~])?`)
		headers := rapid.MapOf(rapid.Map(words, func(s string) string { return http.CanonicalHeaderKey("X-R-" + s) }),
			rapid.SliceOfN(values, 1, 3))
		m = mirror{
			status: rapid.SampledFrom([]int{200, 201, 204, 301, 304, 400, 429, 500, 529}).Draw(t, "status"),
			header: headers.Draw(t, "answer header"),
		}
		if rapid.Bool().Draw(t, "typed") {
			m.header["Content-Type"] = []string{rapid.SampledFrom([]string{"text/event-stream", "application/json"}).Draw(t, "type")}
		}
		if m.status != 204 && m.status != 304 {
			m.pieces = rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 3000)).Draw(t, "pieces")
			m.trailer = headers.Draw(t, "trailer")
		}
		method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "QUERY"}).Draw(t, "method")
		uri := rapid.SampledFrom([]string{"/v1/chat/completions", "/v1/messages", "/", "//a/./b", "/a%2Fb", "/v1/models/x:y", "/v1beta/models/x:streamGenerateContent"}).Draw(t, "path") +
			rapid.SampledFrom([]string{"", "?", "?a=b", "?a;b=%zz&&c", "?key=secret"}).Draw(t, "query")
		header, body := headers.Draw(t, "header"), rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "body")
		for _, name := range []string{"Authorization", "X-Forwarded-For", "Forwarded", "User-Agent", "Accept-Encoding", "Te"} {
			if rapid.Bool().Draw(t, name) {
				header[name] = []string{"trailers"}
			}
		}
		chunked := rapid.Bool().Draw(t, "chunked")
		var all []exchange
		for _, base := range bases {
			all = append(all, send(t, transport, &m, method, base, uri, header, body, chunked))
		}
		last := &all[len(all)-1] // reads what passes, so it must not be compressed
		if got := last.Header.Get("Accept-Encoding"); got != "identity" {
			t.Fatalf("the upstream may send %q", got)
		}
		if delete(last.Header, "Accept-Encoding"); all[0].Header["Accept-Encoding"] != nil {
			last.Header["Accept-Encoding"] = all[0].Header["Accept-Encoding"]
		}
		for _, other := range all[1:] {
			if diff := cmp.Diff(all[0], other); diff != "" {
				t.Fatalf("the proxy changed something (-direct +proxied):\n%s", diff)
			}
		}
	})
}

// send sends one request and returns the exchange.
func send(t *rapid.T, transport http.RoundTripper, m *mirror, method, base, uri string, header http.Header, body []byte, chunked bool) exchange {
	var content io.Reader = bytes.NewReader(body)
	if chunked {
		content = io.MultiReader(content)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, base+uri, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header.Clone()
	if chunked {
		req.Trailer = http.Header{"X-After": {"all"}}
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	x := m.seen
	x.Status, x.Got, x.GotTrailer, x.GotBody, x.GotLength = res.StatusCode, res.Header, res.Trailer, got, res.ContentLength
	return x
}

// TestProxy_cancel: a client that leaves ends the request at the upstream, with
// and without faults.
func TestProxy_cancel(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault.Window{
		"clear": nil, "cut late": {{Fault: fault.Truncate{Share: 0.99}}}, "slow": {{Fault: slow{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{})
			p := proxyFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "text/event-stream")
				io.WriteString(w, "data: {}\n\n")
				http.NewResponseController(w).Flush()
				<-r.Context().Done()
				close(ended)
			}), faults...)
			ctx, leave := context.WithCancel(t.Context())
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/v1/messages", strings.NewReader(`{"model":"m"}`))
			res, err := p.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := res.Body.Read(make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
			leave()
			res.Body.Close()
			<-ended // or the test's own timeout
		})
	}
}

// TestProxy_answersAtOnce: an upstream that answers as soon as it has all of the
// request is heard to the end.
func TestProxy_answersAtOnce(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault.Window{"clear": nil, "with faults": {{Fault: fault.Latency{Add: 1}}}} {
		synctest.Test(t, func(t *testing.T) {
			p := proxyInFront(t, serveHandler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				for range 3 {
					io.WriteString(w, "data: {}\n\n")
					http.NewResponseController(w).Flush()
					time.Sleep(time.Second)
				}
			})), faults...)
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/messages", strings.NewReader(`{"model":"m"}`))
					if got := doText(t, p, req); len(got) != 30 {
						t.Errorf("%s: got %q", name, got)
					}
				})
			}
			all.Wait()
		})
	}
}

// TestProxy_backpressure: while the client does not read, the upstream cannot
// write without end, bent or not. Only a proxy that hoards lets it; then the
// time given here is enough for it to be found out.
func TestProxy_backpressure(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault.Window{"clear": nil, "bent": {{Fault: fault.Reset{AfterShare: 1}}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			taken, stopped := make(chan struct{}), make(chan struct{})
			p := proxyFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(stopped)
				io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "text/event-stream")
				event := []byte("data: " + strings.Repeat("x", 2<<20) + "\n\n")
				for range 40 {
					if _, err := w.Write(event); err != nil {
						return
					}
				}
				close(taken)
			}), faults...)
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/messages", strings.NewReader(`{"model":"m"}`))
			res, err := p.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			select {
			case <-taken:
				t.Error("80 MiB were taken for a client that reads none")
			case <-time.After(300 * ms):
			}
			res.Body.Close()
			<-stopped
		})
	}
}

// TestProxy_unreachable: the client is told why, and nothing of what it sent.
func TestProxy_unreachable(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer broken.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.StartTLS()
	defer untrusted.Close()
	for address, want := range map[string]string{gone.URL: "refused", broken.URL: "closed before the answer", untrusted.URL: "certificate"} {
		p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, address)})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/messages?key=SECRET", strings.NewReader("SECRET"))
		req.Header.Set("Authorization", "Bearer SECRET")
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if text := string(body); res.StatusCode != http.StatusBadGateway || !strings.Contains(text, want) ||
			!strings.Contains(text, address) || strings.Contains(text, "SECRET") {
			t.Errorf("status %d, %s; want 502 and %q", res.StatusCode, text, want)
		}
	}
}

// TestProxy_tls: an upstream may be https, and HTTP/2.
func TestProxy_tls(t *testing.T) {
	t.Parallel()
	behind := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Proto+" "+r.Header.Get("X-Api-Key")+" "+r.URL.Path)
	}))
	behind.EnableHTTP2 = true
	behind.StartTLS()
	defer behind.Close()
	p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL+"/base/"), Transport: behind.Client().Transport})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/v1/models", nil)
	req.Header.Set("X-Api-Key", "k")
	if got := doText(t, p, req); got != "HTTP/2.0 k /base/v1/models" {
		t.Errorf("the upstream saw %q", got)
	}
}

func doText(t *testing.T, c *client, req *http.Request) string {
	t.Helper()
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}
