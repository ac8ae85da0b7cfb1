package fault

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// End is how an attempt ends.
type End uint8

// The ways an attempt may end.
const (
	Complete End = iota // with the whole answer
	Fail                // with an error response, Plan.Failure, after Plan.Wait
	Refuse              // the connection is refused at once
	Reset               // the connection is reset
	Hang                // never: nothing more comes
	EOF                 // the stream ends cleanly, but before its terminator
	Garble              // with a body of full length that does not parse
)

// Plan is what a mock model will do for one attempt: plain data, drawn before
// anything happens. Model behaviour draws it, active faults change it, and a
// performer (virtual events, an HTTP response, an upstream bent in flight)
// carries it out. Times count from when the model takes the attempt on, which
// is after any wait in a queue for limited concurrency.
type Plan struct {
	// Wait is the time until the response's headers, or until the end when End
	// is Fail, or Reset or Hang with Until < 0.
	Wait time.Duration
	// FirstToken is the time until the first token; at least Wait.
	FirstToken time.Duration
	// Gap is the time between tokens. 0 means that the answer has no token
	// process: all of it arrives at FirstToken, having been produced evenly
	// until then.
	Gap time.Duration
	// Input and Tokens are the prompt's tokens and the whole answer's.
	Input, Tokens int
	Text          string
	Stop          llm.Stop

	End End
	// Failure is the error response when End is Fail.
	Failure *llm.Error
	// Until is the number of tokens sent before a Reset, Hang or EOF; -1 means
	// that not even headers come.
	Until int
}

// Speaks returns when the first token comes, if one does.
func (p *Plan) Speaks() (at time.Duration, ok bool) {
	switch p.End {
	case Fail, Refuse:
		return 0, false
	case Reset, Hang, EOF:
		return p.FirstToken, p.Until > 0
	default:
		return p.FirstToken, true
	}
}

// Lasts returns the time until the caller knows the result; ok is false when
// it never will.
func (p *Plan) Lasts() (d time.Duration, ok bool) {
	switch p.End {
	case Refuse:
		return 0, true
	case Fail:
		return p.Wait, true
	case Hang:
		return 0, false
	case Reset, EOF:
		return p.sent(p.Until), true
	default:
		return p.sent(p.Tokens), true
	}
}

// sent returns when the n-th token has been sent.
func (p *Plan) sent(n int) time.Duration {
	if n <= 0 {
		return p.Wait
	}
	return p.FirstToken + time.Duration(n-1)*p.Gap
}

// Billed returns the usage a provider would bill when the caller leaves after
// elapsed: the prompt, and the output tokens produced until then. An attempt
// that was refused, rejected or reset before its headers costs nothing.
func (p *Plan) Billed(elapsed time.Duration) llm.Usage {
	if !p.Accepted() {
		return llm.Usage{}
	}
	return llm.Usage{Input: p.Input, Output: p.produced(elapsed)}
}

// Accepted says whether the provider takes the request to work on.
func (p *Plan) Accepted() bool {
	switch p.End {
	case Fail, Refuse:
		return false
	case Reset:
		return p.Until >= 0
	default:
		return true
	}
}

func (p *Plan) produced(elapsed time.Duration) int {
	most := p.Tokens
	switch p.End {
	case Reset, Hang, EOF:
		most = min(max(p.Until, 0), p.Tokens)
	default:
	}
	if p.Gap <= 0 {
		if elapsed >= p.FirstToken || p.FirstToken <= 0 {
			return most
		}
		return min(most, int(float64(p.Tokens)*float64(elapsed)/float64(p.FirstToken)))
	}
	if elapsed < p.FirstToken {
		return 0
	}
	return min(most, 1+int((elapsed-p.FirstToken)/p.Gap))
}

// The failures an attempt ends with when the plan does not carry its own.
var (
	errRefused   = &llm.Error{Kind: llm.Connection, Message: "connection refused"}
	errReset     = &llm.Error{Kind: llm.Connection, Message: "connection reset by peer"}
	errTruncated = &llm.Error{Kind: llm.Truncated, Message: "the stream ended before its terminator"}
	errGarbled   = &llm.Error{Kind: llm.Malformed, Message: "the answer does not parse"}
)

// Result returns what the caller gets at the end: the answer, with nil, or the
// failure. It must not be asked of a plan that hangs.
func (p *Plan) Result(model string) (llm.Answer, *llm.Error) {
	ans := llm.Answer{Model: model, Stop: p.Stop}
	d, _ := p.Lasts()
	ans.Usage = p.Billed(d)
	switch p.End {
	case Fail:
		return ans, p.Failure
	case Refuse:
		return ans, errRefused
	case Reset:
		return ans, errReset
	case EOF:
		return ans, errTruncated
	case Garble:
		return ans, errGarbled
	default:
		ans.Text = p.Text
		return ans, nil
	}
}
