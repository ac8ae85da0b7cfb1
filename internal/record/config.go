package record

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Config says what a [Recorder] and a [Part] are to know beforehand.
type Config struct {
	// Strategy is the strategy's name.
	Strategy string
	// Models are the models attempts refer to by index.
	Models []ModelInfo
	// Expect is about how many requests will be added; 0 means that it is not
	// known. Up to it, adding does not allocate.
	Expect int
	// First is the ID of the run's first request.
	First uint64
	// Duration is the run's planned length. Zero means until the last request
	// ended.
	Duration time.Duration
	// Step is the timeline's; 0 means the smallest of 1, 2, 5, 10, 15, 30 s
	// and so on that gives at most Steps of them.
	Step time.Duration
	// Steps is the most steps of the timeline; 0 means 300.
	Steps int
	// Turn is how long each strategy had its turn where they took turns; zero
	// where they did not.
	Turn time.Duration
	// Faults are the windows of the scenario's faults.
	Faults []Window
	// BillWhole bills a cancelled attempt for its whole answer; otherwise for
	// the tokens produced until the cancel.
	BillWhole bool
	// Trial is set for an A/B test.
	Trial *TrialConfig
}

// ModelInfo is a model's name and price.
type ModelInfo struct {
	Name  string
	Price llm.Price
}

// Window is the time in which a fault was active: From until before To, or only in
// its Incidents, if it has any.
type Window struct {
	Name     string
	From, To time.Duration
	// Incidents are the times within the window in which the fault was active, in
	// order; nil means all of it.
	Incidents []Span
}

// Span is a time: From until before To.
type Span struct{ From, To time.Duration }

// Spans are the times in which the fault was active.
func (w *Window) Spans() []Span {
	if w.Incidents != nil {
		return w.Incidents
	}
	return []Span{{w.From, w.To}}
}

func (s Span) holds(t time.Duration) bool { return s.From <= t && t < s.To }
