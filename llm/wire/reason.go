package wire

import (
	"fmt"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// because returns p in the words that the vendor has for e's reason. Where it
// has none of its own, those for the kind of failure have to do: Anthropic
// tells no quota from a spend limit, and Gemini's only lasting limit is a day's.
func (f Format) because(p problem, head Head, e *llm.Error) problem {
	switch {
	case f.isOpenAI() && e.Reason == llm.ReasonSpendLimit:
		p.code = "credit_balance_exhausted"
	case f.isOpenAI() && e.Reason == llm.ReasonPerDay:
		p.label, p.code, p.message = "requests", "rate_limit_exceeded", openAIDayLimit(head, e.RetryAfter)
	case f.isOpenAI() && e.Reason == llm.ReasonSlowDown:
		p.label, p.code = "rate_limit_error", "slow_down"
		p.message = "Requests to this model have increased too quickly. Please slow down and increase them gradually."
	case f == Anthropic && e.Reason == llm.ReasonSlowDown:
		p.message = "Your organization's usage has increased sharply. Please ramp up your traffic gradually."
	case f == Gemini && e.Reason == llm.ReasonSlowDown:
		p.detail, p.message = "", "Resource has been exhausted (e.g. check quota)."
	default:
	}
	return p
}

// isOpenAI says whether the vendor is OpenAI, which has two formats.
func (f Format) isOpenAI() bool { return f == OpenAI || f == OpenAIResponses }

// openAIRequestsPerDay is the limit that an error names when the caller does not
// word it.
const openAIRequestsPerDay = 10_000

// openAIDayLimit words a limit of requests per day. The time it names, if there
// is one to name, is when the next single request fits, not when there is room to
// work again.
func openAIDayLimit(head Head, hint llm.Hint) string {
	return fmt.Sprintf("Rate limit reached for %s in organization org-tailgate on requests%sRPD): "+
		"Limit %d, Used %[3]d, Requested 1.%s Visit https://platform.openai.com/account/rate-limits to learn more.",
		head.Model, openAIPerDay, openAIRequestsPerDay, openAIAgain(hint))
}

// openAIPerDay is how a message names a limit of requests (RPD) or tokens (TPD)
// that comes back with a new day only. Its code is that of any other limit.
const openAIPerDay = " per day ("

// lasts says whether a limit is one of a day.
func (e *openAIProblem) lasts() bool {
	return e.Code == "rate_limit_exceeded" && strings.Contains(e.Message, openAIPerDay)
}
