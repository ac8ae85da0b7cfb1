package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// scan reads a line of JSON from left to right. With reflection a trace of a
// million calls would take three times as long to load. After the first error,
// which it keeps, everything reads as zero.
type scan struct {
	text []byte
	at   int
	err  error
}

// fail keeps the first error and ends the line.
func (s *scan) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
	s.at = len(s.text)
}

// peek returns the next byte that is no space, 0 at the end.
func (s *scan) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take takes the next byte if it is c.
func (s *scan) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// need takes the byte c.
func (s *scan) need(c byte) {
	if !s.take(c) {
		s.fail("is no row: %q is missing at column %d", c, s.at+1)
	}
}

// object reads an object, each value through field, whose key is gone when it
// returns.
func (s *scan) object(field func(key []byte)) {
	s.need('{')
	for more := !s.take('}'); more && s.err == nil; more = s.next('}') {
		key := s.bytes()
		s.need(':')
		field(key)
	}
}

// array reads an array, each value through element.
func (s *scan) array(element func()) {
	s.need('[')
	for more := !s.take(']'); more && s.err == nil; more = s.next(']') {
		element()
	}
}

// next takes what stands after a value: a comma, with more to come, or the end.
func (s *scan) next(end byte) (more bool) {
	if s.take(end) {
		return false
	}
	s.need(',')
	return true
}

// string reads a string.
func (s *scan) string() string { return string(s.bytes()) }

// bytes reads a string.
func (s *scan) bytes() []byte {
	s.need('"')
	from := s.at
	for plain := true; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"' && plain:
			s.at++
			return s.text[from : s.at-1]
		case c == '"':
			s.at++
			return s.quoted(s.text[from-1 : s.at])
		case c == '\\':
			plain = false
			s.at++
		case c < ' ' || c >= 0x80:
			plain = false
		}
	}
	s.fail("is no row: a text has no end")
	return nil
}

// quoted returns a string that has escapes or is more than ASCII.
func (s *scan) quoted(text []byte) []byte {
	var v string
	if err := json.Unmarshal(text, &v); err != nil {
		s.fail("is no row: %w", err)
	}
	return []byte(v)
}

// literal returns what stands up to the next comma, bracket or space.
func (s *scan) literal() []byte {
	s.peek()
	rest := s.text[s.at:]
	n := bytes.IndexAny(rest, ",]} \t")
	if n < 0 {
		n = len(rest)
	}
	s.at += n
	return rest[:n]
}

// millis reads a time in milliseconds.
func (s *scan) millis(key string) time.Duration {
	text := s.literal()
	ms, err := strconv.ParseFloat(string(text), 64)
	const most = float64(mostTime / time.Millisecond)
	if err != nil || !(ms >= 0 && ms <= most) {
		s.fail("%s: %s must be a number of milliseconds from 0 to %.0f", key, text, most)
		return 0
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

// count reads a whole number from low to high.
func (s *scan) count(key string, low, high uint64) uint64 {
	text := s.literal()
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || n < low || n > high {
		s.fail("%s: %s must be a whole number from %d to %d", key, text, low, high)
		return 0
	}
	return n
}

// bool reads true or false.
func (s *scan) bool(key string) bool {
	text := string(s.literal())
	if text != "true" && text != "false" {
		s.fail("%s: %s must be true or false", key, text)
	}
	return text == "true"
}

// skip reads a value of whatever kind.
func (s *scan) skip() {
	rest := s.text[s.at:]
	d := json.NewDecoder(bytes.NewReader(rest))
	var v json.RawMessage
	if err := d.Decode(&v); err != nil {
		s.fail("is no row: %w", err)
		return
	}
	s.at += int(d.InputOffset())
}
