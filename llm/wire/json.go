package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"
)

// appendJSON appends v as compact JSON, in field order and without escaping for
// HTML, as the vendors write it. The types of this package always marshal.
func appendJSON(b []byte, v any) []byte {
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("wire: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD, as in encoding/json.
func appendString(b []byte, s string) []byte {
	return append(appendInner(append(b, '"'), s), '"')
}

// appendInner appends what stands between the quotes of a JSON string.
func appendInner(b []byte, s string) []byte {
	done := 0
	for i := 0; i < len(s); {
		size, esc := escape(s[i:])
		if esc != "" {
			b = append(append(b, s[done:i]...), esc...)
			done = i + size
		}
		i += size
	}
	return append(b, s[done:]...)
}

// escape returns how many bytes the first character of s has, and what stands
// for it in JSON; "" is the character itself.
func escape(s string) (size int, esc string) {
	switch c := s[0]; {
	case c == '"':
		return 1, `\"`
	case c == '\\':
		return 1, `\\`
	case c == '\n':
		return 1, `\n`
	case c == '\r':
		return 1, `\r`
	case c == '\t':
		return 1, `\t`
	case c < ' ':
		return 1, `\u00` + string([]byte{hexDigits[c>>4], hexDigits[c&15]})
	case c < utf8.RuneSelf:
		return 1, ""
	}
	switch r, size := utf8.DecodeRuneInString(s); {
	case r == utf8.RuneError && size == 1:
		return 1, "\ufffd"
	case r == '\u2028':
		return size, `\u2028`
	case r == '\u2029':
		return size, `\u2029`
	default:
		return size, ""
	}
}

// null is a field that is written as null, and not read.
type null struct{}

// MarshalJSON implements [json.Marshaler].
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// UnmarshalJSON implements [json.Unmarshaler].
func (*null) UnmarshalJSON([]byte) error { return nil }

// prose is text that a format lets a client write as a string or as a list of
// parts of which only those of text are kept, one to a line.
type prose string

// UnmarshalJSON implements [json.Unmarshaler].
func (p *prose) UnmarshalJSON(data []byte) error {
	switch {
	case len(data) == 0 || data[0] == 'n':
		return nil
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(p))
	case data[0] != '[':
		return notText(data)
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	var text []string
	for _, part := range parts {
		switch part.Type {
		case "text", "input_text", "output_text":
			text = append(text, part.Text)
		}
	}
	*p = prose(strings.Join(text, "\n"))
	return nil
}

// notText returns the error for a value that may be a string or a list and is neither.
func notText(data []byte) error {
	e := &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[any]()}
	switch data[0] {
	case '{':
		e.Value = "object"
	case 't', 'f':
		e.Value = "bool"
	}
	return e
}

// lines collects texts, one below the other; an empty text adds no line. A single
// one, which is usual, is not copied.
type lines struct {
	first string
	rest  strings.Builder
}

func (l *lines) add(text string) {
	switch {
	case text == "":
	case l.first == "":
		l.first = text
	default:
		l.rest.WriteByte('\n')
		l.rest.WriteString(text)
	}
}

// String implements [fmt.Stringer].
func (l *lines) String() string { return l.first + l.rest.String() }
