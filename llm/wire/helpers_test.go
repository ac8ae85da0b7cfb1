package wire_test

import (
	"errors"
	"flag"
	"io"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

var update = flag.Bool("update", false, "rewrite what the vectors and golden files expect")

// noon is the time at which responses arrive and answers are made.
var noon = time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)

// head is what the server says in these tests.
func head(model string, input int) wire.Head {
	return wire.Head{ID: "0a1b2c3d", Model: model, Created: noon, Input: input, Usage: true}
}

// drain reads a stream to its end and returns its pieces and the answer. The
// error is nil for a complete answer.
func drain(f wire.Format, body io.Reader) (pieces []string, ans llm.Answer, err error) {
	r := f.NewReader(body)
	for {
		piece, err := r.Next()
		if errors.Is(err, io.EOF) {
			return pieces, r.Answer(), nil
		}
		if err != nil {
			return pieces, r.Answer(), err
		}
		pieces = append(pieces, piece)
	}
}

// streamed returns the bytes of a whole stream.
func streamed(f wire.Format, h wire.Head, pieces []string, stop llm.Stop, u llm.Usage) []byte {
	s := f.NewStream(h)
	b := s.AppendStart(nil)
	for _, p := range pieces {
		b = s.AppendPiece(b, p)
	}
	return s.AppendEnd(b, stop, u)
}

// kindOf returns the kind of an error, Unknown if it is not one of ours.
func kindOf(err error) llm.Kind {
	if e := llm.AsError(err); e != nil {
		return e.Kind
	}
	return llm.Unknown
}
