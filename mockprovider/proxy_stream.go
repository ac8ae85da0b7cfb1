package mockprovider

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// bentStream is a stream of events that is made slower, or cut after a number of
// them. It reads no further ahead than a buffer, so that a slow client slows
// the upstream down.
type bentStream struct {
	ctx     context.Context //nolint:containedctx // a reader has no other way to know
	s       *transit
	body    io.Closer
	in      *bufio.Reader
	ends    ends
	headers time.Duration // when they came
	sent    int           // events
	event   []byte        // being read
	out     []byte        // to be sent
	err     error         // after out
}

func newBentStream(ctx context.Context, s *transit, body io.ReadCloser) *bentStream {
	return &bentStream{ctx: ctx, s: s, body: body, in: bufio.NewReader(body), ends: s.ends(), headers: s.wait.elapsed()}
}

// Close implements [io.Closer].
func (b *bentStream) Close() error { return b.body.Close() }

// Read implements [io.Reader].
func (b *bentStream) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.advance()
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// advance makes out and err what comes next.
func (b *bentStream) advance() {
	plan := &b.s.plan
	cut := plan.End != fault.EndComplete
	if cut && !plan.Inside && b.sent >= plan.Until {
		b.finish(nil)
		return
	}
	event, err := b.next()
	switch {
	case cut && (errors.Is(err, io.EOF) || b.last(event)), cut && b.sent >= plan.Until:
		b.finish(event)
		return
	case err != nil:
		b.out, b.err = event, err
		return
	}
	b.sent++
	if plan.Gap > 0 {
		b.err = b.s.wait.until(b.ctx, b.headers+time.Duration(b.sent)*plan.Gap)
	}
	if plan.Stall > 0 && b.sent == plan.StallAfter+1 {
		b.err = b.s.wait.until(b.ctx, b.s.wait.elapsed()+plan.Stall)
	}
	if b.err == nil {
		b.out = event
	}
}

// finish ends the stream as the plan says, in front of an event or inside it.
func (b *bentStream) finish(next []byte) {
	switch b.s.plan.End {
	case fault.EndReset:
		b.err = b.s.breakOff()
	case fault.EndHang:
		<-b.ctx.Done()
		b.err = b.ctx.Err()
	case fault.EndInStream:
		b.s.head.Sent = b.sent
		b.out, b.err = b.s.format.NewStream(b.s.head).AppendError(nil, inStream(&b.s.plan)), io.EOF
	default:
		if b.s.plan.Inside {
			b.out = next[:len(next)/2]
		}
		b.err = io.EOF
	}
}

// last says whether an event is the last of a whole stream, in any of the formats.
// The reason with which Gemini ends one may stand in every piece.
func (b *bentStream) last(event []byte) bool {
	return terminates(event) || strings.Contains(string(event), `"finishReason"`) && b.ended()
}

// ended says whether nothing follows but the end of an array.
func (b *bentStream) ended() bool {
	for n := 1; ; n++ {
		next, err := b.in.Peek(n)
		if err != nil || !strings.ContainsRune(" \r\n]", rune(next[n-1])) {
			return err != nil
		}
	}
}

// maxHeld is how much of an event is held back until it is whole, in bytes.
const maxHeld = 4 << 20

// next reads the next event with what ends it, or the rest of the stream with the
// error that ended it. The bytes hold until the next call.
func (b *bentStream) next() ([]byte, error) {
	b.event = b.event[:0]
	for len(b.event) < maxHeld {
		c, err := b.in.ReadByte()
		if err != nil {
			return b.event, err
		}
		b.event = append(b.event, c)
		if b.ends.end(c) {
			break
		}
	}
	return b.event, nil
}

// ends finds the ends of the events of a stream while it passes.
type ends interface {
	// end takes in the next byte, and says whether an event ends with it.
	end(c byte) bool
}

// ends returns what finds the ends in the stream that was asked for.
func (s *transit) ends() ends {
	if s.head.Array {
		return &elements{}
	}
	return &blanks{}
}

// blanks are the blank lines that end server-sent events.
type blanks struct {
	text bool // the line has begun
}

func (l *blanks) end(c byte) bool {
	blank := c == '\n' && !l.text
	if c != '\r' {
		l.text = c != '\n'
	}
	return blank
}

// elements are those of a JSON array, each with what stands before it.
type elements struct {
	depth         int
	inside, slash bool // a string; the byte before
}

func (e *elements) end(c byte) bool {
	switch {
	case e.slash:
		e.slash = false
	case e.inside:
		e.inside, e.slash = c != '"', c == '\\'
	case c == '"':
		e.inside = true
	case c == '[', c == '{':
		e.depth++
	case c == ']', c == '}':
		e.depth--
		return e.depth == 1
	}
	return false
}
