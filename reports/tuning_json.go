package reports

import (
	_ "embed" // the schema
	"encoding/json"
	"errors"
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

// ReadTuningJSON reads what [WriteTuningJSON] writes, as [ReadJSON] does reports.
func ReadTuningJSON(r io.Reader) (*Tuning, error) {
	d := &Tuning{}
	if err := readJSON(r, d, TuningSchema, tuningSchema); err != nil {
		return nil, fmt.Errorf("read tuning: %w", err)
	}
	if err := d.checkNumbers(); err != nil {
		return nil, fmt.Errorf("read tuning: %w", err)
	}
	return d, nil
}

// checkNumbers checks that every number names something that is there.
func (d *Tuning) checkNumbers() error {
	settings := slices.Concat(d.Tied, numbers(d.Recommended), numbers(d.Current))
	var parts, levels, models []int
	within := map[string]int{"setting": len(d.Settings)}
	if b := d.Breaker; b != nil {
		settings = append(settings, b.Front...)
		within["scenario"] = len(b.Scenarios)
		for _, c := range b.Cells {
			settings, parts = append(settings, c.Setting), append(parts, c.Scenario)
		}
	}
	if b := d.Budget; b != nil {
		within["level"] = len(b.Levels)
		for _, s := range b.Strategies {
			for _, c := range s.Cells {
				levels = append(levels, c.Level)
			}
		}
	}
	if p := d.Panel; p != nil {
		settings = append(settings, p.Front...)
		within["model"] = len(p.Models)
		for _, pair := range p.Pairs {
			models = append(models, pair.A, pair.B)
		}
	}
	return errors.Join(
		among("setting", settings, within), among("scenario", parts, within),
		among("level", levels, within), among("model", models, within))
}

// among returns an error for the first number that is not one of what there is.
func among(what string, all []int, within map[string]int) error {
	for _, n := range all {
		if n < 0 || n >= within[what] {
			return fmt.Errorf("there is no %s number %d among %d", what, n, within[what])
		}
	}
	return nil
}

// numbers is the number that there is, if there is one.
func numbers(n *int) []int {
	if n == nil {
		return nil
	}
	return []int{*n}
}
