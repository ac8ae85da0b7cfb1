package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// Reader reads requests.ndjson.gz, as a [Writer] has left it, line by line. Keys
// it does not know are ignored. One goroutine may use it at a time.
type Reader struct {
	path string
	line int
	file *os.File
	zip  *gzip.Reader
	text *bufio.Reader
}

// LineError says which line of which file could not be read.
type LineError struct {
	Path string
	Line int // from 1
	Err  error
}

// Error implements error.
func (e *LineError) Error() string { return fmt.Sprintf("%s: line %d: %v", e.Path, e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// OpenReader opens the file at path.
func OpenReader(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading requests: %w", err)
	}
	zip, err := gzip.NewReader(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading requests: %s: %w", path, err), file.Close())
	}
	return &Reader{path: path, file: file, zip: zip, text: bufio.NewReaderSize(zip, flushAt)}, nil
}

// Next reads the next line into l, whose former contents are lost. It returns
// io.EOF after the last one, or a *[LineError].
func (r *Reader) Next(l *Line) error {
	text, err := r.text.ReadBytes('\n')
	if err == io.EOF && len(text) == 0 { //nolint:errorlint // bufio returns it bare
		return io.EOF
	}
	r.line++
	if err == io.EOF { //nolint:errorlint // as above
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		*l = Line{}
		err = json.Unmarshal(text, l)
	}
	if err == nil && l.Strategy == "" {
		err = errors.New("it names no strategy")
	}
	if err != nil {
		return &LineError{Path: r.path, Line: r.line, Err: err}
	}
	return nil
}

// Close closes the file.
func (r *Reader) Close() error { return errors.Join(r.zip.Close(), r.file.Close()) }

// Line is one line of requests.ndjson.gz; doc/requests-ndjson.md says what its
// keys mean. Times are milliseconds since the run's start.
type Line struct {
	Strategy     string        `json:"strategy"`
	ID           uint64        `json:"id"`
	DueMS        float64       `json:"due_ms"`
	SentMS       float64       `json:"sent_ms"`
	EndMS        float64       `json:"end_ms"`
	LatencyMS    float64       `json:"latency_ms"`
	FirstTokenMS *float64      `json:"first_token_ms"`
	OK           bool          `json:"ok"`
	Error        string        `json:"error"`
	Correct      *bool         `json:"correct"`
	Winner       *int          `json:"winner"`
	CostUSD      float64       `json:"cost_usd"`
	CostLowUSD   *float64      `json:"cost_low_usd"`
	CostHighUSD  *float64      `json:"cost_high_usd"`
	Attempts     []AttemptLine `json:"attempts"`
}

// AttemptLine is one attempt of a [Line].
type AttemptLine struct {
	Model        string   `json:"model"`
	Role         string   `json:"role"`
	State        string   `json:"state"`
	StartMS      float64  `json:"start_ms"`
	EndMS        float64  `json:"end_ms"`
	FirstTokenMS *float64 `json:"first_token_ms"`
	Error        string   `json:"error"`
	Input        int      `json:"input"`
	Output       int      `json:"output"`
	Estimated    bool     `json:"estimated"`
}

// Won returns the attempt whose answer was returned, or nil.
func (l *Line) Won() *AttemptLine {
	if l.Winner == nil || *l.Winner < 0 || *l.Winner >= len(l.Attempts) {
		return nil
	}
	return &l.Attempts[*l.Winner]
}
