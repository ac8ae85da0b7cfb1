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
// lines of one event are joined by \n, and an event counts when the blank line
// after it has come. Where the input ends without that, which the standard would
// drop, the caller has to see whether the event is whole. Names and identifiers of
// events are skipped: every format repeats in the data what matters.
type events struct {
	in      *bufio.Reader
	line    []byte
	data    []byte
	stray   []byte // JSON between the events
	started bool   // the first line has been read
	afterCR bool   // a \n that comes next belongs to the \r before it
}

// readAhead is how many bytes are read at once, several events of most streams.
const readAhead = 1 << 10

func newEvents(r io.Reader) *events { return &events{in: bufio.NewReaderSize(r, readAhead)} }

// next returns the data of the next event that has any. The bytes are valid
// until the next call. It returns io.EOF at the end of the input, where unended
// has what came of an event without its blank line, and else the input's own error.
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
			e.keep(line)
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

// unended returns the data of an event whose blank line has not come, once the
// input has ended; none the second time.
func (e *events) unended() []byte {
	if value, ok := dataField(e.withoutMark(e.line)); ok {
		if len(e.data) > 0 {
			e.data = append(e.data, '\n')
		}
		e.data = append(e.data, value...)
		e.line = e.line[:0]
	}
	data := e.data
	e.data = e.data[:0]
	return data
}

// maxStray limits what is kept of JSON between the events, in bytes.
const maxStray = 64 << 10

// keep keeps a line that is no field of an event but may be of JSON: servers are
// known to break off a stream with a bare error, which no client would see.
func (e *events) keep(line []byte) {
	begins := line[0] == '{' || line[0] == '['
	if (begins || len(e.stray) > 0) && len(e.stray)+len(line) < maxStray {
		e.stray = append(append(e.stray, line...), '\n')
	}
}

// rest returns the JSON that stood between the events, once the input has ended.
func (e *events) rest() []byte {
	if len(e.line) > 0 {
		e.keep(e.line)
	}
	return e.stray
}

// readLine returns the next line without its end. The bytes are valid until the
// next call.
func (e *events) readLine() ([]byte, error) {
	e.line = e.line[:0]
	for {
		if _, err := e.in.Peek(1); err != nil {
			return nil, err
		}
		chunk, _ := e.in.Peek(e.in.Buffered()) // what has arrived already
		if e.afterCR && chunk[0] == '\n' {
			e.afterCR = false
			e.skip(1)
			continue
		}
		end, ends := lineEnd(chunk)
		e.afterCR = ends && chunk[end] == '\r'
		if len(e.line)+end > maxEvent {
			return nil, errEventTooLarge
		}
		switch {
		case !ends:
			e.line = append(e.line, chunk...)
			e.skip(end)
		case len(e.line) == 0: // all of it is in the buffer
			e.skip(end + 1)
			return e.withoutMark(chunk[:end]), nil
		default:
			e.line = append(e.line, chunk[:end]...)
			e.skip(end + 1)
			return e.withoutMark(e.line), nil
		}
	}
}

// skip drops bytes that have been peeked at, which cannot fail.
func (e *events) skip(n int) { _, _ = e.in.Discard(n) }

// lineEnd returns where the first line in chunk ends, and whether it does.
func lineEnd(chunk []byte) (at int, ok bool) {
	at = bytes.IndexByte(chunk, '\n')
	if at < 0 {
		at = len(chunk)
	}
	if cr := bytes.IndexByte(chunk[:at], '\r'); cr >= 0 {
		at = cr
	}
	return at, at < len(chunk)
}

// withoutMark returns a line without the byte order mark that may stand before
// the first one.
func (e *events) withoutMark(line []byte) []byte {
	if e.started {
		return line
	}
	e.started = true
	return bytes.TrimPrefix(line, []byte("\ufeff"))
}

// dataField returns the value of a line of the form "data: value".
func dataField(line []byte) (value []byte, ok bool) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if string(name) != "data" {
		return nil, false
	}
	return bytes.TrimPrefix(value, []byte(" ")), true
}
