package wire

import (
	"bytes"
	"unicode/utf8"
)

// mould is the shape of an event that carries a piece of text and nothing else.
// Most events of a stream differ in that piece only, so once one of them has been
// decoded the others need not be: where the bytes around the piece are the same,
// so is what they say.
type mould struct {
	before, after []byte
}

// learn takes the shape of an event from which just piece was read.
func (m *mould) learn(data []byte, piece string) {
	if !plain([]byte(piece)) {
		return
	}
	quoted := append(append([]byte{'"'}, piece...), '"')
	at := bytes.Index(data, quoted)
	if at < 0 || bytes.Contains(data[at+1:], quoted) {
		return // escaped, or it stands there twice and either may be meant
	}
	m.before = append(m.before[:0], data[:at+1]...)
	m.after = append(m.after[:0], data[at+len(quoted)-1:]...)
}

// forget makes the shape unknown.
func (m *mould) forget() { m.before = m.before[:0] }

// text returns the text of an event of the known shape.
func (m *mould) text(data []byte) (text []byte, ok bool) {
	if len(m.before) == 0 || len(data) <= len(m.before)+len(m.after) ||
		!bytes.HasPrefix(data, m.before) || !bytes.HasSuffix(data, m.after) {
		return nil, false
	}
	text = data[len(m.before) : len(data)-len(m.after)]
	return text, plain(text)
}

// plain says whether text stands for itself in a JSON string.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return len(text) > 0 && utf8.Valid(text)
}
