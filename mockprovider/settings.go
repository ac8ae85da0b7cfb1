package mockprovider

import (
	"fmt"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// Settings describe how a mock model behaves in good weather. Distributions of
// times are in nanoseconds; draws below 0 count as 0.
type Settings struct {
	// Name is the model's name; it keys the model's draws.
	Name string
	// Format is the wire format the model is meant to be asked in. A [Server]
	// speaks all of them to everyone.
	Format wire.Format
	// FirstToken is the time until the response's headers and first token.
	FirstToken draw.Dist
	// PerToken is the time between tokens. It is drawn once per attempt: it is
	// the speed of the replica that serves the attempt, not a jitter between
	// its tokens. nil means 0: the whole answer comes with its first token.
	PerToken draw.Dist
	// OutputTokens is the number of tokens of an answer, at least 1. nil means
	// as many as the answer's text has, and 128 for an answer in prose.
	OutputTokens draw.Dist
	// Latency is shorthand for a total time without a token process. It stands
	// in place of FirstToken and PerToken, which must be nil.
	Latency draw.Dist
	// Replay gives the times, the lengths and the failures as they were recorded.
	// It stands in place of FirstToken, PerToken, OutputTokens and Latency, which
	// must be nil. nil means that they are drawn.
	Replay Replay
	// Price is what the model charges; the zero Price is free.
	Price llm.Price
	// Accuracy is the share of the items of a workload that the model answers
	// rightly, in [0, 1]; nil means 1.
	Accuracy *float64
	// Judge is how well the model scores answers when it is asked to; nil means
	// [DefaultJudge].
	Judge *Judge
}

// check returns what is wrong with the settings.
func (s *Settings) check() error {
	switch {
	case s.Name == "":
		return fmt.Errorf("a model has no name")
	case s.Latency != nil && (s.FirstToken != nil || s.PerToken != nil):
		return fmt.Errorf("model %q: a latency stands in place of first and per token times, not beside them", s.Name)
	case s.Replay != nil && (s.Latency != nil || s.FirstToken != nil || s.PerToken != nil || s.OutputTokens != nil):
		return fmt.Errorf("model %q: a replay stands in place of times and lengths, not beside them", s.Name)
	case s.Latency == nil && s.FirstToken == nil && s.Replay == nil:
		return fmt.Errorf("model %q: needs a time to the first token, a latency or a replay", s.Name)
	case s.Accuracy != nil && !(*s.Accuracy >= 0 && *s.Accuracy <= 1):
		return fmt.Errorf("model %q: accuracy must be in [0, 1], not %v", s.Name, *s.Accuracy)
	}
	return s.Judge.check(s.Name)
}

// accuracy returns the share of right answers.
func (s *Settings) accuracy() float64 {
	if s.Accuracy == nil {
		return 1
	}
	return *s.Accuracy
}
