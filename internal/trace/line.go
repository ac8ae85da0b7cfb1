package trace

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// line is a row as it is written.
type line struct {
	ID     uint64   `json:"id"`
	DueMS  millis   `json:"due_ms"`
	Prompt hash     `json:"prompt,omitzero"`
	Task   string   `json:"task,omitempty"`
	Models []column `json:"models"`
}

// column is a call as it is written.
type column struct {
	LatencyMS    millis  `json:"latency_ms"`
	FirstTokenMS *millis `json:"first_token_ms,omitempty"`
	Input        int     `json:"input,omitempty"`
	Output       int     `json:"output,omitempty"`
	Estimated    bool    `json:"estimated,omitempty"`
	Error        string  `json:"error,omitempty"`
	Status       int     `json:"status,omitempty"`
	RetryAfterMS *millis `json:"retry_after_ms,omitempty"`
	ShouldRetry  *bool   `json:"should_retry,omitempty"`
	Cut          bool    `json:"cut,omitempty"`
	Correct      *bool   `json:"correct,omitempty"`
	Text         string  `json:"text,omitempty"`
}

// millis is a time in milliseconds to the nanosecond, without trailing zeros.
type millis time.Duration

// MarshalJSON implements [json.Marshaler].
func (m millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/float64(time.Millisecond), 'f', -1, 64), nil
}

// hash is a prompt's hash, in 16 hexadecimal digits.
type hash uint64

// MarshalJSON implements [json.Marshaler].
func (h hash) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%016x"`, uint64(h)), nil }

// lineOf returns the row as it is written.
func lineOf(r *Row) line {
	l := line{ID: r.ID, DueMS: millis(r.Due), Prompt: hash(r.Prompt), Task: r.Task, Models: make([]column, len(r.Calls))}
	for i := range r.Calls {
		l.Models[i] = columnOf(&r.Calls[i])
	}
	return l
}

func columnOf(c *Call) column {
	k := column{
		LatencyMS: millis(c.Latency), Input: c.Usage.Input, Output: c.Usage.Output, Estimated: c.Usage.Estimated,
		Cut: c.Cut, Text: c.Text,
	}
	if c.HasFirstToken {
		first := millis(c.FirstToken)
		k.FirstTokenMS = &first
	}
	if c.Correct != Unknown {
		right := c.Correct == Right
		k.Correct = &right
	}
	if f := c.Failure; f != nil {
		k.fail(f)
	}
	return k
}

func (k *column) fail(f *llm.Error) {
	k.Error, k.Status = f.Kind.String(), f.Status
	if f.RetryAfter.Given {
		after := millis(f.RetryAfter.After)
		k.RetryAfterMS = &after
	}
	if f.Override != llm.NoOverride {
		again := f.Override == llm.ForceRetry
		k.ShouldRetry = &again
	}
}
