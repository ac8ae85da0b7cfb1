package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// Error says what is wrong with a file, and where.
type Error struct {
	Path string
	Line int // from 1; 0 if the file as a whole is wrong
	Err  error
}

// Error returns path, line and cause.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Load reads the file at path. An error about what is in it is an [*Error].
func Load(path string) (t *Trace, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading a trace: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return Read(f, path)
}

// Limits of a file: what is beyond them is no trace.
const (
	mostRows = 20_000_000
	mostLine = 16 << 20 // bytes
)

// Read reads a trace, compressed or not; path is for its errors. An error is an
// [*Error].
func Read(from io.Reader, path string) (*Trace, error) {
	r := reader{}
	t, err := r.read(from)
	if err != nil {
		return nil, &Error{Path: path, Line: r.line, Err: err}
	}
	return t, nil
}

// reader reads one file.
type reader struct {
	lines *bufio.Scanner
	line  int // that is being read
}

func (r *reader) read(from io.Reader) (*Trace, error) {
	text, err := unzipped(from)
	if err != nil {
		return nil, err
	}
	r.lines = bufio.NewScanner(text)
	r.lines.Buffer(make([]byte, 64<<10), mostLine)
	h, err := r.header()
	if err != nil {
		return nil, err
	}
	t := newTrace(h)
	for row := (Row{}); ; {
		text, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.row(t, &row, text)
		}
		if err != nil {
			return nil, err
		}
	}
	if t.Len() == 0 {
		return nil, errors.New("has no rows: nothing was recorded")
	}
	t.texts.places, t.failures.places = nil, nil
	return t, nil
}

// unzipped returns the text of a file that may be compressed.
func unzipped(from io.Reader) (io.Reader, error) {
	peek := bufio.NewReaderSize(from, 64<<10)
	if magic, err := peek.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return peek, nil //nolint:nilerr // too short to be compressed, which the text will show
	}
	zip, err := gzip.NewReader(peek)
	if err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	return zip, nil
}

// next returns the next line that is not blank, or io.EOF after the last.
func (r *reader) next() ([]byte, error) {
	for r.lines.Scan() && r.lines.Err() == nil { // what comes with an error is half a line
		r.line++
		if text := bytes.TrimSpace(r.lines.Bytes()); len(text) > 0 {
			return text, nil
		}
	}
	err := r.lines.Err()
	switch {
	case err == nil:
		r.line = 0
		return nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the file ends in the middle: it was cut off while it was written or copied")
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("the line is longer than %d bytes", mostLine)
	default:
		err = fmt.Errorf("is damaged: %w", err)
	}
	r.line++
	return nil, err
}

// header reads the first line.
func (r *reader) header() (h Header, err error) {
	text, err := r.next()
	if errors.Is(err, io.EOF) {
		return h, errors.New("is empty: a trace begins with a header")
	}
	if err != nil {
		return h, err
	}
	var probe struct{ Schema string }
	if json.Unmarshal(text, &probe) != nil || probe.Schema == "" {
		return h, fmt.Errorf("is no header of a trace: it must be a JSON object with the schema %q", Schema)
	}
	if probe.Schema != Schema {
		return h, fmt.Errorf("the schema is %q: this version reads %q", probe.Schema, Schema)
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, fmt.Errorf("is no header of a trace: %w", err)
	}
	return h, h.check()
}

// check returns what is wrong with the header.
func (h *Header) check() error {
	if len(h.Models) == 0 {
		return errors.New("the header names no models")
	}
	seen := make(map[string]bool, len(h.Models))
	for _, m := range h.Models {
		switch {
		case m.Name == "":
			return errors.New("the header has a model without a name")
		case seen[m.Name]:
			return fmt.Errorf("the header names the model %q twice", m.Name)
		case !(m.Price.Input >= 0 && m.Price.Output >= 0):
			return fmt.Errorf("model %q: a price must not be negative", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}

// row reads a line of the trace.
func (r *reader) row(t *Trace, row *Row, text []byte) error {
	if err := row.parse(text, &t.Header); err != nil {
		return err
	}
	if last := t.Len() - 1; last >= 0 {
		switch {
		case row.ID <= t.ids[last]:
			return fmt.Errorf("id %d does not come after %d: rows must be in the order of their requests", row.ID, t.ids[last])
		case row.Due < t.Due[last]:
			return fmt.Errorf("due_ms is before that of request %d: rows must be in the order of their requests", t.ids[last])
		case last+1 >= mostRows:
			return fmt.Errorf("has more than %d rows", mostRows)
		}
	}
	t.add(row)
	return nil
}
