package wire

import (
	"github.com/tailgate-bench/tailgate/llm"
)

// Stream writes one streamed answer: AppendStart, any number of AppendPiece
// and AppendPing, then AppendEnd or AppendError. Each appends whole events to
// the slice it is given, so the caller decides what goes out when, and how much
// of it. A Stream belongs to one goroutine.
type Stream struct {
	format Format
	head   Head
	frames frames
	begun  bool
}

// frames is the text of a stream around what varies.
type frames struct {
	// start appends the events before the first piece; nil if the format has none.
	start func(b []byte) []byte
	ping  string // a sign of life; "" if the format has none
	// piece appends the event with a piece of text.
	piece func(b []byte, text string) []byte
	// end appends the events after the last piece, up to the terminator.
	end func(b []byte, stop llm.Stop, u llm.Usage) []byte
	// fail appends the event that tells of a failure, and what follows it.
	fail func(b []byte, p problem) []byte
	// open, join and tail stand before the first event, before every other,
	// and after the last.
	open, join, tail string
}

// NewStream returns the stream of one answer.
func (f Format) NewStream(head Head) *Stream {
	return &Stream{format: f, head: head, frames: f.codec().frames(head), begun: head.Sent > 0}
}

// AppendStart appends what comes before the first token. Gemini has nothing
// there.
func (s *Stream) AppendStart(b []byte) []byte {
	if s.frames.start == nil {
		return b
	}
	return s.frames.start(b)
}

// AppendPiece appends the event for the next piece of text, be it one token or
// more. It allocates only to make b longer.
func (s *Stream) AppendPiece(b []byte, text string) []byte {
	return s.frames.piece(s.lead(b), text)
}

// always makes the same events each time.
func always(events string) func(b []byte) []byte {
	return func(b []byte) []byte { return append(b, events...) }
}

// around makes events in which only the piece of text varies: before begins
// them, up to the quote, after ends them, from the quote on.
func around(before, after string) func(b []byte, text string) []byte {
	return func(b []byte, text string) []byte {
		b = appendInner(append(b, before...), text)
		return append(b, after...)
	}
}

// AppendPing appends the format's sign of life, if it has one: only Anthropic
// does.
func (s *Stream) AppendPing(b []byte) []byte { return append(b, s.frames.ping...) }

// AppendEnd appends what comes after the last token: why the answer ended, the
// usage unless it is an estimate, the terminator.
func (s *Stream) AppendEnd(b []byte, stop llm.Stop, u llm.Usage) []byte {
	return append(s.frames.end(s.lead(b), stop, u), s.frames.tail...)
}

// AppendError appends the vendor's event for a failure in the middle of a
// stream, which is its end. The words are those of [Format.EncodeError].
func (s *Stream) AppendError(b []byte, e *llm.Error) []byte {
	p := s.format.problem(s.head, e)
	return append(s.frames.fail(s.lead(b), p), s.frames.tail...)
}

// lead appends what stands between events.
func (s *Stream) lead(b []byte) []byte {
	if s.begun {
		return append(b, s.frames.join...)
	}
	s.begun = true
	return append(b, s.frames.open...)
}
