package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxEvent limits one event of a stream, in bytes.
const maxEvent = 4 << 20

var errEventTooLarge = errors.New("an event of the stream is too large")

// events reads server-sent events as the HTML standard describes them: lines
// end in \n, \r or \r\n, a line that begins with a colon is a comment, the data
// lines of one event are joined by \n, and an event counts only when the blank
// line after it has come. Names and identifiers of events are skipped: every
// format repeats in the data what matters.
type events struct {
	in      *bufio.Reader
	line    []byte
	data    []byte
	started bool // the first line has been read
	afterCR bool // a \n that comes next belongs to the \r before it
}

func newEvents(r io.Reader) *events { return &events{in: bufio.NewReader(r)} }

// next returns the data of the next event that has any. The bytes are valid
// until the next call. It returns io.EOF at the end of the input, where an
// event without its blank line is dropped, and else the input's own error.
func (e *events) next() ([]byte, error) {
	e.data = e.data[:0]
	some := false
	for {
		line, err := e.readLine()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			if some && len(e.data) > 0 {
				return e.data, nil
			}
			some = false
			continue
		}
		value, ok := dataField(line)
		if !ok {
			continue
		}
		if some {
			e.data = append(e.data, '\n')
		}
		some = true
		e.data = append(e.data, value...)
		if len(e.data) > maxEvent {
			return nil, errEventTooLarge
		}
	}
}

// readLine returns the next line without its end.
func (e *events) readLine() ([]byte, error) {
	e.line = e.line[:0]
	for {
		c, err := e.in.ReadByte()
		if err != nil {
			return nil, err
		}
		second := e.afterCR && c == '\n'
		e.afterCR = c == '\r'
		switch {
		case second:
		case c == '\n', c == '\r':
			return e.withoutMark(), nil
		case len(e.line) >= maxEvent:
			return nil, errEventTooLarge
		default:
			e.line = append(e.line, c)
		}
	}
}

// withoutMark returns the line without the byte order mark that may stand
// before the first one.
func (e *events) withoutMark() []byte {
	if e.started {
		return e.line
	}
	e.started = true
	return bytes.TrimPrefix(e.line, []byte("\ufeff"))
}

// dataField returns the value of a line of the form "data: value".
func dataField(line []byte) (value []byte, ok bool) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if string(name) != "data" {
		return nil, false
	}
	return bytes.TrimPrefix(value, []byte(" ")), true
}
