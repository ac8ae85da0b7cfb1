package mockprovider_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// proxyFor returns a running proxy for the handler, with the given faults.
func proxyFor(tb testing.TB, upstream http.Handler, faults ...fault.Window) *client {
	tb.Helper()
	behind := httptest.NewServer(upstream)
	tb.Cleanup(behind.Close)
	return proxyTo(tb, mockprovider.ProxyConfig{Upstream: parse(tb, behind.URL), Seed: 1, Faults: faults})
}

func proxyTo(tb testing.TB, c mockprovider.ProxyConfig) *client {
	tb.Helper()
	p, err := mockprovider.NewProxy(c)
	if err != nil {
		tb.Fatal(err)
	}
	front := httptest.NewServer(p)
	tb.Cleanup(func() {
		front.Close()
		p.Close()
	})
	return &client{http: front.Client(), base: front.URL}
}

func parse(tb testing.TB, address string) *url.URL {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

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
		Method: r.Method, URI: r.RequestURI, Header: r.Header.Clone(), Trailer: r.Trailer.Clone(),
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
	// The last proxy has faults, none of which hits these requests.
	never := fault.Window{On: []string{"another"}, Fault: fault.Status{Code: 500}}
	bases := []string{
		behind.URL,
		proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL)}).base,
		proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL+"/"), Faults: []fault.Window{never}}).base,
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
		uri := rapid.SampledFrom([]string{"/v1/chat/completions", "/v1/messages", "/", "//a/./b", "/a%2Fb", "/v1/models/x:y"}).Draw(t, "path") +
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

// TestProxy_faults: each fault is, to a client of each format, the failure it is
// on a mock.
func TestProxy_faults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault         fault.Fault
		whole, stream llm.Kind
	}{
		"none":             {fault.Latency{}, llm.Unknown, llm.Unknown},
		"status":           {fault.Status{Code: 503, After: ms}, llm.Overloaded, llm.Overloaded},
		"rate limit":       {fault.Status{Code: 429, After: ms, RetryAfter: llm.HintAfter(time.Second)}, llm.RateLimited, llm.RateLimited},
		"refuse":           {fault.Refuse{}, llm.Connection, llm.Connection},
		"reset":            {fault.Reset{}, llm.Connection, llm.Connection},
		"reset in the end": {fault.Reset{AfterShare: 0.5}, llm.Connection, llm.Connection},
		"hang":             {fault.Hang{}, llm.Timeout, llm.Timeout},
		"hang in the end":  {fault.Hang{AfterTokens: 3}, llm.Timeout, llm.Timeout},
		"truncate":         {fault.Truncate{Share: 0.5}, llm.Malformed, llm.Truncated},
		"truncate late":    {fault.Truncate{Share: 0.999}, llm.Malformed, llm.Truncated},
		"malformed":        {fault.Malformed{}, llm.Malformed, llm.Malformed},
		"in the stream":    {fault.InStream{AfterShare: 0.1}, llm.ServerError, llm.InStreamError},
	} {
		for _, f := range wire.Formats() {
			t.Run(name+" "+f.String(), func(t *testing.T) {
				t.Parallel()
				upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
				p := proxyFor(t, upstream, fault.Window{Kind: "fault", Fault: c.fault})
				for _, stream := range []bool{false, true} {
					want := c.whole
					if stream {
						want = c.stream
					}
					ctx, cancel := t.Context(), func() {}
					if want == llm.Timeout {
						ctx, cancel = context.WithTimeout(ctx, 50*ms)
					}
					got := p.ask(ctx, f, stream, &llm.Request{Prompt: "What now?"})
					cancel()
					if got.kind() != want {
						t.Errorf("stream %t: %v (%v), want %v", stream, got.kind(), got.err, want)
					}
				}
			})
		}
	}
}

// TestProxy_countsOn: the events of an error are numbered on from those of the
// upstream.
func TestProxy_countsOn(t *testing.T) {
	t.Parallel()
	upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	p := proxyFor(t, upstream, fault.Window{Kind: "fault", Fault: fault.InStream{AfterShare: 0.1}}) // of 64
	got := string(text(t, p.exchange(t, http.MethodPost, respPath, "", `{"model":"m","input":"hi","stream":true}`)))
	for n := range 8 {
		if want := fmt.Sprintf(`"sequence_number":%d`, n); strings.Count(got, want) != 1 {
			t.Errorf("no single %s in\n%s", want, got)
		}
	}
	if !strings.Contains(got, `"sequence_number":7,"response":{`) || !strings.Contains(got, "response.failed") {
		t.Errorf("no failure at last:\n%s", got)
	}
}

// TestProxy_resetIsAReset: the client sees a TCP reset, not an end.
func TestProxy_resetIsAReset(t *testing.T) {
	t.Parallel()
	upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	for name, f := range map[string]fault.Fault{"refuse": fault.Refuse{}, "late": fault.Reset{AfterShare: 0.2}} {
		p := proxyFor(t, upstream, fault.Window{Fault: f})
		if got := p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "?"}); !errors.Is(got.err, syscall.ECONNRESET) {
			t.Errorf("%s: error %v, want a reset", name, got.err)
		}
	}
}

// TestProxy_whom: faults keep to their models and paths and to what the client
// chooses.
func TestProxy_whom(t *testing.T) {
	t.Parallel()
	upstream := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get(mockprovider.FaultHeader) != "" {
			t.Error("the header for the proxy reached the upstream")
		}
	})
	behind := httptest.NewServer(upstream)
	defer behind.Close()
	p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL), Paths: []string{"/v1/*", "/v1beta/models/*"}, Faults: []fault.Window{
		{Name: "down", On: []string{"a"}, Fault: fault.Status{Code: 503, After: 1}},
		{Name: "quota", On: []string{"b"}, Fault: fault.Status{Code: 402, After: 1}},
		{Name: "later", From: time.Hour, Fault: fault.Status{Code: 500, After: 1}},
	}})
	for name, c := range map[string]struct {
		path, body, header string
		want               int
	}{
		"a":              {"/v1/messages", `{"model":"a"}`, "", 503},
		"b":              {"/v1/embeddings", `{"input":[],"model":"b"}`, "", 402},
		"another model":  {"/v1/messages", `{"model":"c"}`, "", 200},
		"in the path":    {"/v1beta/models/a:generateContent", `{}`, "", 503},
		"another path":   {"/v2/messages", `{"model":"a"}`, "", 200},
		"chosen":         {"/v1/messages", `{"model":"a"}`, "quota, down", 503},
		"not chosen":     {"/v1/messages", `{"model":"a"}`, "quota", 200},
		"chosen as none": {"/v1/messages", `{"model":"a"}`, "none", 200},
		"no JSON":        {"/v1/messages", `model: a`, "", 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.header != "" {
			req.Header.Set(mockprovider.FaultHeader, c.header)
		}
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d", name, res.StatusCode, c.want)
		}
	}
}

// TestProxy_latency: the time to the headers is bent by exactly what the fault
// says; what the upstream sent meanwhile follows at once.
func TestProxy_latency(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault.Fault
		first time.Duration
	}{
		"none":     {fault.Latency{}, 100 * ms},
		"add":      {fault.Latency{Add: 30 * ms}, 130 * ms},
		"multiply": {fault.Latency{Multiply: 3}, 300 * ms},
		"both":     {fault.Latency{Multiply: 3, Add: 30 * ms}, 330 * ms},
		"replace":  {fault.Latency{Replace: constant(450 * ms)}, 450 * ms},
		"slow":     {slow{}, 100 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := proxyInBubble(t, one(t), fault.Window{Fault: c.fault})
				got := p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "?"})
				if got.err != nil {
					t.Fatal(got.err)
				}
				lasted := max(c.first, 200*ms)
				if name == "slow" {
					lasted = 100*ms + 15*50*ms // the start, 11 tokens, the reason, the usage, the end
				}
				if first := got.pieces[0].At; name != "slow" && first != c.first || got.lasted != lasted {
					t.Errorf("first token after %v, end after %v; want %v and %v", first, got.lasted, c.first, lasted)
				}
			})
		})
	}
}

// slow is a fault that leaves time between tokens.
type slow struct{}

func (slow) Apply(p *fault.Plan, _ fault.Instant) { p.Gap = 50 * ms }

type constant float64

func (c constant) Quantile(float64) float64 { return float64(c) }

// proxyInBubble serves a model behind a proxy, both on pipes.
func proxyInBubble(t *testing.T, m *mockprovider.Model, faults ...fault.Window) *client {
	t.Helper()
	behind := serveInBubble(t, m)
	p, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
		Upstream: parse(t, behind.base), Transport: behind.http.Transport, Faults: faults,
	})
	if err != nil {
		t.Fatal(err)
	}
	return serveHandlerInBubble(t, p)
}

func serveHandlerInBubble(t *testing.T, h http.Handler) *client {
	t.Helper()
	network := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Hour}
	go srv.Serve(network)
	transport := &http.Transport{DialContext: network.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		srv.Close()
	})
	return &client{http: &http.Client{Transport: transport}, base: "http://pipe"}
}

// TestProxy_capacity: the second request waits for the first, the third finds
// no room.
func TestProxy_capacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := proxyInBubble(t, one(t), fault.Window{Fault: fault.Capacity{Concurrency: 1, Queue: 1}})
		var got [3]reply
		done := make(chan struct{})
		for i := range got {
			go func() {
				got[i] = p.ask(t.Context(), wire.OpenAI, true, &llm.Request{ID: uint64(i)})
				done <- struct{}{}
			}()
			synctest.Wait()
		}
		for range got {
			<-done
		}
		if got[0].lasted != 200*ms || got[1].lasted != 400*ms || got[2].kind() != llm.Overloaded {
			t.Errorf("lasted %v and %v, then %v; want 200 ms, 400 ms, overloaded", got[0].lasted, got[1].lasted, got[2].err)
		}
	})
}

// TestProxy_bends: what else a proxy can do to a stream that passes, and when.
func TestProxy_bends(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault         fault.Fault
		stream, whole time.Duration
		kind          llm.Kind // of the stream
	}{
		"blank":     {fault.Blank{}, 100 * ms, 200 * ms, llm.Truncated},
		"stall":     {fault.Stall{AfterShare: 0.1, For: 3 * time.Second}, 3150 * ms, 3200 * ms, llm.Unknown},
		"brownout":  {fault.Brownout{Multiply: 3}, 300 * ms, 600 * ms, llm.Unknown},
		"incidents": {&fault.Incidents{Gap: constant(1), Duration: constant(1e15), Outage: fault.Outage{Unavailable: 1}}, 50 * ms, 50 * ms, llm.Overloaded},
		"key limit": {&fault.KeyLimit{Requests: 1}, 50 * ms, 50 * ms, llm.RateLimited},
		"a page":    {fault.Status{Code: 500, Page: true}, 50 * ms, 50 * ms, llm.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := proxyInBubble(t, one(t), fault.Window{Fault: c.fault, From: ms})
				time.Sleep(ms)
				if name == "key limit" {
					p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "What?"})
				}
				time.Sleep(2 * ms)
				stream := p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "What?"})
				whole := p.ask(t.Context(), wire.OpenAI, false, &llm.Request{Prompt: "What?"})
				if stream.lasted != c.stream || whole.lasted != c.whole || stream.kind() != c.kind {
					t.Errorf("a stream lasted %v, an answer %v, %v; want %v, %v, %v",
						stream.lasted, whole.lasted, stream.err, c.stream, c.whole, c.kind)
				}
			})
		})
	}
}

// TestBends: what a proxy cannot do is refused, not left out.
func TestBends(t *testing.T) {
	t.Parallel()
	for _, f := range []fault.Fault{fault.FirstToken{}, fault.Empty{}, fault.Refusal{}, fault.WrongModel{}, fault.NoUsage{}} {
		_, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
			Upstream: parse(t, "http://127.0.0.1"), Faults: []fault.Window{{Name: "odd", Fault: f}},
		})
		if err == nil || !strings.Contains(err.Error(), `fault "odd"`) {
			t.Errorf("%T: error %v", f, err)
		}
	}
}

// TestProxy_rateLimit: what is turned away never reaches the upstream.
func TestProxy_rateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := one(t)
		p := proxyInBubble(t, m, fault.Window{Fault: &fault.RateLimit{Requests: 2}})
		var kinds []llm.Kind
		for range 4 {
			kinds = append(kinds, p.ask(t.Context(), wire.Anthropic, false, &llm.Request{Prompt: "?"}).kind())
		}
		want := []llm.Kind{llm.Unknown, llm.Unknown, llm.RateLimited, llm.RateLimited}
		if !slices.Equal(kinds, want) || m.Load().Attempts != 2 {
			t.Errorf("%v with %d attempts at the upstream, want %v with 2", kinds, m.Load().Attempts, want)
		}
	})
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

// TestProxy_changing: weather changes what happens while the proxy runs.
func TestProxy_changing(t *testing.T) {
	t.Parallel()
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer behind.Close()
	weather := mockprovider.NewWeather(time.Now(), nil, func([]byte) (fault.Window, error) {
		return fault.Window{Name: "down", Fault: fault.Status{Code: 503, After: 1}}, nil
	})
	p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL), Weather: weather})
	status := func() int {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/v1/models", nil)
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	before := status()
	if _, err := weather.PutFault("", nil, 0); err != nil {
		t.Fatal(err)
	}
	during := status()
	weather.RemoveFault("down")
	if after := status(); before != 200 || during != 503 || after != 200 {
		t.Errorf("status %d, %d, %d; want 200, 503, 200", before, during, after)
	}
}

func TestNewProxy_errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]mockprovider.ProxyConfig{
		"must be an address": {},
		"such as https":      {Upstream: parse(t, "ftp://SECRET")},
		"own credentials":    {Upstream: parse(t, "https://u:SECRET@host")},
		"end with its path":  {Upstream: parse(t, "https://host?key=SECRET")},
		"syntax error":       {Upstream: parse(t, "https://host"), Paths: []string{"["}},
		"does nothing":       {Upstream: parse(t, "https://host"), Faults: []fault.Window{{}}},
	} {
		_, err := mockprovider.NewProxy(c)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

// BenchmarkProxy compares a request straight to the upstream with one through
// the proxy, on loopback: without faults, and with one that is in force but
// draws nobody.
func BenchmarkProxy(b *testing.B) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"ok":true}`)
	}))
	defer behind.Close()
	rare := fault.Window{Probability: 1e-300, Fault: fault.Status{Code: 500}}
	config := mockprovider.ProxyConfig{Upstream: parse(b, behind.URL)}
	faulty := config
	faulty.Faults = []fault.Window{rare}
	for _, c := range []struct{ name, base string }{
		{"direct", behind.URL}, {"proxied", proxyTo(b, config).base}, {"with faults", proxyTo(b, faulty).base},
	} {
		b.Run(c.name, func(b *testing.B) {
			var lasted []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				req, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, c.base+"/v1/messages", strings.NewReader(`{"model":"m"}`))
				res, err := behind.Client().Do(req)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				lasted = append(lasted, time.Since(began))
			}
			slices.Sort(lasted)
			b.ReportMetric(float64(lasted[len(lasted)/2].Microseconds()), "p50-µs")
		})
	}
}
