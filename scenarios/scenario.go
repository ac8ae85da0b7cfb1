// Package scenarios reads, checks and ships scenario files: the YAML that says
// what load meets which models, what goes wrong with them and when, which
// strategies are compared, and what they are expected to achieve.
//
// [Load] takes the name of an embedded scenario or of a file. What it returns
// has been checked completely: everything built from a [Scenario] works. What
// is wrong with a file is reported all at once, as [Errors], each with its
// place and with what would be allowed:
//
//	storm.yaml:5:43: strategies.hedge.hedge.delay: "3": must be a duration with its unit, such as 250ms, 3s or 2m, or a percentile of the primary's latency such as p95
//	storm.yaml:7:5: objectives[0]: "hegde.p95 <= 3s": unknown strategy "hegde" (did you mean "hedge"?): allowed are single, hedge
//
// The file is read from its syntax tree rather than decoded into structs,
// because only the tree knows where each value stands. Files are limited in
// size, line length and nesting before they are parsed, and aliases, which can
// make a short file expand without end, are not part of the format.
//
// A Scenario is plain data, at full length. [Scenario.Mock] and
// [Scenario.Strategy] build what one run needs, fresh each time (budgets,
// breakers and rate limits have state) and with every duration divided by a
// time scale.
package scenarios

import (
	"time"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Scenario is a checked scenario. It must not be changed, and is then safe for
// concurrent use.
type Scenario struct {
	Name  string
	About string
	Seed  uint64
	Load  Schedule
	// Workload is what is asked, its prompts read already.
	Workload Workload
	// Models, Faults and Strategies are in the order of the file.
	Models     []Model
	Faults     []Fault
	Strategies []Strategy
	// Baseline is the strategy the others are compared with.
	Baseline   string
	Objectives []*objective.Objective
	Billing    Billing
	// Source is the text of the file.
	Source string

	origin origin
}

// Schedule is the load: how many requests are due when.
type Schedule struct {
	// Rate is the mean number of arrivals per second.
	Rate float64
	// Duration is how long the load lasts; 0 if Requests is set.
	Duration time.Duration
	// Requests is how many requests there are; 0 if Duration is set.
	Requests int
	Arrivals Arrivals
	// Timeout is what a caller would wait for an answer.
	Timeout time.Duration
}

// Shape is how arrivals are spread over time.
type Shape string

// The shapes.
const (
	Constant Shape = "constant" // evenly
	Poisson  Shape = "poisson"  // independently of each other
	Ramp     Shape = "ramp"     // at a rate that grows or falls linearly
	Sine     Shape = "sine"     // at a rate that swings around its mean
	Steps    Shape = "steps"    // at one constant rate after another
	Replayed Shape = "trace"    // when they were in a trace
)

// Arrivals is a shape with its parameters. Rates are per second.
type Arrivals struct {
	Shape Shape
	// From and To are the rates at the beginning and the end of a ramp.
	From, To float64
	// Amplitude is how far the rate of a sine is above its mean at most, and
	// Period the time from crest to crest. It begins at the mean, rising.
	Amplitude float64
	Period    time.Duration
	// Steps are the steps in order. After the last the load is over.
	Steps []Step
	// Due are the due times of a trace, which begin again after the last. They
	// must not be changed.
	Due []time.Duration
}

// Step is a constant rate, per second, for some time.
type Step struct {
	Rate float64
	For  time.Duration
}

// Workload is what is asked and how often models err together.
type Workload struct {
	mockprovider.Workload
	// Prompts is the name of the embedded set, or of the file.
	Prompts string
	// Correlation is the probability with which all models copy one voter.
	Correlation float64
}

// Model is a model of a scenario: a mock, which may replay a trace, or a real one if
// Remote is set, whose settings are but a name, a format and a price.
type Model struct {
	mockprovider.Settings
	// Remote says how a real model is reached; nil for a mock.
	Remote *Remote
	// Preset is the preset that the settings started from; "" if none.
	Preset string
	// Trace is the name of the file that the model is replayed from; "" if its
	// behaviour is drawn.
	Trace string
}

// Provider returns who answers: "mock", "trace", or of a real model its service.
func (m *Model) Provider() string {
	switch {
	case m.Trace != "":
		return "trace"
	case m.Remote == nil:
		return "mock"
	case m.Preset != "":
		return m.Preset
	default:
		return m.Format.String()
	}
}

// Fault is a fault and its window. The window has a name and a list of models
// always.
type Fault struct {
	fault.Window
	// Text is the fault's settings in one line.
	Text string

	scaled func(timescale) fault.Fault
}

// Strategy describes a strategy of a scenario.
type Strategy struct {
	Name string
	// Kind is the outermost kind, such as "hedge".
	Kind string
	// Text is the strategy's settings in one line.
	Text string
	// Trial says how an A/B test is judged; nil for other kinds.
	Trial *Trial

	build recipe
	uses  []string // the strategies that are its targets, by name
}

// Billing says how cancelled attempts are billed.
type Billing struct {
	Cancelled Cancelled
}

// Cancelled is how an attempt cancelled by its caller is billed.
type Cancelled string

// The ways to bill a cancelled attempt.
const (
	Produced Cancelled = "produced" // the tokens produced until then
	Whole    Cancelled = "whole"    // the whole answer
)
