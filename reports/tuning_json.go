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
	for _, n := range slices.Concat(d.Tied, numbers(d.Recommended), numbers(d.Current)) {
		if n < 0 || n >= len(d.Settings) {
			return nil, fmt.Errorf("read tuning: there is no setting number %d among %d", n, len(d.Settings))
		}
	}
	return d, nil
}

// numbers is the number that there is, if there is one.
func numbers(n *int) []int {
	if n == nil {
		return nil
	}
	return []int{*n}
}
