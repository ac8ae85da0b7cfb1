package mockprovider

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// connect makes the way to the upstream.
func (p *Proxy) connect(transport http.RoundTripper) {
	p.idle = func() {}
	if transport == nil {
		own := newTransport()
		transport, p.idle = own, own.CloseIdleConnections
	}
	p.reverse = httputil.ReverseProxy{
		Rewrite:       p.rewrite,
		Transport:     bender{transport},
		FlushInterval: -1, // every piece at once
		BufferPool:    &buffers{},
		ErrorHandler:  p.unreachable,
		// What the proxy could say here may hold parts of requests.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}

// connectTimeout bounds the time to reach the upstream, but not its answer.
const connectTimeout = 10 * time.Second

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: connectTimeout,
		MaxIdleConnsPerHost: 1024,
		IdleConnTimeout:     90 * time.Second,
		// A client that asks before it sends the body gets the upstream's answer.
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // what the client accepts is for the client to say
	}
}

// rewrite addresses a request to the upstream and leaves the rest as it came,
// which includes what [httputil.ReverseProxy] takes away: a query that does not
// parse, and what other proxies wrote down.
func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	out, in := r.Out, r.In
	r.SetURL(&url.URL{
		Scheme: p.upstream.Scheme, Host: p.upstream.Host,
		Path: strings.TrimSuffix(p.upstream.Path, "/"), RawPath: strings.TrimSuffix(p.upstream.RawPath, "/"),
	})
	out.URL.RawQuery = in.URL.RawQuery
	out.Trailer = in.Trailer // filled when the body has been read
	for _, name := range [...]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := in.Header[name]; ok {
			out.Header[name] = values
		}
	}
	out.Header.Del(FaultHeader)
	if s := transitOf(out.Context()); s.looks() {
		out.Header.Set("Accept-Encoding", "identity")
	}
}

// unreachable answers a request that the upstream did not.
func (p *Proxy) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the client has left
	}
	transitOf(r.Context()).note.missed(r)
	http.Error(w, "tailgate proxy: no answer from "+p.upstream.Scheme+"://"+p.upstream.Host+": "+cause(err), http.StatusBadGateway)
}

// cause says why there was no answer, in words that cannot hold a part of the
// request.
func cause(err error) string {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was closed before the answer"
	}
	for _, known := range [...]string{
		"first record does not look like a TLS handshake", "TLS handshake timeout",
		"malformed HTTP", "malformed MIME header", "stream error", "GOAWAY",
	} {
		if strings.Contains(err.Error(), known) {
			return known
		}
	}
	return "the exchange failed"
}

// forward sends the request on and the answer back.
func (s *transit) forward(r *http.Request) {
	defer func() {
		v := recover()
		if err, ok := v.(error); ok && s.broken && errors.Is(err, http.ErrAbortHandler) {
			s.abort()
			return
		}
		if v != nil {
			panic(v)
		}
	}()
	s.proxy.reverse.ServeHTTP(s.w, r)
	s.note.delivered()
	if s.endless { // or else the server would say that an empty body has no bytes
		_ = http.NewResponseController(s.w).Flush() // the server sees a broken connection itself
	}
}

// unhurried is a response writer that leaves it to the server to tell the client
// to continue, which it does when the transport begins to read the body: when the
// upstream has told it to.
type unhurried struct{ http.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (u unhurried) WriteHeader(status int) {
	if status != http.StatusContinue {
		u.ResponseWriter.WriteHeader(status)
	}
}

// Unwrap gives an [http.ResponseController] the writer beneath.
func (u unhurried) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// requestBody is a body that stays at its end. The transport looks for more there
// after it has sent all, by when an upstream may have answered and the server
// closed the body: that error would cut the answer off.
type requestBody struct {
	io.ReadCloser
	ended bool
}

// Read implements [io.Reader].
func (b *requestBody) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = errors.Is(err, io.EOF)
	return n, err
}

// transitKey is the key of a request's transit in its context.
type transitKey struct{}

func transitOf(ctx context.Context) *transit {
	s, _ := ctx.Value(transitKey{}).(*transit)
	return s
}

// bender is a transport whose answers are bent as their transit says.
type bender struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (b bender) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	s := transitOf(r.Context())
	if res.StatusCode != http.StatusSwitchingProtocols {
		res.Body = &responseBody{res.Body, s}
	}
	s.note.answered(res)
	// The server is not to add what the upstream has left out.
	s.w.Header()["Date"], s.w.Header()["Content-Type"] = nil, nil
	s.endless = res.ContentLength < 0
	if !s.planned {
		return res, nil
	}
	if err := s.bend(r.Context(), res); err != nil {
		_ = res.Body.Close() // it is given up
		return nil, err
	}
	return res, nil
}

// responseBody is the upstream's answer. A reset of the connection becomes one of
// the client's.
type responseBody struct {
	io.ReadCloser
	s *transit
}

// Read implements [io.Reader].
func (b *responseBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, syscall.ECONNRESET) {
		b.s.broken = true
	}
	return n, err
}

// looks says whether the plan looks into the body of the answer.
func (s *transit) looks() bool {
	return s.planned && (s.plan.End != fault.EndComplete || s.plan.Gap > 0 || s.plan.Stall > 0)
}

// buffers is a pool of buffers to copy through.
type buffers struct{ pool sync.Pool }

// Get implements [httputil.BufferPool].
func (b *buffers) Get() []byte {
	if buf, ok := b.pool.Get().(*[]byte); ok {
		return *buf
	}
	return make([]byte, 32<<10)
}

// Put implements [httputil.BufferPool].
func (b *buffers) Put(buf []byte) { b.pool.Put(&buf) }
