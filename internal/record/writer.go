package record

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// Writer writes requests.ndjson.gz: one JSON line per request, attempts inside,
// described in doc/requests-ndjson.md.
//
// Each strategy has a [Part] of its own, and the parts follow one another in
// the order of their making however the strategies ran; so the same requests,
// added in the same order to each part, give the same bytes. Nothing appears
// under the file's name before [Writer.Close]. The Writer itself belongs to one
// goroutine; different parts may belong to different ones.
type Writer struct {
	path  string
	parts []*Part
}

// NewWriter returns a writer of the file at path. Nothing is written before the
// first part is made.
func NewWriter(path string) *Writer { return &Writer{path: path} }

// Part begins the lines of the next strategy. Of cfg it uses the strategy's
// name, the models and BillWhole.
func (w *Writer) Part(cfg Config) (*Part, error) {
	name := fmt.Sprintf("%s.part%d", w.path, len(w.parts))
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("writing requests: %w", err)
	}
	p := &Part{cfg: cfg, file: file, line: make([]byte, 0, 2*flushAt)}
	p.zip, err = gzip.NewWriterLevel(file, gzip.BestSpeed)
	w.parts = append(w.parts, p)
	return p, err
}

// Close ends all parts, joins them and gives the file its name. If anything
// failed, nothing is left behind. No part may be used afterwards.
func (w *Writer) Close() error {
	if len(w.parts) == 0 {
		return nil
	}
	if err := w.join(); err != nil {
		return errors.Join(fmt.Errorf("writing requests: %w", err), w.Abort())
	}
	return nil
}

func (w *Writer) join() error {
	for _, p := range w.parts {
		if err := p.end(); err != nil {
			return err
		}
	}
	whole := w.parts[0].file
	for _, p := range w.parts[1:] {
		if err := p.moveTo(whole); err != nil {
			return err
		}
	}
	if err := whole.Close(); err != nil {
		return err
	}
	if err := os.Rename(whole.Name(), w.path); err != nil {
		return err
	}
	w.parts = nil
	return nil
}

// Abort removes everything written. After Close it does nothing.
func (w *Writer) Abort() error {
	var failed error
	for _, p := range w.parts {
		p.file.Close() //nolint:errcheck // what it held is unwanted
		if err := os.Remove(p.file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	w.parts = nil
	return failed
}

// Part writes the requests of one strategy. One goroutine may use it at a time.
type Part struct {
	cfg  Config
	file *os.File
	zip  *gzip.Writer
	line []byte
	err  error
}

// Add writes a finished request and keeps no reference to it. After an error
// it does nothing; [Writer.Close] returns the error.
func (p *Part) Add(q *Request) {
	if p.err != nil {
		return
	}
	p.line = p.cfg.appendLine(p.line, q)
	if len(p.line) >= flushAt {
		p.flush()
	}
}

// flushAt is how many bytes of lines are handed to the compressor at once.
const flushAt = 32 << 10

func (p *Part) flush() {
	if p.err == nil {
		_, p.err = p.zip.Write(p.line)
	}
	p.line = p.line[:0]
}

func (p *Part) end() error {
	p.flush()
	if p.err != nil {
		return p.err
	}
	return p.zip.Close()
}

// moveTo appends the part's file, a gzip member of its own, to whole.
func (p *Part) moveTo(whole io.Writer) error {
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(whole, p.file); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	return os.Remove(p.file.Name())
}
