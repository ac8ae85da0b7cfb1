package reports

import (
	_ "embed" // the schema
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

//go:embed schema/tune.schema.json
var tuningSchema []byte

// TuningJSONSchema returns the JSON Schema (draft 2020-12) that every document of
// [WriteTuningJSON] meets.
func TuningJSONSchema() []byte { return slices.Clone(tuningSchema) }

// WriteTuningJSON writes d as indented JSON with a fixed order of keys.
func WriteTuningJSON(w io.Writer, d *Tuning) error {
	compact, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode tuning: %w", err)
	}
	_, err = w.Write(append(indent(compact), '\n'))
	return err
}

// ReadTuningJSON reads what [WriteTuningJSON] writes.
func ReadTuningJSON(r io.Reader) (*Tuning, error) {
	d := &Tuning{}
	if err := json.NewDecoder(r).Decode(d); err != nil {
		return nil, fmt.Errorf("read tuning: %w", err)
	}
	if d.Schema != TuningSchema {
		return nil, fmt.Errorf("read tuning: schema is %q: %w", d.Schema, ErrSchema)
	}
	return d, nil
}
