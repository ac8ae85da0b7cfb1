package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
)

// unmoulded reads a stream with every event decoded in full.
func unmoulded(f Format, stream []byte) (text string, err error) {
	c, s := f.codec(), state{}
	in := newEvents(bytes.NewReader(stream))
	for !s.done {
		data, err := in.next()
		if errors.Is(err, io.EOF) && c.unterminated && s.finished {
			break
		}
		if err != nil {
			return s.text.String(), err
		}
		if err := c.decodeEvent(&s, bytes.TrimSpace(data)); err != nil {
			return s.text.String(), err
		}
	}
	return s.text.String(), s.verdict()
}

// Taking an event's text out of a known shape reads the same answer as decoding
// every event.
func FuzzMould(f *testing.F) {
	f.Add("one", "two", "three", uint8(0))
	f.Add("content", "index", `a"b`, uint8(1))
	f.Add("\\", "é", "\x00", uint8(2))
	f.Add("assistant", "\xff", "", uint8(0))
	f.Add(`","finish_reason":"stop`, "text", "text", uint8(1))
	f.Fuzz(func(t *testing.T, a, b, c string, which uint8) {
		format := Formats()[int(which)%len(Formats())]
		s := format.NewStream(Head{ID: "1", Model: "m"})
		stream := s.AppendStart(nil)
		for _, piece := range []string{a, b, c, b, a} {
			if piece != "" {
				stream = s.AppendPiece(stream, piece)
			}
		}
		// What stands between two pieces must not be overlooked.
		stream = s.AppendEnd(stream, llm.StopEnd, llm.Usage{Input: 1, Output: 5})
		want, wantErr := unmoulded(format, stream)
		r := format.NewReader(bytes.NewReader(stream))
		var got strings.Builder
		var err error
		for err == nil {
			var piece string
			piece, err = r.Next()
			got.WriteString(piece)
		}
		if got.String() != want || r.Answer().Text != want || errors.Is(err, io.EOF) != errors.Is(wantErr, io.EOF) {
			t.Errorf("%s: read %q, %v; decoding every event gives %q, %v", format, got.String(), err, want, wantErr)
		}
	})
}

func TestMould(t *testing.T) {
	t.Parallel()
	var m mould
	event := func(text string) []byte { return []byte(`{"id":"x","delta":{"content":"` + text + `"},"end":null}`) }
	if _, ok := m.text(event("one")); ok {
		t.Error("a mould that knows no shape has a text")
	}
	m.learn(event("one"), "one")
	for text, want := range map[string]bool{
		"two": true, "a longer piece": true, "é": true,
		`a\"b`: false, `","finish":"stop`: false, "": false, "\x01": false, "\xff": false,
	} {
		if got, ok := m.text(event(text)); ok != want || ok && string(got) != text {
			t.Errorf("%q: text %q, %v", text, got, ok)
		}
	}
	if _, ok := m.text([]byte(`{"id":"x","delta":{"content":"two"},"end":"stop"}`)); ok {
		t.Error("an event that ends differently has the shape")
	}
	var twice mould
	twice.learn([]byte(`{"content":"content"}`), "content")
	if _, ok := twice.text([]byte(`{"content":"other"}`)); ok {
		t.Error("a piece that stands there twice has been learnt")
	}
}

func TestReader_errorAfterKnownShape(t *testing.T) {
	t.Parallel()
	for _, format := range Formats() {
		s := format.NewStream(Head{ID: "1", Model: "m"})
		stream := s.AppendPiece(s.AppendPiece(s.AppendStart(nil), "one "), "two ")
		stream = s.AppendError(stream, &llm.Error{Kind: llm.ServerError})
		r := format.NewReader(bytes.NewReader(stream))
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if errors.Is(err, io.EOF) || r.Answer().Text != "one two " {
			t.Errorf("%s: %v after %q", format, err, r.Answer().Text)
		}
	}
}
