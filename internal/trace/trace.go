// Package trace keeps what models did, to be met again: one row per request,
// with one call per model, all begun at the same moment.
//
// A trace is measured once, possibly for money, and replayed as often as one
// likes. Because a row holds what every model did with the same request at the
// same time, replaying keeps what models have in common: the question that is
// hard for all of them, the minute in which the network was slow.
//
// The file is lines of JSON, compressed with gzip: a [Header], then a [Row] a
// line, described in doc/trace.md. [Create] writes one as the rows come; [Load]
// reads one into columns, a [Model] each, below 50 bytes a call, so that a million
// calls are nothing to a laptop. [Replay] makes the plan of a mock's attempt from
// a row.
package trace

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Schema is the schema of the files this package writes, the only one it reads.
const Schema = "tailgate.trace/v1"

// Header is the first line of a file: where the rows come from.
type Header struct {
	Schema string `json:"schema"`
	Tool   Tool   `json:"tool"`
	// Scenario is the name of the scenario whose models were measured.
	Scenario string `json:"scenario"`
	// Clock is virtual or real.
	Clock   string    `json:"clock"`
	Seed    uint64    `json:"seed"`
	Started time.Time `json:"started"`
	Load    Schedule  `json:"load"`
	// Prompts is the name of what was asked.
	Prompts string `json:"prompts,omitempty"`
	// Answers says that the texts of answers were kept.
	Answers bool `json:"answers"`
	// Models are in the order of the calls of a row.
	Models []Info `json:"models"`
}

// Tool is the program that wrote the file.
type Tool struct {
	Version string `json:"version"`
}

// Schedule is the load that was sent.
type Schedule struct {
	Arrivals string  `json:"arrivals"`
	RatePerS float64 `json:"rate_per_s"`
	// TimeoutMS is how long the recorder waited for an answer.
	TimeoutMS float64 `json:"timeout_ms"`
}

// Info says which model was measured.
type Info struct {
	Name     string `json:"name"`
	Provider string `json:"provider,omitempty"`
	Format   string `json:"format,omitempty"`
	Price    Price  `json:"price"`
}

// Price is an [llm.Price] as it is written.
type Price struct {
	Input  float64 `json:"input"`
	Output float64 `json:"output"`
}

// Row is what came of one request: a call per model.
type Row struct {
	// ID is the request's number; those of a file increase.
	ID uint64
	// Due is when the calls were to begin, from the start of the load; it never
	// decreases in a file.
	Due time.Duration
	// Prompt identifies what was asked: the [draw.Hash] of the prompt.
	Prompt uint64
	// Task is the kind of work; "" where that is not known.
	Task  string
	Calls []Call
}

// Call is what one model did with a request. Times count from when it was asked.
type Call struct {
	// Latency is the time until the whole answer or the failure had come, or
	// until the recorder gave up.
	Latency time.Duration
	// FirstToken is the time until the first token; valid if HasFirstToken.
	FirstToken    time.Duration
	HasFirstToken bool
	Usage         llm.Usage
	// Failure is nil if the model answered. Its message and cause are not kept.
	Failure *llm.Error
	// Cut says that the recorder gave up waiting: the call would have lasted
	// longer. Failure is then a timeout.
	Cut bool
	// Text is the answer; "" where there is none or answers were not kept.
	Text string
	// Correct says whether the answer was right.
	Correct Truth
}

// Truth says whether an answer was right, as far as that is known.
type Truth uint8

// The truths.
const (
	Unknown Truth = iota
	Right
	Wrong
)
