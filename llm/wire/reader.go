package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// Reader reads one streamed answer. It belongs to one goroutine.
type Reader struct {
	codec  *codec
	events *events
	state  state
	mould  mould
	err    error // set once there is nothing more to read
}

// NewReader returns a reader of the body of a 200 response to a request that
// asked for a stream. It reads ahead, so that body is to be closed afterwards,
// not read on.
func (f Format) NewReader(body io.Reader) *Reader {
	return &Reader{codec: f.codec(), events: newEvents(body)}
}

// Next returns the next piece of text, which is never empty. At the end it
// returns [io.EOF] if the answer is complete; an [*llm.Error] of kind truncated,
// in_stream_error, malformed or refused_content if it is not; or the error of
// the underlying reader as it came. The same error is returned from then on.
func (r *Reader) Next() (string, error) {
	for r.err == nil {
		if r.state.done {
			r.err = r.state.verdict()
			break
		}
		if piece := r.advance(); piece != "" {
			return piece, nil
		}
	}
	return "", r.err
}

// advance reads one event and returns its text, or sets r.err.
func (r *Reader) advance() string {
	data, err := r.events.next()
	switch {
	case errors.Is(err, io.EOF):
		return r.end()
	case errors.Is(err, errEventTooLarge):
		r.err = &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Cause: err}
		return ""
	case err != nil:
		r.err = err
		return ""
	}
	data = bytes.TrimSpace(data)
	if text, ok := r.mould.text(data); ok {
		r.state.text.Write(text)
		return r.tail(len(text))
	}
	before := r.state
	if r.err = r.codec.decodeEvent(&r.state, data); r.err != nil {
		return ""
	}
	piece := r.tail(r.state.text.Len() - before.text.Len())
	if r.state.onlySpoke(&before) {
		r.mould.learn(data, piece)
	} else {
		r.mould.forget() // an event of its shape may now say more
	}
	return piece
}

// end returns the text of an event that lacks nothing but the blank line after it,
// with which sloppy servers end a stream, or sets r.err.
func (r *Reader) end() string {
	if data := bytes.TrimSpace(r.events.unended()); len(data) > 0 {
		before := r.state.text.Len()
		err := r.codec.decodeEvent(&r.state, data)
		if err == nil {
			return r.tail(r.state.text.Len() - before)
		}
		if llm.AsError(err).Kind != llm.Malformed { // it is whole
			r.err = err
			return ""
		}
	}
	if p, ok := r.codec.parseError(r.events.rest()); ok {
		r.err = p.inStream()
		return ""
	}
	if r.state.done = r.codec.unterminated && r.state.finished; !r.state.done {
		r.err = &llm.Error{Kind: llm.Truncated, Status: http.StatusOK, Message: r.state.missing()}
	}
	return ""
}

// tail returns the last n bytes of the text.
func (r *Reader) tail(n int) string {
	text := r.state.text.String()
	return text[len(text)-n:]
}

// Answer returns the answer as far as it has arrived. Until the format's final
// count of tokens has come, Usage is estimated from the text, and Usage.Input
// is 0 if the stream has not named it.
func (r *Reader) Answer() llm.Answer { return r.state.answer() }

// state is what is known of an answer while it arrives.
type state struct {
	text     strings.Builder
	model    string
	usage    llm.Usage
	counted  bool // usage is final
	stop     llm.Stop
	refusal  string // why the model declined, "" if it did not
	garbled  string // why the answer cannot be used, "" if it can
	finished bool   // a reason to stop has come
	done     bool   // the terminator has come
}

// onlySpoke says whether nothing but the text has changed since before.
func (s *state) onlySpoke(before *state) bool {
	return s.model == before.model && s.usage == before.usage && s.counted == before.counted &&
		s.stop == before.stop && s.refusal == before.refusal && s.garbled == before.garbled &&
		s.finished == before.finished && s.done == before.done
}

func (s *state) answer() llm.Answer {
	usage := s.usage
	if !s.counted {
		usage.Output, usage.Estimated = llm.EstimateTokens(s.text.String()), true
	}
	return llm.Answer{Text: s.text.String(), Model: s.model, Stop: s.stop, Usage: usage}
}

// finish records the reason for which the answer ended.
func (s *state) finish(v verdict) {
	s.finished, s.stop, s.garbled = true, v.stop, v.garbled
	if v.refusal != "" {
		s.refuse(v.refusal)
	}
}

// refuse records why, or in which words, the model declined.
func (s *state) refuse(why string) { s.refusal = "the model declined: " + clip(why) }

// verdict returns io.EOF if the finished answer is a success, else why not.
func (s *state) verdict() error {
	switch {
	case !s.finished:
		return &llm.Error{Kind: llm.Truncated, Status: http.StatusOK, Message: "the answer has no reason to stop"}
	case s.refusal != "":
		return &llm.Error{Kind: llm.RefusedContent, Status: http.StatusOK, Message: s.refusal}
	case s.garbled != "":
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: s.garbled}
	default:
		return io.EOF
	}
}

// missing says what a stream that ended lacked.
func (s *state) missing() string {
	switch {
	case s.finished:
		return "the stream ended before its terminator"
	case s.text.Len() == 0:
		return "the stream ended before the first token"
	default:
		return "the stream ended in the middle of the answer"
	}
}

// verdict is what a vendor's reason to stop means.
type verdict struct {
	stop    llm.Stop
	refusal string
	garbled string
}

// malformed returns the error for bytes that are not the format.
func malformed(what string, err error) *llm.Error {
	return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: what + " does not parse", Cause: err}
}

// inStream returns the error for a problem inside a 200 response.
func (p problem) inStream() *llm.Error {
	message := p.message
	if p.label != "" {
		message = fmt.Sprintf("%s: %s", p.label, p.message)
	}
	e := &llm.Error{Kind: llm.InStreamError, Status: http.StatusOK, Message: clip(message), RetryAfter: p.hint}
	if p.permanent() {
		e.Override = llm.ForbidRetry
	}
	return e
}

// permanent says whether a problem inside a 200 response stays when the request
// is sent again.
func (p problem) permanent() bool {
	kind := p.kind
	if kind == llm.Unknown {
		kind = KindOf(p.status)
	}
	return !kind.Retryable() || kind == llm.Unknown && p.label == "invalid_request_error"
}

// DecodeAnswer reads the whole body of a 200 response to a request that did not
// ask for a stream. An answer that is not complete is an error, an [*llm.Error],
// with what there is of it in the Answer beside it.
func (f Format) DecodeAnswer(body []byte) (llm.Answer, error) {
	s := state{done: true}
	if err := f.codec().decodeAnswer(&s, body); err != nil {
		return s.answer(), err
	}
	if err := s.verdict(); !errors.Is(err, io.EOF) {
		return s.answer(), err
	}
	return s.answer(), nil
}
