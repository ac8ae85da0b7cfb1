package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	LatencyMS    *millis `json:"latency_ms"`
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

// The most that a call may have taken or used, so that what is made of it stays
// within its types.
const (
	mostTime   = 1000 * time.Hour
	mostTokens = 1_000_000
)

// millis is a time in milliseconds to the nanosecond, without trailing zeros.
type millis time.Duration

// MarshalJSON implements [json.Marshaler].
func (m millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(m)/float64(time.Millisecond), 'f', -1, 64), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *millis) UnmarshalJSON(b []byte) error {
	ms, err := strconv.ParseFloat(string(b), 64)
	const most = float64(mostTime / time.Millisecond)
	if err != nil || !(ms >= 0 && ms <= most) {
		return fmt.Errorf("%s must be a number of milliseconds from 0 to %.0f", b, most)
	}
	*m = millis(math.Round(ms * float64(time.Millisecond)))
	return nil
}

// hash is a prompt's hash, in 16 hexadecimal digits.
type hash uint64

// MarshalJSON implements [json.Marshaler].
func (h hash) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%016x"`, uint64(h)), nil }

// UnmarshalJSON implements [json.Unmarshaler].
func (h *hash) UnmarshalJSON(b []byte) error {
	if len(b) != 18 || b[0] != '"' {
		return fmt.Errorf("%s must be a text of 16 hexadecimal digits", b)
	}
	n, err := strconv.ParseUint(string(b[1:17]), 16, 64)
	if err != nil {
		return fmt.Errorf("%s must be a text of 16 hexadecimal digits", b)
	}
	*h = hash(n)
	return nil
}

// lineOf returns the row as it is written.
func lineOf(r *Row) line {
	l := line{ID: r.ID, DueMS: millis(r.Due), Prompt: hash(r.Prompt), Task: r.Task, Models: make([]column, len(r.Calls))}
	for i := range r.Calls {
		l.Models[i] = columnOf(&r.Calls[i])
	}
	return l
}

func columnOf(c *Call) column {
	latency := millis(c.Latency)
	k := column{
		LatencyMS: &latency, Input: c.Usage.Input, Output: c.Usage.Output, Estimated: c.Usage.Estimated,
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

// parse reads a line into r, whose former contents are lost.
func (r *Row) parse(text []byte, h *Header) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("is no row: %w", err)
	}
	if len(l.Models) != len(h.Models) {
		return fmt.Errorf("has %d models, the header names %d", len(l.Models), len(h.Models))
	}
	*r = Row{ID: l.ID, Due: time.Duration(l.DueMS), Prompt: uint64(l.Prompt), Task: l.Task, Calls: r.Calls[:0]}
	for i := range l.Models {
		c, err := l.Models[i].call()
		if err != nil {
			return fmt.Errorf("model %q: %w", h.Models[i].Name, err)
		}
		r.Calls = append(r.Calls, c)
	}
	return nil
}

// call returns the call, or what is wrong with it.
func (k *column) call() (Call, error) {
	switch {
	case k.LatencyMS == nil:
		return Call{}, errors.New("lacks latency_ms")
	case k.FirstTokenMS != nil && *k.FirstTokenMS > *k.LatencyMS:
		return Call{}, errors.New("first_token_ms must not be more than latency_ms")
	case k.Input < 0 || k.Input > mostTokens || k.Output < 0 || k.Output > mostTokens:
		return Call{}, fmt.Errorf("input and output must be from 0 to %d tokens", mostTokens)
	}
	c := Call{
		Latency: time.Duration(*k.LatencyMS), Cut: k.Cut, Text: k.Text,
		Usage: llm.Usage{Input: k.Input, Output: k.Output, Estimated: k.Estimated},
	}
	if k.FirstTokenMS != nil {
		c.FirstToken, c.HasFirstToken = time.Duration(*k.FirstTokenMS), true
	}
	if k.Correct != nil {
		c.Correct = Wrong
		if *k.Correct {
			c.Correct = Right
		}
	}
	var err error
	c.Failure, err = k.failure()
	return c, err
}

func (k *column) failure() (*llm.Error, error) {
	if k.Error == "" {
		if k.Cut || k.Status != 0 {
			return nil, errors.New("has cut or status, and no error")
		}
		return nil, nil
	}
	kind, ok := llm.ParseKind(k.Error)
	if !ok {
		return nil, fmt.Errorf("error %q is no kind of failure", k.Error)
	}
	if k.Status != 0 && (k.Status < 100 || k.Status > 599) {
		return nil, fmt.Errorf("status %d must be from 100 to 599", k.Status)
	}
	f := &llm.Error{Kind: kind, Status: k.Status, Message: asRecorded}
	if k.RetryAfterMS != nil {
		f.RetryAfter = llm.HintAfter(time.Duration(*k.RetryAfterMS))
	}
	if k.ShouldRetry != nil {
		f.Override = llm.ForbidRetry
		if *k.ShouldRetry {
			f.Override = llm.ForceRetry
		}
	}
	return f, nil
}

// asRecorded is the message of a failure that is met again.
const asRecorded = "as recorded"
