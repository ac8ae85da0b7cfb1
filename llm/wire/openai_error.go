package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
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

// UnmarshalJSON implements [json.Unmarshaler]. Services that imitate the format
// also send nothing but the message.
func (e *openAIProblem) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &e.Message)
	}
	type ordinary openAIProblem
	return json.Unmarshal(data, (*ordinary)(e))
}

// openAIError returns the error that data is instead of an answer, nil if it is
// an answer: an error in its envelope or, in services that imitate the format,
// an object of the type error.
func openAIError(enveloped *openAIProblem, object string, data []byte) *openAIProblem {
	if enveloped != nil || object != "error" {
		return enveloped
	}
	bare := new(openAIProblem)
	if json.Unmarshal(data, bare) != nil {
		*bare = openAIProblem{} // an error of an unknown shape is still an error
	}
	return bare
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
	p := problem{label: e.Type, code: string(e.Code), message: e.Message, hint: delayInProse(e.Message)}
	p.kind = openAIKind(p.label, p.code)
	if status, err := strconv.Atoi(p.code); err == nil && p.kind == llm.Unknown {
		p.kind = KindOf(status)
	}
	if e.lasts() {
		p.kind = llm.QuotaExhausted
	}
	return p
}

func parseOpenAIError(body []byte) (problem, bool) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return parseGeminiError(body) // Google's service speaks this format, too
	}
	var env struct {
		openAIEnvelope
		Object string `json:"object"`
	}
	if json.Unmarshal(body, &env) != nil {
		return problem{}, false
	}
	e := openAIError(env.Error, env.Object, body)
	if e == nil {
		return problem{}, false
	}
	return e.problem(), true
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
	case "content_policy_violation", "content_filter", "invalid_prompt", "bio_policy", "image_content_policy_violation":
		return llm.RefusedContent
	case "data_residency_mismatch":
		return llm.InvalidRequest
	case "vector_store_timeout":
		return llm.Timeout
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

func describeOpenAI(head Head, e *llm.Error) problem {
	const invalid = "invalid_request_error"
	if e.Status == http.StatusForbidden {
		return problem{
			status: http.StatusForbidden, label: "request_forbidden", code: "unsupported_country_region_territory",
			message: "Country, region, or territory not supported",
		}
	}
	switch e.Kind {
	case llm.RateLimited:
		return openAIRateLimit(head, e.RetryAfter)
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
			message: "Incorrect API key provided: sk-****. You can find your API key at https://platform.openai.com/account/api-keys.",
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

// openAIAgain is when to try again, in words; none if there is no time to name,
// since clients read it there.
func openAIAgain(hint llm.Hint) string {
	if !hint.Given {
		return ""
	}
	return " Please try again in " + hint.After.Round(time.Millisecond).String() + "."
}

// openAIRateLimit words a limit of requests or tokens per minute: the one that
// the state of the limits shows to be used up, or else one of tokens. The
// numbers add up as the vendor's do: wait = (used + requested - limit) / limit
// minutes.
func openAIRateLimit(head Head, hint llm.Hint) problem {
	p := problem{status: http.StatusTooManyRequests, label: "tokens", code: "rate_limit_exceeded"}
	wait := time.Second
	if hint.Given {
		wait = hint.After
	}
	fills := func(limit int) int { // how much of it comes back in the time
		return int(min(math.Ceil(wait.Minutes()*float64(limit)), float64(limit)))
	}
	what := "tokens per min (TPM)"
	var limit, used, requested int
	switch r, t := head.Limits.Requests, head.Limits.Tokens; {
	case r.Max > 0 && r.Remaining == 0:
		p.label, what = "requests", "requests per min (RPM)"
		limit, used, requested = r.Max, r.Max, 1
	case t.Max > 0:
		limit, used = t.Max, t.Max-t.Remaining
		requested = t.Remaining + fills(limit)
	default:
		limit = openAITokensPerMinute
		used = min(limit-min(max(head.Input, 1), limit)+fills(limit), limit)
		requested = limit - used + fills(limit)
	}
	p.message = fmt.Sprintf("Rate limit reached for %s in organization org-tailgate on %s: "+
		"Limit %d, Used %d, Requested %d.%s "+
		"Visit https://platform.openai.com/account/rate-limits to learn more.",
		head.Model, what, limit, used, requested, openAIAgain(hint))
	return p
}
