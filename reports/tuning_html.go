package reports

import (
	_ "embed" // the template
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// TuningPage is the name under which the page of a [Tuning] is left beside
// [TuningFile].
const TuningPage = "tune.html"

//go:embed html/tuning.tmpl
var tuningSource string

// WriteTuningHTML writes d as one page that needs nothing else, as [WriteHTML]
// does: what to set and why, all settings side by side with what was predicted
// and what came true, what the goal costs, and how flat it is around the choice.
func WriteTuningHTML(w io.Writer, d *Tuning) error {
	page, err := parse("tuning", tuningSource)
	if err != nil {
		return err
	}
	p := newTuningPage(d)
	return p.write(w, page, p, len(tuningAbridgements), func(i int) ([]byte, string, error) {
		data, err := json.Marshal(tuningAbridgements[i].shorten(d))
		if err != nil {
			return nil, "", fmt.Errorf("encode tuning: %w", err)
		}
		return data, tuningAbridgements[i].leftOut, nil
	})
}

// tuningAbridgements begin with the whole document; each leaves out more.
var tuningAbridgements = []struct {
	leftOut string // what is missing, in words
	shorten func(*Tuning) *Tuning
}{
	{"", func(d *Tuning) *Tuning { return d }},
	{"the figures of settings that were not measured on fresh seeds", func(d *Tuning) *Tuning {
		short := *d
		short.Settings = slices.Clone(d.Settings)
		for i := range short.Settings {
			if s := &short.Settings[i]; s.Realised == nil {
				s.Predicted = nil
			}
		}
		return &short
	}},
	{"the settings", func(d *Tuning) *Tuning {
		short := *d
		short.Settings, short.Recommended, short.Current, short.Tied = []TuningSetting{}, nil, nil, []int{}
		return &short
	}},
}
