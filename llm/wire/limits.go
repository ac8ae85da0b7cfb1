package wire

import (
	"strconv"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Limits is the state of a client's rate limits as the header of a response
// tells it. Of a limit whose Max is 0 nothing is said.
type Limits struct {
	Requests Limit // per minute
	Tokens   Limit // per minute, of the prompt and the answer together
	Input    Limit // tokens of the prompt per minute; only Anthropic tells it
	Output   Limit // tokens of the answer per minute; only Anthropic tells it
}

// Limit is the state of one rate limit.
type Limit struct {
	// Max is the limit; 0 is none.
	Max int
	// Remaining is how much of it is left.
	Remaining int
	// Reset is the time until all of it is there again.
	Reset time.Duration
}

// The limits of an ordinary account, where nothing else is known. They are no
// more than plausible: limits differ by model and by what the account has paid.
const (
	openAIRequestsPerMinute = 5_000
	openAITokensPerMinute   = 200_000

	anthropicRequestsPerMinute = 4_000
	anthropicInputPerMinute    = 400_000
	anthropicOutputPerMinute   = 80_000
)

// UsualLimits returns the limits of an ordinary account that has used nothing
// but one request of the given size in the last minute. They are zero for
// Gemini, which tells none.
func (f Format) UsualLimits(used llm.Usage) Limits {
	switch f {
	case OpenAI, OpenAIResponses:
		return Limits{
			Requests: after(1, openAIRequestsPerMinute),
			Tokens:   after(used.Input+used.Output, openAITokensPerMinute),
		}
	case Anthropic:
		return Limits{
			Requests: after(1, anthropicRequestsPerMinute),
			Tokens:   after(used.Input+used.Output, anthropicInputPerMinute+anthropicOutputPerMinute),
			Input:    after(used.Input, anthropicInputPerMinute),
			Output:   after(used.Output, anthropicOutputPerMinute),
		}
	default:
		return Limits{}
	}
}

// after returns the state of a limit per minute after used of it.
func after(used, limit int) Limit {
	used = min(max(used, 0), limit)
	return Limit{Max: limit, Remaining: limit - used, Reset: time.Duration(used) * time.Minute / time.Duration(limit)}
}

// limitFields are the names of the fields that tell the maximum, the remainder
// and the reset of each limit, in the order of [Limits].
type limitFields [][3]string

// setLimits writes the state of the limits, if the format tells it.
func (f Format) setLimits(h *fields, head Head) {
	c, l := f.codec(), &head.Limits
	for i, state := range [...]*Limit{&l.Requests, &l.Tokens, &l.Input, &l.Output} {
		if i >= len(c.limits) || state.Max == 0 {
			continue
		}
		names := &c.limits[i]
		h.set(names[0], strconv.Itoa(state.Max))
		h.set(names[1], strconv.Itoa(state.Remaining))
		h.set(names[2], c.reset(head.Created, state.Reset))
	}
}
