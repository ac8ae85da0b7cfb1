package mockprovider_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// client asks a server in a vendor's format, as simply as possible.
type client struct {
	http *http.Client
	base string
}

// piece is what one read of a stream brought, and when.
type piece struct {
	At   time.Duration
	Text string
}

// reply is everything a client sees of an attempt.
type reply struct {
	answer llm.Answer
	pieces []piece // of a stream
	err    error   // nil for a whole answer
	header http.Header
	lasted time.Duration
}

// kind returns the kind of failure, Unknown for none. A transport that breaks is
// a connection failure.
func (r reply) kind() llm.Kind {
	if r.err == nil {
		return llm.Unknown
	}
	if e := (*llm.Error)(nil); errors.As(r.err, &e) {
		return e.Kind
	}
	if errors.Is(r.err, context.DeadlineExceeded) {
		return llm.Timeout
	}
	return llm.Connection
}

// ask makes an attempt at model "m".
func (c *client) ask(ctx context.Context, f wire.Format, stream bool, r *llm.Request) (got reply) {
	began := time.Now()
	defer func() { got.lasted = time.Since(began) }()
	path, body := f.EncodeRequest("m", r, stream)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.GetBody = nil // no second try behind our back
	req.Header.Set(wire.TraceRequest, strconv.FormatUint(r.ID, 10))
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	got.header = resp.Header
	switch {
	case resp.StatusCode != http.StatusOK:
		body, err := io.ReadAll(resp.Body)
		got.err = errors.Join(err, f.DecodeError(resp.StatusCode, resp.Header, body, time.Now()))
	case stream:
		got.read(f, resp.Body, began)
	default:
		body, err := io.ReadAll(resp.Body)
		if got.err = err; err == nil {
			got.answer, got.err = f.DecodeAnswer(body)
		}
	}
	return got
}

// read reads a stream.
func (r *reply) read(f wire.Format, body io.Reader, began time.Time) {
	events := f.NewReader(body)
	for {
		text, err := events.Next()
		if text != "" {
			r.pieces = append(r.pieces, piece{time.Since(began), text})
		}
		if err == nil {
			continue
		}
		r.answer = events.Answer()
		if !errors.Is(err, io.EOF) {
			r.err = err
		}
		return
	}
}

// serveInBubble serves the models on pipes until the test ends, which fails if a
// goroutine is left.
func serveInBubble(t *testing.T, all ...*mockprovider.Model) *client {
	t.Helper()
	return serveHandler(t, mockprovider.NewServer(all))
}

// serveHandler is serveInBubble for any handler.
func serveHandler(t *testing.T, h http.Handler) *client {
	t.Helper()
	return &client{http: &http.Client{Transport: mocktest.ServeInBubble(t, h)}, base: "http://pipe"}
}
