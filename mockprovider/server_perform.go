package mockprovider

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// performance carries out one plan as the response to one HTTP request.
type performance struct {
	w      http.ResponseWriter
	format wire.Format
	head   wire.Head
	in     *wire.Incoming
	plan   fault.Plan
	wait   waiting
	room   *room
	aborts bool // the server is to break the connection
}

// room is memory to put a response together in. It is used again for others,
// since what a stream needs would otherwise be most of what a server allocates.
type room struct{ b []byte }

const (
	usualRoom = 2 << 10 // bytes before it has to grow
	mostRoom  = 1 << 20 // bytes that are kept
)

// enter takes a room that is free, or a new one.
func (s *Server) enter() *room {
	if r, ok := s.rooms.Get().(*room); ok {
		return r
	}
	return &room{b: make([]byte, 0, usualRoom)}
}

// leave gives back a room in which nothing is needed any more.
func (s *Server) leave(r *room) {
	if cap(r.b) <= mostRoom {
		s.rooms.Put(r)
	}
}

// perform carries out the plan; it returns false, and early, when the client
// leaves before the end.
func (p *performance) perform(ctx context.Context) bool {
	p.wait.began = time.Now()
	defer p.wait.stop()
	p.introduce()
	if p.plan.As != "" {
		p.head.Model = p.plan.As
	}
	switch {
	case p.plan.End == fault.EndRefuse:
		return p.reset()
	case p.plan.End == fault.EndFail:
		return p.fail(ctx)
	case p.in.Stream && p.plan.Until >= 0:
		return p.stream(ctx)
	default:
		return p.whole(ctx)
	}
}

// fail writes the plan's error in the vendor's own words.
func (p *performance) fail(ctx context.Context) bool {
	if p.wait.until(ctx, p.plan.Wait) != nil {
		return false
	}
	fail(p.w, p.format, p.head, &p.plan)
	return true
}

// whole answers without a stream: nothing before the end, then everything, or
// what there is of it.
func (p *performance) whole(ctx context.Context) bool {
	if p.wait.out(ctx, &p.plan) != nil {
		return false
	}
	if p.plan.Until < 0 {
		return p.reset()
	}
	switch p.plan.End {
	case fault.EndInStream:
		p.head.Limits = wire.Limits{} // none of them is the reason
		reject(p.w, p.format, p.head, inStream(&p.plan))
		return true
	case fault.EndBlank:
		p.format.SetHeader(p.w.Header(), p.head, false)
		return p.finish(nil)
	default:
	}
	body := p.format.AppendAnswer(p.room.b[:0], p.head, llm.Answer{
		Text: p.plan.Text, Model: p.head.Model, Stop: p.plan.Stop, Usage: p.usage(),
	})
	p.format.SetHeader(p.w.Header(), p.head, false)
	part := brokenOff(body, &p.plan)
	if p.plan.End == fault.EndEOF { // chunks without a length can end anywhere
		p.chunks()
		return p.finish(part)
	}
	p.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	switch p.plan.End {
	case fault.EndReset:
		p.send(part)
		return p.reset()
	case fault.EndGarble:
		return p.finish(garbled(body))
	default:
		return p.finish(body)
	}
}

// brokenOff returns what the plan sends of an answer that breaks off and is not
// streamed: in proportion to its tokens, and never so much that it is whole.
func brokenOff(body []byte, p *fault.Plan) []byte {
	most := max(len(bytes.TrimSpace(body))-1, 0)
	return body[:int64(most)*int64(p.Sends())/int64(max(p.Tokens, 1))]
}

// errInStream is what a server says that breaks off, if the plan does not.
var errInStream = &llm.Error{Kind: llm.ServerError}

// inStream returns what the server says that breaks off.
func inStream(p *fault.Plan) *llm.Error {
	if p.Failure != nil {
		return p.Failure
	}
	return errInStream
}

// stream answers token by token.
func (p *performance) stream(ctx context.Context) bool {
	if p.wait.until(ctx, p.plan.Wait) != nil {
		return false
	}
	p.format.SetHeader(p.w.Header(), p.head, true)
	if p.plan.End == fault.EndBlank {
		return p.send(nil)
	}
	p.chunks()
	p.head.Limits = wire.Limits{} // none of them is the reason for an error to come
	s := p.format.NewStream(p.head)
	b, ok := p.tokens(ctx, s, s.AppendStart(p.room.b[:0]))
	if !ok {
		return false
	}
	switch p.plan.End {
	case fault.EndReset:
		p.send(b)
		return p.reset()
	case fault.EndHang:
		p.send(b)
		<-ctx.Done()
		return false
	case fault.EndEOF: // returning ends the body cleanly
		b = p.half(s, b)
	case fault.EndInStream:
		b = s.AppendError(b, inStream(&p.plan))
	case fault.EndGarble:
		b = append(b, garbled(s.AppendEnd(nil, p.plan.Stop, p.usage()))...)
	default:
		b = s.AppendEnd(b, p.plan.Stop, p.usage())
	}
	return p.finish(b)
}

// half appends half of the event after the tokens that are sent, if the plan says
// so.
func (p *performance) half(s *wire.Stream, b []byte) []byte {
	if !p.plan.Inside {
		return b
	}
	begin := p.cut(p.plan.Sends())
	next := s.AppendPiece(nil, p.plan.Text[begin:max(begin, p.cut(min(p.plan.Sends()+1, p.plan.Tokens)))])
	return append(b, next[:len(next)/2]...)
}

// tokens appends the tokens to b, each when it is due. What has been appended is
// sent before each wait, so that what is due together goes out in one write; it
// returns what is left to send, and false when the client has left.
func (p *performance) tokens(ctx context.Context, s *wire.Stream, b []byte) (rest []byte, ok bool) {
	all := p.plan.Sends()
	for sent := 0; sent < all; {
		if next := p.plan.Sent(sent + 1); next > p.wait.elapsed() {
			if len(b) > 0 && !p.send(b) || p.wait.until(ctx, next) != nil {
				return nil, false
			}
			b = b[:0]
		}
		due := max(p.plan.Produced(p.wait.elapsed()), sent+1)
		b = p.pieces(s, b, sent, due)
		sent = due
	}
	return b, true
}

// pieces appends the events of the tokens from up to to. An answer of fewer
// bytes than tokens has tokens without text, as a reasoning model has.
func (p *performance) pieces(s *wire.Stream, b []byte, from, to int) []byte {
	step := 1
	if p.plan.Gap <= 0 { // no token process: in one piece
		step = to - from
	}
	begin := p.cut(from)
	for i := from + step; i <= to; i += step {
		end := p.cut(i)
		if end > begin {
			b = s.AppendPiece(b, p.plan.Text[begin:end])
		}
		begin = end
	}
	return b
}

// cut returns where in the text the first n tokens end: evenly over its bytes,
// rounded up so that the first token can be seen, and between characters.
func (p *performance) cut(n int) int {
	text, all := p.plan.Text, max(p.plan.Tokens, 1)
	end := (len(text)*n + all - 1) / all
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	return end
}

// usage returns what the answer says that it took.
func (p *performance) usage() llm.Usage {
	return llm.Usage{Input: p.plan.Input, Output: p.plan.Tokens, Estimated: p.plan.Uncounted}
}

// send writes b and puts it on its way; it returns false when nobody takes it.
func (p *performance) send(b []byte) bool {
	return p.finish(b) && http.NewResponseController(p.w).Flush() == nil
}

// chunks has the body sent in chunks, as the vendors do, even when all of it is
// there before anything is sent: net/http would write down its length otherwise.
func (p *performance) chunks() { p.w.Header().Set("Transfer-Encoding", "chunked") }

// finish writes the last of the response, which goes on its way together with
// the end of the body when the handler returns.
func (p *performance) finish(b []byte) bool {
	if cap(b) > cap(p.room.b) {
		p.room.b = b
	}
	_, err := p.w.Write(b)
	return err == nil
}

// reset breaks the connection. It returns true: the plan is carried out.
func (p *performance) reset() bool {
	p.aborts = !reset(p.w) // when everything else is done
	return true
}

// reset breaks the connection with a TCP reset. It returns false over HTTP/2,
// where connections are shared: there the handler is to panic with
// [http.ErrAbortHandler], which resets the stream.
func reset(w http.ResponseWriter) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	raw := conn
	for {
		c, ok := raw.(interface{ NetConn() net.Conn }) // TLS, a limited listener
		if !ok {
			break
		}
		raw = c.NetConn()
	}
	if c, ok := raw.(*net.TCPConn); ok {
		_ = c.SetLinger(0) // so that closing sends RST, not FIN
	}
	_ = raw.Close()
	_ = conn.Close() // for what was wrapped around it
	return true
}

// garbled returns JSON, or events with JSON in them, as text of the same length
// that does not parse: no key is followed by a colon.
func garbled(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`":`), []byte(`";`)) }
