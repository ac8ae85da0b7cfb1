package mockprovider

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// bend bends the upstream's answer, whose headers have come, as the plan says.
// An answer that is an error already is only made slower.
func (s *transit) bend(ctx context.Context, res *http.Response) error {
	if err := s.wait.until(ctx, s.due(s.wait.elapsed())); err != nil {
		return err
	}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	s.head.Array = s.head.Array && media == "application/json"
	stream := s.head.Array || media == "text/event-stream"
	if s.plan.Stall > 0 && !stream { // nothing of it comes before the end
		if err := s.wait.until(ctx, s.wait.elapsed()+s.plan.Stall); err != nil {
			return err
		}
	}
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299 || res.Request.Method == http.MethodHead:
	case s.plan.End == fault.EndGarble:
		res.Body = &garbler{ReadCloser: res.Body}
	case stream && s.looks():
		s.bendStream(ctx, res)
	case stream:
		res.Body = &tally{ReadCloser: res.Body, lane: s.lane, ends: s.ends()}
	case s.looks() && s.plan.End != fault.EndComplete:
		return s.bendWhole(ctx, res)
	}
	return nil
}

// bendStream bends a stream of events while it passes.
func (s *transit) bendStream(ctx context.Context, res *http.Response) {
	switch s.plan.End {
	case fault.EndEOF, fault.EndInStream, fault.EndBlank:
		shorten(res, -1)
	default:
	}
	res.Body = newBentStream(ctx, s, res.Body)
}

// bendWhole bends an answer that is not a stream: it waits for all of it, then
// sends what there is to be of it.
func (s *transit) bendWhole(ctx context.Context, res *http.Response) error {
	if s.plan.End == fault.EndHang { // nothing comes before the whole answer
		<-ctx.Done()
		return ctx.Err()
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	_ = res.Body.Close() // all of it has been read
	part := brokenOff(body, &s.plan)
	switch {
	case err != nil: // the upstream has broken off, and so does the proxy
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing(func() error { return err })))
	case s.plan.End == fault.EndReset:
		shorten(res, len(body))
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(part), failing(s.breakOff)))
	case s.plan.End == fault.EndInStream:
		r := s.format.EncodeError(s.head, inStream(&s.plan))
		res.StatusCode, res.Body = r.Status, io.NopCloser(bytes.NewReader(r.Body))
		res.Header.Del("Content-Encoding")
		maps.Copy(res.Header, r.Header)
		shorten(res, len(r.Body))
	default:
		shorten(res, -1) // chunks without a length can end anywhere
		res.Body = io.NopCloser(bytes.NewReader(part))
	}
	return nil
}

// shorten gives the answer another length, -1 for none, and no trailers.
func shorten(res *http.Response, length int) {
	res.ContentLength, res.Trailer = int64(length), nil
	res.Header.Del("Content-Length")
	if length >= 0 {
		res.Header.Set("Content-Length", strconv.Itoa(length))
	}
}

// failing is a body that cannot be read; the function says why.
type failing func() error

// Read implements [io.Reader].
func (f failing) Read([]byte) (int, error) { return 0, f() }

// garbler is a body that arrives in full length, but as JSON that does not
// parse: see garbled.
type garbler struct {
	io.ReadCloser
	last byte // but for space
}

// Read implements [io.Reader].
func (g *garbler) Read(b []byte) (int, error) {
	n, err := g.ReadCloser.Read(b)
	for i, c := range b[:n] {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case ':':
			if g.last == '"' {
				b[i] = ';'
			}
		}
		g.last = c
	}
	return n, err
}

// tally is a stream that passes as it is, while its events are counted.
type tally struct {
	io.ReadCloser
	lane   *lane
	events int64
	ends   ends
}

// Read implements [io.Reader].
func (t *tally) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	for _, c := range b[:n] {
		if t.ends.end(c) {
			t.events++
		}
	}
	if errors.Is(err, io.EOF) && t.events > 0 {
		t.lane.events.Store(t.events)
	}
	return n, err
}

// terminates says whether an event is one that only the last of a stream is.
func terminates(event []byte) bool {
	text := strings.TrimSpace(string(event))
	return text == "data: [DONE]" || text == "data:[DONE]" ||
		strings.HasPrefix(text, "event: message_stop") || strings.HasPrefix(text, "event: response.completed") ||
		strings.HasPrefix(text, "event: response.incomplete") || strings.HasPrefix(text, "event: response.failed")
}
