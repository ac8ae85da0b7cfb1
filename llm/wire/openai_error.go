package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

type openAIEnvelope struct {
	Error *openAIProblem `json:"error"`
}

// openAIProblem is an error. All four keys are always there.
type openAIProblem struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    code    `json:"code"`
}

// code is a string or null. Services that imitate the format also send numbers,
// which are taken as their digits.
type code string

// MarshalJSON implements [json.Marshaler].
func (c code) MarshalJSON() ([]byte, error) {
	if c == "" {
		return []byte("null"), nil
	}
	return appendString(nil, string(c)), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (c *code) UnmarshalJSON(data []byte) error {
	switch {
	case string(data) == "null":
		return nil
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(c))
	default:
		*c = code(data)
		return nil
	}
}

func (e *openAIProblem) problem() problem {
	p := problem{label: e.Type, code: string(e.Code), message: e.Message, kind: openAIKind(e.Type, string(e.Code))}
	if e.lasts() {
		p.kind = llm.QuotaExhausted
	}
	return p
}

func parseOpenAIError(body []byte) (problem, bool) {
	var env openAIEnvelope
	if json.Unmarshal(body, &env) != nil || env.Error == nil {
		return problem{}, false
	}
	return env.Error.problem(), true
}

// openAIKind tells the kinds that the status does not.
func openAIKind(label, code string) llm.Kind {
	if label == "insufficient_quota" {
		return llm.QuotaExhausted
	}
	switch code {
	case "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active":
		return llm.QuotaExhausted
	case "context_length_exceeded":
		return llm.ContextTooLong
	case "content_policy_violation", "content_filter":
		return llm.RefusedContent
	case "invalid_api_key":
		return llm.Auth
	case "model_not_found":
		return llm.NotFound
	case "rate_limit_exceeded", "slow_down":
		return llm.RateLimited
	case "server_is_overloaded":
		return llm.Overloaded
	default:
		return llm.Unknown
	}
}

func appendOpenAIProblem(b []byte, _ Head, p problem) []byte {
	e := openAIProblem{Message: p.message, Type: p.label, Code: code(p.code)}
	if p.param != "" {
		e.Param = &p.param
	}
	return appendJSON(b, openAIEnvelope{Error: &e})
}

func setOpenAIRetry(h http.Header, e *llm.Error, _ problem) {
	setRetryAfter(h, e.RetryAfter, true)
	setOverride(h, e.Override)
}

func describeOpenAI(head Head, kind llm.Kind, hint llm.Hint) problem {
	const invalid = "invalid_request_error"
	switch kind {
	case llm.RateLimited:
		return problem{
			status: http.StatusTooManyRequests, label: "tokens", code: "rate_limit_exceeded",
			message: openAITokenLimit(head, hint),
		}
	case llm.QuotaExhausted:
		return problem{
			status: http.StatusTooManyRequests, label: "insufficient_quota", code: "insufficient_quota",
			message: "You exceeded your current quota, please check your plan and billing details.",
		}
	case llm.Overloaded:
		return problem{
			status: http.StatusServiceUnavailable, label: "service_unavailable_error", code: "server_is_overloaded",
			message: "Our servers are currently overloaded. Please try again later.",
		}
	case llm.Timeout:
		return problem{
			status: http.StatusGatewayTimeout, label: "server_error", message: "The request timed out.",
		}
	case llm.Auth:
		return problem{
			status: http.StatusUnauthorized, label: invalid, code: "invalid_api_key",
			message: "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
		}
	case llm.NotFound:
		return problem{
			status: http.StatusNotFound, label: invalid, code: "model_not_found",
			message: "The model `" + head.Model + "` does not exist or you do not have access to it.",
		}
	case llm.ContextTooLong:
		return problem{
			status: http.StatusBadRequest, label: invalid, param: "messages", code: "context_length_exceeded",
			message: fmt.Sprintf("This model's maximum context length is %d tokens. However, your messages resulted in "+
				"%d tokens. Please reduce the length of the messages.", max(head.Input-1, 0), head.Input),
		}
	case llm.RefusedContent:
		return problem{
			status: http.StatusBadRequest, label: invalid, code: "content_policy_violation",
			message: "Your request was rejected as a result of our safety system.",
		}
	case llm.InvalidRequest:
		return problem{status: http.StatusBadRequest, label: invalid, message: "Invalid request."}
	default:
		return problem{
			status: http.StatusInternalServerError, label: "server_error",
			message: "The server had an error while processing your request. Sorry about that!",
		}
	}
}

// openAITokensPerMinute is the limit that an error names when the caller does
// not word it.
const openAITokensPerMinute = 200_000

// openAITokenLimit words a limit of tokens per minute. The numbers add up as
// the vendor's do: wait = (used + requested - limit) / limit minutes.
func openAITokenLimit(head Head, hint llm.Hint) string {
	wait := time.Second
	if hint.Given {
		wait = min(hint.After, time.Minute)
	}
	const limit = openAITokensPerMinute
	requested := min(max(head.Input, 1), limit)
	used := limit - requested + int(wait*limit/time.Minute)
	return fmt.Sprintf("Rate limit reached for %s in organization org-tailgate on tokens per min (TPM): "+
		"Limit %d, Used %d, Requested %d. Please try again in %s. "+
		"Visit https://platform.openai.com/account/rate-limits to learn more.",
		head.Model, limit, used, requested, wait.Round(time.Millisecond))
}
