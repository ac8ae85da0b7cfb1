package mockprovider

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// maxIncidents is how many incidents of a fault are told apart.
const maxIncidents = 100

// Incidents returns, for each of c.Faults, when its incidents come about in a run
// of the given length: nil for faults that have none by their kind, or so many that
// nobody could tell them apart. They are known beforehand, since they depend on the
// seed and the fault alone.
func (c *Config) Incidents(length time.Duration) [][]fault.Span {
	all := make([][]fault.Span, len(c.Faults))
	for i, w := range freshWeather(c.Faults) {
		if _, ok := w.window.Fault.(*fault.Incidents); !ok {
			continue
		}
		spans, complete := w.window.Incidents(length, draw.New(c.Seed).Word(w.word), maxIncidents)
		if complete {
			all[i] = append([]fault.Span{}, spans...)
		}
	}
	return all
}
