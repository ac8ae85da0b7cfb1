package wire

import (
	"encoding/json"
	"unicode/utf8"
)

// maxDepth limits how deep a scanner looks into values that it skips.
const maxDepth = 64

// scanner reads one JSON text from its beginning to its end, value by value,
// into variables of known types. It accepts less than encoding/json does: at
// whatever is malformed, of another type than expected, or merely rare, it gives
// up, and the text is to be read in another way. What it accepts is valid, and
// means what encoding/json would take it to mean: a null leaves a variable as it
// is, and keys match in any case.
type scanner struct {
	text   []byte
	at     int
	gaveUp bool
	folded [32]byte // room for a key in lower case
}

// done says whether the whole text was read.
func (s *scanner) done() bool { return s.peek() == 0 && s.at == len(s.text) && !s.gaveUp }

// giveUp makes everything that follows fail.
func (s *scanner) giveUp() { s.gaveUp, s.at = true, len(s.text) }

// peek returns the next byte that is not white space, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take takes c, if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// expect takes c or gives up.
func (s *scanner) expect(c byte) {
	if !s.take(c) {
		s.giveUp()
	}
}

// word takes one of JSON's words, if it comes next.
func (s *scanner) word(w string) bool {
	if s.peek() != w[0] || len(s.text)-s.at < len(w) || string(s.text[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// null takes a null, if it comes next.
func (s *scanner) null() bool { return s.word("null") }

// absent reads the null that stands for something rare.
func (s *scanner) absent() {
	if !s.null() {
		s.giveUp()
	}
}

// object ranges over the keys of an object, in lower case; a null has none. The
// loop's body must read the value. A key is valid until then.
func (s *scanner) object(yield func(key []byte) bool) {
	if s.null() {
		return
	}
	s.expect('{')
	if s.take('}') {
		return
	}
	for !s.gaveUp {
		key := s.key()
		s.expect(':')
		if s.gaveUp || !yield(key) || s.take('}') {
			return
		}
		s.expect(',')
	}
}

// array ranges over an array, whose elements the loop's body must read; a null
// has none.
func (s *scanner) array(yield func() bool) {
	if s.null() {
		return
	}
	s.expect('[')
	if s.take(']') {
		return
	}
	for !s.gaveUp && yield() && !s.take(']') {
		s.expect(',')
	}
}

// key reads a key.
func (s *scanner) key() []byte {
	quoted, plain := s.quoted()
	if !plain {
		s.giveUp()
		return nil
	}
	key := quoted[1 : len(quoted)-1]
	if len(key) > len(s.folded) {
		return key // longer than any that is asked for
	}
	return fold(s.folded[:0], key)
}

// fold appends key in lower case.
func fold(b, key []byte) []byte {
	for _, c := range key {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// quoted reads a string with its quotes, and says whether it is plain: ASCII
// without escapes. One that is not plain need not be valid.
func (s *scanner) quoted() (text []byte, plain bool) {
	s.expect('"')
	begin, plain := s.at-1, true
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return s.text[begin:s.at], plain
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			i = len(s.text)
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	s.giveUp()
	return nil, false
}

// number reads a number.
func (s *scanner) number() []byte {
	s.peek()
	begin := s.at
	s.mark('-', '-')
	if !s.mark('0', '0') { // a zero is followed by no other digit
		s.digits()
	}
	if s.mark('.', '.') {
		s.digits()
	}
	if s.mark('e', 'E') {
		s.mark('+', '-')
		s.digits()
	}
	return s.text[begin:s.at]
}

// mark takes the next byte if it is a or b.
func (s *scanner) mark(a, b byte) bool {
	if s.at == len(s.text) || s.text[s.at] != a && s.text[s.at] != b {
		return false
	}
	s.at++
	return true
}

// digits takes one digit or more.
func (s *scanner) digits() {
	begin := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	if s.at == begin {
		s.giveUp()
	}
}

// skip reads any value.
func (s *scanner) skip() { s.skipTo(maxDepth) }

func (s *scanner) skipTo(depth int) {
	switch c := s.peek(); {
	case depth == 0:
		s.giveUp()
	case c == '{':
		for range s.object {
			s.skipTo(depth - 1)
		}
	case c == '[':
		for range s.array {
			s.skipTo(depth - 1)
		}
	case c == '"':
		if quoted, plain := s.quoted(); !plain && !json.Valid(quoted) {
			s.giveUp()
		}
	case c == '-' || '0' <= c && c <= '9':
		s.number()
	case !s.word("true") && !s.word("false") && !s.null():
		s.giveUp()
	}
}
