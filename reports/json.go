package reports

import (
	"cmp"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrSchema is matched by the errors of [ReadJSON] and [ReadTuningJSON] for a
// document that is JSON, but another one, or of a version not known here.
var ErrSchema = errors.New("another document")

//go:embed schema/report.schema.json
var schema []byte

// JSONSchema returns the JSON Schema (2020-12) that every document written by
// [WriteJSON] meets.
func JSONSchema() []byte { return slices.Clone(schema) }

// WriteJSON writes d as indented JSON with a fixed order of keys. A list of
// plain values and a short object stand on one line each.
func WriteJSON(w io.Writer, d *Document) error {
	compact, err := encode(d)
	if err != nil {
		return err
	}
	_, err = w.Write(append(indent(compact), '\n'))
	return err
}

// encode returns d as compact JSON that is safe inside a script element, since
// encoding/json escapes the angle brackets and the ampersand.
func encode(d *Document) ([]byte, error) {
	data, err := json.Marshal(complete(d))
	if err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return data, nil
}

// ReadJSON reads a report of any release of [Schema]. It ignores keys it does not
// know, so that a report of a later program can be read; a key that every report
// has and that is missing, or null, is an error that names it.
func ReadJSON(r io.Reader) (*Document, error) {
	d := new(Document)
	if err := readJSON(r, d, Schema, schema); err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	return d, nil
}

// readJSON reads a document that says it is of the version and meets its schema.
func readJSON(r io.Reader, document any, version string, schema []byte) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return locate(data, err)
	}
	if head.Schema != version {
		return fmt.Errorf("%w: schema is %q, must be %q", ErrSchema, head.Schema, version)
	}
	if err := json.Unmarshal(data, document); err != nil {
		return locate(data, err)
	}
	return conform(data, schema)
}

// locate puts the line and the column before an error of encoding/json.
func locate(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(data, syntax.Offset)
		return fmt.Errorf("line %d, column %d: %w", line, column, err)
	case errors.As(err, &kind):
		line, column := position(data, kind.Offset)
		return fmt.Errorf("line %d, column %d: %s must not be of type %s", line, column, cmp.Or(kind.Field, "the document"), kind.Value)
	default:
		return err
	}
}

func position(data []byte, offset int64) (line, column int) {
	line, column = 1, 1
	for _, c := range data[:min(offset, int64(len(data)))] {
		if column++; c == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}
