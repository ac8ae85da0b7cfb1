package wire

import (
	"net/http"
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

// The limits of an ordinary account, where nothing else is known: those that the
// vendors' own examples show.
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

// setLimits writes the state of the limits, if the format tells it.
func (f Format) setLimits(h http.Header, head Head) {
	set := f.codec().setLimit
	if set == nil {
		return
	}
	for _, l := range [...]struct {
		name string
		Limit
	}{
		{"Requests", head.Limits.Requests},
		{"Tokens", head.Limits.Tokens},
		{"Input-Tokens", head.Limits.Input},
		{"Output-Tokens", head.Limits.Output},
	} {
		if l.Max > 0 {
			set(h, head.Created, l.name, l.Limit)
		}
	}
}
