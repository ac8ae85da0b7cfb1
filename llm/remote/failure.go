package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// maxRefusal limits how much of an error's body is read, in bytes.
const maxRefusal = 1 << 20

// refusal reads a response whose status is not 2xx.
func (m *Model) refusal(resp *http.Response, body io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(body, maxRefusal))
	if err != nil {
		data = nil // the status and the header say enough
	}
	e := m.cfg.Format.DecodeError(resp.StatusCode, resp.Header, data, time.Now())
	if to, err := resp.Location(); err == nil && resp.StatusCode < http.StatusBadRequest {
		shown := url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path} // the rest may be secret
		e.Message = fmt.Sprintf("the address redirects to %v, which is not followed", &shown)
	}
	return e
}

// failure returns err as an [*llm.Error] without the key. What the caller's
// context says comes first, since a call that is given up fails in many ways.
func (m *Model) failure(ctx context.Context, err error) *llm.Error {
	e := classify(ctx, err)
	clean := *e
	clean.Message, clean.Cause = m.cfg.Key.strike(e.Message), m.cfg.Key.strikeError(e.Cause)
	return &clean
}

func classify(ctx context.Context, err error) *llm.Error {
	if known, ok := errors.AsType[*llm.Error](err); ok {
		return known
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &llm.Error{Kind: llm.Canceled, Cause: ctx.Err()}
	case expired(ctx):
		return &llm.Error{Kind: llm.Timeout, Cause: context.DeadlineExceeded}
	case errors.Is(err, errTooLarge):
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Cause: err}
	case timedOut(err):
		return &llm.Error{Kind: llm.Timeout, Cause: inner(err)}
	default:
		return &llm.Error{Kind: llm.Connection, Cause: inner(err)}
	}
}

// expired says whether the deadline has passed. Dialling may notice that a
// moment before the context does.
func expired(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// unlinkedError is why there was no connection.
type unlinkedError struct{ error }

// Unwrap returns the reason.
func (e *unlinkedError) Unwrap() error { return e.error }

// timedOut says whether a transport's own limit of time was reached. A
// connection that could not be made in time is a host out of reach instead.
func timedOut(err error) bool {
	if _, ok := errors.AsType[*unlinkedError](err); ok {
		return false
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// inner returns the error without the URL that net/http puts before it.
func inner(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
