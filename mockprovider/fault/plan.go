package fault

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// End is how an attempt ends.
type End uint8

// The ways an attempt may end.
const (
	EndComplete End = iota // with the whole answer
	EndFail                // with an error response, Plan.Failure, after Plan.Wait
	EndRefuse              // the connection is refused at once
	EndReset               // the connection is reset
	EndHang                // never: nothing more comes
	EndEOF                 // the stream ends cleanly, but before its terminator
	EndGarble              // with a body of full length that does not parse
	EndInStream            // with an error inside the stream
	EndBlank               // cleanly, after the headers of a success and not one byte
	EndEmpty               // complete, but without a word
	EndDeclined            // complete, and marked as one that the model declined to give
)

// Plan is what a mock model will do for one attempt: plain data, drawn before
// anything happens. Model behaviour draws it, active faults change it, and a
// performer (virtual events, an HTTP response, an upstream bent in flight)
// carries it out. Times count from when the model takes the attempt on, which
// is after any wait in a queue for limited concurrency.
type Plan struct {
	// Wait is the time until the response's headers, or until the end when End
	// is EndFail, or EndReset with Until < 0.
	Wait time.Duration
	// FirstToken is the time until the first token; at least Wait.
	FirstToken time.Duration
	// Gap is the time between tokens. 0 means that the answer has no token
	// process: all of it arrives at FirstToken, having been produced evenly
	// until then.
	Gap time.Duration
	// Stall is how long the answer stands still after its first StallAfter
	// tokens; 0 means that it does not.
	Stall      time.Duration
	StallAfter int
	// Input and Tokens are the prompt's tokens and the whole answer's.
	Input, Tokens int
	Text          string
	Stop          llm.Stop
	// Limits is what the response tells of rate limits; zero where there is none.
	Limits Limits
	// As is the name under which the model answers; "" means its own.
	As string
	// Uncounted means that the answer does not say how many tokens it took.
	// They are billed all the same.
	Uncounted bool

	End End
	// Failure is the error response when End is EndFail, or what an error inside
	// the stream says when it is EndInStream, where nil means a server error.
	Failure *llm.Error
	// Page means that the error response is a gateway's HTML page, which says
	// nothing but its status.
	Page bool
	// Until is the number of tokens sent before EndReset, EndHang, EndEOF or
	// EndInStream. For the first two -1 means that not even headers come.
	Until int
	// Inside means that with EndEOF half of the event after those tokens is sent.
	Inside bool
}

// Speaks returns when the first token comes, if one does.
func (p *Plan) Speaks() (at time.Duration, ok bool) { return p.Sent(1), p.Sends() > 0 }

// Lasts returns the time until the caller knows the result; ok is false when
// it never will.
func (p *Plan) Lasts() (d time.Duration, ok bool) {
	switch p.End {
	case EndRefuse:
		return 0, true
	case EndFail:
		return p.Wait, true
	case EndHang:
		return 0, false
	case EndReset, EndEOF, EndInStream:
		return p.Sent(p.Until), true
	default:
		return p.Sent(p.Sends()), true
	}
}

// Sent returns when the n-th token, counted from 1, has been sent; before the
// first token there are the headers.
func (p *Plan) Sent(n int) time.Duration {
	if n <= 0 {
		return p.Wait
	}
	at := p.FirstToken + time.Duration(n-1)*p.Gap
	if n > p.StallAfter {
		at += p.Stall
	}
	return at
}

// Billed returns the usage a provider would bill when the caller leaves after
// elapsed: the prompt, and the output tokens produced until then. An attempt
// that was refused, rejected or reset before its headers costs nothing.
func (p *Plan) Billed(elapsed time.Duration) llm.Usage {
	if !p.Accepted() {
		return llm.Usage{}
	}
	return llm.Usage{Input: p.Input, Output: p.Produced(elapsed)}
}

// Accepted says whether the provider takes the request to work on.
func (p *Plan) Accepted() bool {
	switch p.End {
	case EndFail, EndRefuse:
		return false
	case EndReset:
		return p.Until >= 0
	default:
		return true
	}
}

// Sends returns how many tokens are sent in all.
func (p *Plan) Sends() int {
	switch p.End {
	case EndFail, EndRefuse, EndBlank, EndEmpty:
		return 0
	case EndReset, EndHang, EndEOF, EndInStream:
		return min(max(p.Until, 0), p.Tokens)
	default:
		return p.Tokens
	}
}

// Produced returns how many of the tokens that are sent in all have been
// produced after elapsed.
func (p *Plan) Produced(elapsed time.Duration) int {
	most := p.Sends()
	if p.Stall > 0 && most > p.StallAfter {
		if elapsed < p.Sent(p.StallAfter+1) {
			most = p.StallAfter
		} else {
			elapsed -= p.Stall
		}
	}
	switch {
	case p.Gap <= 0 && elapsed < p.FirstToken:
		return min(most, int(float64(p.Tokens)*float64(elapsed)/float64(p.FirstToken)))
	case p.Gap <= 0:
		return most
	case elapsed < p.FirstToken:
		return 0
	default:
		return min(most, 1+int((elapsed-p.FirstToken)/p.Gap))
	}
}

// The failures an attempt ends with when the plan does not carry its own.
var (
	errRefused   = &llm.Error{Kind: llm.Connection, Message: "connection refused"}
	errReset     = &llm.Error{Kind: llm.Connection, Message: "connection reset by peer"}
	errTruncated = &llm.Error{Kind: llm.Truncated, Message: "the stream ended before its terminator"}
	errGarbled   = &llm.Error{Kind: llm.Malformed, Message: "the answer does not parse"}
	errInStream  = &llm.Error{Kind: llm.InStreamError, Message: "the server had an error while it answered"}
	errBlank     = &llm.Error{Kind: llm.Truncated, Message: "the stream ended before its first byte"}
	errDeclined  = &llm.Error{Kind: llm.RefusedContent, Message: "the model declined"}
)

// Result returns what the caller gets at the end: the answer, with nil, or the
// failure. An empty answer comes with nil, as [llm.Kind] says. It must not be
// asked of a plan that hangs.
func (p *Plan) Result(model string) (llm.Answer, *llm.Error) {
	ans := llm.Answer{Model: model, Stop: p.Stop}
	if p.As != "" {
		ans.Model = p.As
	}
	d, _ := p.Lasts()
	ans.Usage = p.Billed(d)
	switch p.End {
	case EndFail:
		return ans, p.Failure
	case EndRefuse:
		return ans, errRefused
	case EndReset:
		return ans, errReset
	case EndEOF:
		return ans, errTruncated
	case EndGarble:
		return ans, errGarbled
	case EndInStream:
		return ans, errInStream
	case EndBlank:
		return ans, errBlank
	case EndEmpty:
		return ans, nil
	case EndDeclined:
		return ans, errDeclined
	default:
		ans.Text = p.Text
		if p.Uncounted {
			ans.Usage.Output, ans.Usage.Estimated = llm.EstimateTokens(p.Text), true
		}
		return ans, nil
	}
}
