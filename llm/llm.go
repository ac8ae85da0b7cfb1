// Package llm holds the words every other package speaks: what a request to a
// language model is, what an answer is, how its use is counted, and what kind
// of failure a call can meet.
//
// The package imports nothing but the standard library and does nothing by
// itself. A [Model] answers a [Call]; it returns an [Answer], or an error that
// is (or wraps) an [*Error] so that a strategy can tell a rate limit from a
// wrong key. Everything in a strategy, a mock, a codec or a report that needs
// to say "which kind of failure" says it with a [Kind] from here.
package llm

import (
	"context"
	"time"
)

// Request is one logical question a user asks. Strategies and models must not
// change it: several attempts share one Request.
type Request struct {
	// ID is the request's position in the load, from 0. It keys every random
	// draw, so request 4711 meets the same weather under every strategy.
	ID uint64
	// System is the system prompt; empty means none.
	System string
	// Prompt is the user's message.
	Prompt string
	// MaxTokens limits the answer's length; 0 means the model's own limit.
	MaxTokens int
	// Task names what kind of work this is, for routing; empty means none.
	Task string
	// Key is who asks, a user or a session, for choices that must stick to them;
	// empty means nobody in particular.
	Key string
	// Header is what came along with the question, such as the fields of the
	// HTTP request that a service was sent, for routing. It is never sent on.
	Header map[string]string
	// Want is the right answer where it is known, as for questions that a
	// strategy is calibrated with; empty means unknown. It is never sent.
	Want string
}

// Usage counts tokens as a provider bills them.
type Usage struct {
	Input  int
	Output int
	// Estimated is set when the provider did not say, as after a cut stream.
	Estimated bool
}

// Stop says why an answer that has its terminator ended.
type Stop uint8

// The reasons an answer may end for.
const (
	StopEnd     Stop = iota // the model had said everything
	StopLength              // the token limit was reached
	StopRefused             // the model, or a filter behind it, declined; never of a success
)

// Answer is a complete answer, or, beside an error, as much as had arrived.
type Answer struct {
	Text string
	// Model is the name under which the model answered. One that differs from
	// the name asked for is no failure: see [Kind].
	Model string
	Stop  Stop
	Usage Usage
	// Attempt is the number of the attempt that produced this answer, counted
	// from 0 over the whole request. Drivers set it; models leave it alone.
	Attempt int
}

// Call is one attempt at a model as the model sees it.
type Call struct {
	Request *Request
	// Ordinal counts this request's earlier calls to the same model: 0 for the
	// first call, 1 for a retry, whatever was asked of other models between.
	Ordinal int
	// FirstToken, when not nil, is to be called once, when the first token of
	// the answer arrives. It must not be called after Call has returned.
	FirstToken func()
}

// Model is something that answers. Call blocks until the answer is complete,
// it failed, or ctx was cancelled; then it returns promptly. An answer that
// was cut short is an error, with what had arrived in the Answer beside it, so
// that its tokens can be billed. Call must be safe for concurrent use.
type Model interface {
	Name() string
	Call(ctx context.Context, c Call) (Answer, error)
}

// Price is what a model charges, in US dollars per million tokens.
type Price struct {
	Input  float64
	Output float64
}

// Cost returns the price of u in US dollars.
func (p Price) Cost(u Usage) float64 {
	return (p.Input*float64(u.Input) + p.Output*float64(u.Output)) / 1e6
}

// EstimateTokens guesses how many tokens text has: one for every four bytes,
// rounded up, the rule of thumb the vendors publish for English. It is what a
// mock bills for a prompt and what a client assumes for a cut stream.
func EstimateTokens(text string) int { return EstimateBytes(len(text)) }

// EstimateBytes is [EstimateTokens] for text of n bytes.
func EstimateBytes(n int) int { return (n + 3) / 4 }

// Hint is a server's wish for the time of the next try. The zero Hint is none.
type Hint struct {
	After time.Duration
	Given bool
}

// HintAfter returns the hint to wait for d; a negative d counts as zero.
func HintAfter(d time.Duration) Hint { return Hint{After: max(d, 0), Given: true} }
