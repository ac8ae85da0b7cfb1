package record

import (
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Tokens counts tokens as providers bill them, cancelled attempts with what they
// had produced.
type Tokens struct {
	// Input and Output are those of all attempts.
	Input, Output int
	// Unused are the output tokens of attempts whose answer was not returned.
	Unused int
}

func (t *Tokens) add(a *Attempt) {
	t.Input += a.Usage.Input
	t.Output += a.Usage.Output
	if a.State != StateWon {
		t.Unused += a.Usage.Output
	}
}

// ModelTokens counts the tokens of one model.
type ModelTokens struct {
	Tokens
	// MeanOutput is the mean length of its complete answers; 0 if it gave none.
	MeanOutput float64
}

// modelTokens collects what ModelTokens shows.
type modelTokens struct {
	Tokens
	answers, length int
}

func (t *modelTokens) add(a *Attempt) {
	t.Tokens.add(a)
	if a.answered() {
		t.answers++
		t.length += a.Usage.Output
	}
}

func (t *modelTokens) describe() ModelTokens {
	return ModelTokens{Tokens: t.Tokens, MeanOutput: stats.Round(float64(t.length) / float64(max(1, t.answers)))}
}

// Tokens returns the tokens of all attempts.
func (r *Recorder) Tokens() Tokens { return r.tokens }

// Restarts returns how often a stream broke that the caller was reading and
// another target began again.
func (r *Recorder) Restarts() int { return r.tally.restarts }

// InterToken returns the mean time between the tokens of the answers that were
// returned, as one value for each answer of more than one token that came in
// pieces; ok is false when there is none.
func (r *Recorder) InterToken() (l Latency, ok bool) {
	if r.gaps == nil {
		return Latency{}, false
	}
	return histogramLatency(r.gaps), true
}

// addGap records the gap of the answer that was returned.
func (r *Recorder) addGap(a *Attempt) {
	gap, ok := a.gap()
	if !ok {
		return
	}
	if r.gaps == nil {
		r.gaps = stats.NewHistogram()
	}
	r.gaps.Record(gap)
}

// gap is the mean time between two tokens: (end - first token) / (tokens - 1).
func (a *Attempt) gap() (time.Duration, bool) {
	speaking := a.End - a.FirstToken
	if !a.HasFirstToken || a.Usage.Output < 2 || speaking <= 0 {
		return 0, false
	}
	return speaking / time.Duration(a.Usage.Output-1), true
}
