package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// scannable is a pointer to a T that can read itself from JSON.
type scannable[T any] interface {
	*T
	scan(s *scanner)
}

// decode reads JSON into a new T as [json.Unmarshal] does, with the same result
// and the same errors, and several times faster where the text is of the kind
// that vendors send.
func decode[T any, P scannable[T]](text []byte) (*T, error) {
	s, v := scanner{text: text}, new(T)
	P(v).scan(&s)
	if s.done() {
		return v, nil
	}
	v = new(T)
	return v, json.Unmarshal(text, v)
}

// each reads an array into a slice. An array that comes twice is rare.
func each[T any, P scannable[T]](s *scanner, v *[]T) {
	if *v != nil {
		s.giveUp()
	}
	if s.null() {
		return
	}
	*v = []T{}
	for range s.array {
		*v = append(*v, *new(T))
		P(&(*v)[len(*v)-1]).scan(s)
	}
}

// one reads a value that may be null. One that comes twice is rare.
func one[T any, P scannable[T]](s *scanner, v **T) {
	if *v != nil {
		s.giveUp()
	}
	if !s.null() {
		*v = new(T)
		P(*v).scan(s)
	}
}

// string reads a string.
func (s *scanner) string(v *string) {
	if s.null() {
		return
	}
	quoted, plain := s.quoted()
	switch {
	case s.gaveUp:
	case plain, bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted):
		*v = string(quoted[1 : len(quoted)-1])
	case json.Unmarshal(quoted, v) != nil:
		s.giveUp()
	}
}

// optional reads a string that may be null.
func (s *scanner) optional(v **string) {
	*v = nil
	if !s.null() {
		*v = new(string)
		s.string(*v)
	}
}

// int reads a whole number.
func (s *scanner) int(v *int) {
	if s.null() {
		return
	}
	n, err := strconv.Atoi(string(s.number()))
	if err != nil {
		s.giveUp()
		return
	}
	*v = n
}

// optionalInt reads a whole number that may be null.
func (s *scanner) optionalInt(v **int) {
	*v = nil
	if !s.null() {
		*v = new(int)
		s.int(*v)
	}
}

// bool reads true or false.
func (s *scanner) bool(v *bool) {
	switch {
	case s.word("true"):
		*v = true
	case s.word("false"):
		*v = false
	case !s.null():
		s.giveUp()
	}
}
