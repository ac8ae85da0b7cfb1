package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// Call implements [llm.Model]. The error is always an [*llm.Error].
func (m *Model) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a := attempt{model: m, call: c, cancel: cancel, guard: newGuard(m.cfg.Timeouts, cancel)}
	defer a.guard.close()
	ans, err := a.run(inner)
	if err == nil {
		err = judge(ans)
	}
	m.cfg.Key.strikeAnswer(&ans)
	if ans.Model == "" {
		ans.Model = m.cfg.Model
	}
	if err != nil {
		return ans, m.failure(ctx, orTimeout(inner, err))
	}
	return ans, nil
}

// attempt is one call under way.
type attempt struct {
	model  *Model
	call   llm.Call
	cancel context.CancelCauseFunc
	guard  *guard
	linked atomic.Bool // there is a connection, or nobody says whether there is
	sent   atomic.Bool // the whole request has left
	shared atomic.Bool // the connection is one of HTTP/2
}

func (a *attempt) run(ctx context.Context) (llm.Answer, error) {
	req, err := a.request(ctx)
	if err != nil {
		return llm.Answer{}, &llm.Error{Kind: llm.Internal, Message: "the request cannot be made", Cause: err}
	}
	a.linked.Store(true)
	a.guard.begin(Connecting, WholeCall)
	resp, err := a.model.client.Do(req)
	a.guard.end(AwaitingHeaders)
	if err != nil && !a.linked.Load() {
		return llm.Answer{}, &unlinkedError{err}
	}
	if err != nil {
		return a.unheard(ctx), err
	}
	defer resp.Body.Close() //nolint:errcheck // a body that was read has nothing left to say
	body := &limited{from: decoded(resp), left: a.model.cfg.MaxBody}
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return llm.Answer{}, a.model.refusal(resp, body)
	case a.model.cfg.Whole || inOnePiece(resp.Header):
		return a.whole(body)
	default:
		return a.stream(body)
	}
}

// request makes the HTTP request.
func (a *attempt) request(ctx context.Context) (*http.Request, error) {
	cfg := &a.model.cfg
	encode := cfg.Format.EncodeRequest
	if cfg.OldMaxTokens {
		encode = cfg.Format.EncodeOldRequest
	}
	path, body := encode(cfg.Model, a.call.Request, !cfg.Whole)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { a.linked.Store(false) },
		GotConn:      func(c httptrace.GotConnInfo) { a.connected(c.Conn) },
		WroteRequest: func(w httptrace.WroteRequestInfo) { a.sent.Store(w.Err == nil) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.model.address(path), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.GetBody = a.once(req.GetBody)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tailgate")
	req.Header.Set("Accept-Encoding", "identity")
	if !cfg.Whole {
		req.Header.Set("Accept", "text/event-stream")
	}
	cfg.Format.SetKey(req.Header, string(cfg.Key))
	if cfg.Trace {
		req.Header.Set(wire.TraceRequest, strconv.FormatUint(a.call.Request.ID, 10))
		req.Header.Set(wire.TraceAttempt, strconv.Itoa(a.call.Ordinal))
	}
	for name, values := range cfg.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Host = req.Header.Get("Host") // "": that of the address
	return req, nil
}

var errThrownBack = errors.New("the server threw the request back")

// once keeps net/http from sending a request again that a server of HTTP/2 has
// seen and reset, which it does up to six times. Over HTTP/1 it asks for the body
// once more only if nothing has reached the server.
func (a *attempt) once(body func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		if a.shared.Load() && a.sent.Load() {
			return nil, errThrownBack
		}
		return body()
	}
}

// connected goes on to the next phase once there is a connection.
func (a *attempt) connected(c net.Conn) {
	a.linked.Store(true)
	secure, ok := c.(*tls.Conn)
	a.shared.Store(ok && secure.ConnectionState().NegotiatedProtocol == "h2")
	a.guard.end(Connecting)
	a.guard.begin(AwaitingHeaders, AwaitingFirstToken)
}

// unheard returns what to bill for a request of which nothing came back: the
// prompt, if the server has it and we left before it could answer. A connection
// that broke costs nothing.
func (a *attempt) unheard(ctx context.Context) llm.Answer {
	if ctx.Err() == nil || !a.sent.Load() {
		return llm.Answer{}
	}
	return a.billed(llm.Answer{Usage: llm.Usage{Estimated: true}})
}

// billed fills in the prompt's tokens where the server did not count them.
func (a *attempt) billed(ans llm.Answer) llm.Answer {
	if ans.Usage.Estimated && ans.Usage.Input == 0 {
		r := a.call.Request
		ans.Usage.Input = llm.EstimateTokens(r.System) + llm.EstimateTokens(r.Prompt)
	}
	return ans
}

func (a *attempt) whole(body io.Reader) (llm.Answer, error) {
	data, err := io.ReadAll(body)
	a.guard.end(AwaitingFirstToken)
	if err != nil {
		return a.billed(llm.Answer{Usage: llm.Usage{Estimated: true}}), err
	}
	ans, err := a.model.cfg.Format.DecodeAnswer(data)
	if ans.Text != "" {
		a.spoke()
	}
	return a.billed(ans), err
}

func (a *attempt) stream(body *limited) (llm.Answer, error) {
	r := a.model.cfg.Format.NewReader(body)
	_, err := r.Next()
	a.guard.end(AwaitingFirstToken)
	if err == nil {
		a.spoke()
	}
	for err == nil {
		a.guard.begin(Streaming)
		_, err = r.Next()
	}
	a.guard.close()
	ans := a.billed(r.Answer())
	if !errors.Is(err, io.EOF) {
		return ans, err
	}
	a.drain(body)
	return ans, nil
}

func (a *attempt) spoke() {
	if a.call.FirstToken != nil {
		a.call.FirstToken()
	}
}

// What a server may send after the end of the answer, and how long it may take,
// before its connection is given up instead of kept for another request.
const (
	drainBytes = 64 << 10
	drainTime  = 50 * time.Millisecond
)

// drain reads a body to its end, without which its connection cannot be used
// again. Mostly the end has come together with what was last read; a timer that
// is set for nothing wakes a thread, which costs more than all of the decoding.
func (a *attempt) drain(body *limited) {
	if body.ended {
		return
	}
	timer := time.AfterFunc(drainTime, func() { a.cancel(nil) })
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, body, drainBytes)
}

// limited is a body that may not be longer than what is left.
type limited struct {
	from  io.Reader
	left  int64
	ended bool
}

var errTooLarge = errors.New("the response is too large")

// Read implements [io.Reader].
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLarge
	}
	n, err := l.from.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	l.ended = errors.Is(err, io.EOF)
	return n, err
}
