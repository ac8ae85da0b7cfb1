package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/klauspost/compress/gzip"
)

// Writer writes a trace, row by row as they come. Rows may come in any order and
// are written in that of their IDs; one that has to wait for others to come first
// waits in memory. Nothing appears under the file's name before [Writer.Close].
// One goroutine may use it at a time.
type Writer struct {
	path    string
	file    *os.File
	zip     *gzip.Writer
	lines   []byte            // not yet compressed
	waiting map[uint64][]byte // lines, until all before them have come
	next    uint64            // ID of the row to be written next
	rows    int
	err     error
}

// Create begins a file at path, whose directory must exist. The header's Schema
// is filled in.
func Create(path string, h Header) (*Writer, error) {
	h.Schema = Schema
	if err := h.check(); err != nil {
		return nil, err
	}
	first, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("writing a trace: %w", err)
	}
	file, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("writing a trace: %w", err)
	}
	w := &Writer{path: path, file: file, waiting: make(map[uint64][]byte), zip: gzip.NewWriter(file)}
	w.write(append(first, '\n'))
	return w, nil
}

// Add writes a row and keeps no reference to it. After an error it does nothing;
// [Writer.Close] returns the error.
func (w *Writer) Add(r *Row) {
	text, err := json.Marshal(lineOf(r))
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.rows++
	w.put(r.ID, append(text, '\n'))
}

// Skip says that the row of a request will never come, so that none waits for it.
func (w *Writer) Skip(id uint64) { w.put(id, nil) }

// put writes a line when all before it have come.
func (w *Writer) put(id uint64, text []byte) {
	w.waiting[id] = text
	for {
		text, ok := w.waiting[w.next]
		if !ok {
			return
		}
		w.write(text)
		delete(w.waiting, w.next)
		w.next++
	}
}

// Rows returns how many rows were added.
func (w *Writer) Rows() int { return w.rows }

// flushAt is how many bytes of lines are handed to the compressor at once.
const flushAt = 32 << 10

func (w *Writer) write(text []byte) {
	if w.lines = append(w.lines, text...); len(w.lines) >= flushAt {
		w.flush()
	}
}

func (w *Writer) flush() {
	if w.err == nil {
		_, w.err = w.zip.Write(w.lines)
	}
	w.lines = w.lines[:0]
}

// Close writes what waits for rows that never came and gives the file its name.
// If anything failed, or there are no rows, nothing is left behind. The writer
// cannot be used afterwards.
func (w *Writer) Close() error {
	if w.rows == 0 {
		return errors.Join(errors.New("writing a trace: there are no rows"), w.Abort())
	}
	for _, id := range slices.Sorted(maps.Keys(w.waiting)) {
		w.write(w.waiting[id])
	}
	w.flush()
	if err := w.name(); err != nil {
		return errors.Join(fmt.Errorf("writing a trace: %w", err), w.Abort())
	}
	w.file = nil
	return nil
}

func (w *Writer) name() error {
	err := errors.Join(w.zip.Close(), w.file.Close())
	if w.err != nil { // the first of all: closing fails for the same reason
		return w.err
	}
	if err != nil {
		return err
	}
	return os.Rename(w.file.Name(), w.path)
}

// Abort removes everything written. After Close it does nothing.
func (w *Writer) Abort() error {
	if w.file == nil {
		return nil
	}
	w.file.Close() //nolint:errcheck // what it held is unwanted
	err := os.Remove(w.file.Name())
	w.file = nil
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
