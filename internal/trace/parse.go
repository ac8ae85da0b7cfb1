package trace

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// The most that a call may have taken or used, so that what is made of it stays
// within its types.
const (
	mostTime   = 1000 * time.Hour
	mostTokens = 1_000_000
)

// asRecorded is the message of a failure that is met again.
const asRecorded = "as recorded"

// parse reads a line into r, whose former contents are lost. Keys it does not
// know are ignored.
func (r *Row) parse(text []byte, h *Header) error {
	s := scan{text: text}
	*r = Row{Calls: r.Calls[:0]}
	var has struct{ id, due bool }
	s.object(func(key []byte) {
		switch string(key) {
		case "id":
			r.ID, has.id = s.count("id", 0, 1<<63), true
		case "due_ms":
			r.Due, has.due = s.millis("due_ms"), true
		case "prompt":
			r.Prompt = s.hash("prompt")
		case "task":
			r.Task = s.string()
		case "models":
			s.array(func() { r.Calls = append(r.Calls, s.call()) })
		default:
			s.skip()
		}
	})
	switch {
	case s.err != nil && len(r.Calls) > 0 && len(r.Calls) <= len(h.Models):
		return fmt.Errorf("%w (after the beginning of model %q)", s.err, h.Models[len(r.Calls)-1].Name)
	case s.err != nil:
		return s.err
	case s.peek() != 0:
		return errors.New("is no row: something stands after its end")
	case !has.id || !has.due:
		return errors.New("lacks id or due_ms")
	case len(r.Calls) != len(h.Models):
		return fmt.Errorf("has %d models, the header names %d", len(r.Calls), len(h.Models))
	}
	return nil
}

// hash reads a prompt's hash.
func (s *scan) hash(key string) uint64 {
	text := s.string()
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil || len(text) != 16 {
		s.fail("%s: %q must be 16 hexadecimal digits", key, text)
	}
	return n
}

// call reads what one model did.
func (s *scan) call() (c Call) {
	var f llm.Error
	var failed, timed bool
	s.object(func(key []byte) {
		switch string(key) {
		case "latency_ms":
			c.Latency, timed = s.millis("latency_ms"), true
		case "first_token_ms":
			c.FirstToken, c.HasFirstToken = s.millis("first_token_ms"), true
		case "input":
			c.Usage.Input = int(s.count("input", 0, mostTokens)) //nolint:gosec // at most mostTokens
		case "output":
			c.Usage.Output = int(s.count("output", 0, mostTokens)) //nolint:gosec // at most mostTokens
		case "estimated":
			c.Usage.Estimated = s.bool("estimated")
		case "cut":
			c.Cut = s.bool("cut")
		case "correct":
			c.Correct = s.truth("correct")
		case "text":
			c.Text = s.string()
		case "error":
			f.Kind, failed = s.kind("error"), true
		default:
			s.failure(key, &f)
		}
	})
	switch {
	case s.err != nil:
	case !timed:
		s.fail("lacks latency_ms")
	case c.HasFirstToken && c.FirstToken > c.Latency:
		s.fail("first_token_ms must not be more than latency_ms")
	case failed:
		c.Failure = &llm.Error{Kind: f.Kind, Status: f.Status, RetryAfter: f.RetryAfter, Override: f.Override, Message: asRecorded}
	case c.Cut || f != (llm.Error{}):
		s.fail("says how it failed, and no error")
	}
	return c
}

// failure reads more about a failure.
func (s *scan) failure(key []byte, f *llm.Error) {
	switch string(key) {
	case "status":
		f.Status = int(s.count("status", 100, 599)) //nolint:gosec // at most 599
	case "retry_after_ms":
		f.RetryAfter = llm.HintAfter(s.millis("retry_after_ms"))
	case "should_retry":
		f.Override = llm.ForbidRetry
		if s.bool("should_retry") {
			f.Override = llm.ForceRetry
		}
	default:
		s.skip()
	}
}

func (s *scan) truth(key string) Truth {
	if s.bool(key) {
		return Right
	}
	return Wrong
}

func (s *scan) kind(key string) llm.Kind {
	text := s.string()
	k, ok := llm.ParseKind(text)
	if !ok && s.err == nil {
		s.fail("%s: %q is no kind of failure", key, text)
	}
	return k
}
