package trace

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Replay is a model's calls as a mock's plans. It is a value, and safe for
// concurrent use.
type Replay struct {
	Model *Model
	// TimeScale divides every time; it must be positive.
	TimeScale float64
}

// Near is how far from a request's own row, in rows, its further calls to the
// same model are drawn from.
const Near = 50

// Plan writes to p what the recorded call does that stands for the ordinal-th
// call for r. The first call of request i is that of row i modulo the number of
// rows, for all models, so that they meet what they have met together. A further
// call, for which there is no recording, is drawn by k from the up to [Near] rows
// before and after that one: others, but from the same weather. With a k that is
// the same for all models they draw the same row.
//
// All of p is overwritten but Input, where the recording does not know it, and
// Text, which is set only if the recorded answer is one to this very prompt.
// right says whether the answer was right, if that is known.
func (y Replay) Plan(p *fault.Plan, r *llm.Request, ordinal int, k draw.Key) (right, known bool) {
	i := y.Model.trace.place(r.ID, ordinal, k)
	c := y.Model.Call(i)
	c.plan(p, y.time)
	if c.Text != "" && y.Model.trace.prompts[i] == draw.Hash(r.Prompt) {
		p.Text = c.Text
	}
	return c.Correct == Right, c.Correct != Unknown
}

// time returns a recorded time on the time scale.
func (y Replay) time(d time.Duration) time.Duration {
	if y.TimeScale == 1 {
		return d
	}
	return time.Duration(float64(d) / y.TimeScale)
}

// place returns the row that stands for a call.
func (t *Trace) place(id uint64, ordinal int, k draw.Key) int {
	n := t.Len()
	i := int(id % uint64(n)) //nolint:gosec // less than n
	if ordinal == 0 || n == 1 {
		return i
	}
	low, high := max(0, i-Near), min(n-1, i+Near)
	j := low + k.IntN(high-low)
	if j >= i { // itself is left out
		j++
	}
	return j
}

// plan writes the call as a plan that lasts as long, to the nanosecond, and is
// billed alike. Tokens come evenly between the first and the end, since only
// those two are known: the first may come a little later, by less than a
// nanosecond a token, and with the end where there is only one token.
func (c *Call) plan(p *fault.Plan, scaled func(time.Duration) time.Duration) {
	input := p.Input
	if c.Usage.Input > 0 || c.Failure != nil {
		input = c.Usage.Input
	}
	*p = fault.Plan{Input: input, Tokens: max(1, c.Usage.Output)}
	first, last := scaled(c.Latency), scaled(c.Latency)
	if c.HasFirstToken {
		first = scaled(c.FirstToken)
	}
	c.end(p)
	if p.End == fault.EndHang {
		p.Wait, p.FirstToken, p.Gap = first, first, (last-first)/time.Duration(max(1, p.Until))
		return
	}
	spread(p, first, last)
}

// end sets how the plan ends, and after how many tokens.
func (c *Call) end(p *fault.Plan) {
	if c.Failure == nil {
		return
	}
	p.Failure = c.Failure
	switch kind := c.Failure.Kind; {
	case c.Cut:
		p.End, p.Until = fault.EndHang, c.sent(-1)
	case kind == llm.Connection && c.Usage.Input == 0:
		p.End, p.Until = fault.EndReset, c.sent(-1)
	case kind == llm.Connection:
		p.End, p.Until = fault.EndReset, c.sent(0)
	case kind == llm.Truncated:
		p.End, p.Until = fault.EndEOF, c.sent(0)
	case kind == llm.InStreamError:
		p.End, p.Until = fault.EndInStream, c.sent(0)
	case kind == llm.Malformed:
		p.End = fault.EndGarble
	default: // of which those with usage came of no error response
		p.End, p.Until, p.Used = fault.EndFail, c.Usage.Output, c.Usage != llm.Usage{}
	}
	if p.Until > 0 {
		p.Tokens = p.Until + 1 // it was not the whole answer
	}
}

// sent returns how many tokens came before the answer broke off, or otherwise if
// none did.
func (c *Call) sent(otherwise int) int {
	if !c.HasFirstToken {
		return otherwise
	}
	return max(1, c.Usage.Output)
}

// spread spreads the tokens that are sent evenly from first to last.
func spread(p *fault.Plan, first, last time.Duration) {
	p.FirstToken = last
	if gaps := time.Duration(p.Sends() - 1); gaps > 0 {
		p.Gap = (last - first) / gaps
		p.FirstToken = first + (last-first)%gaps
	}
	if p.Gap == 0 { // all at once
		p.FirstToken = last
	}
	p.Wait = p.FirstToken
}
