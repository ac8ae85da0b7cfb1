package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

type anthropicEnvelope struct {
	Type      string            `json:"type"`
	Error     *anthropicProblem `json:"error"`
	RequestID *string           `json:"request_id"`
}

type anthropicProblem struct {
	Details *anthropicDetails `json:"details,omitempty"`
	Type    string            `json:"type"`
	Message string            `json:"message"`
}

type anthropicDetails struct {
	ErrorCode string `json:"error_code"`
}

const (
	spendLimit      = "enforced_spend_limit_reached"
	brokenInside    = "api_error" // which does not name the request in its body
	blockedByFilter = "Output blocked by content filtering policy"
)

func (e *anthropicProblem) problem() problem {
	p := problem{label: e.Type, message: e.Message}
	if e.Details != nil {
		p.detail = e.Details.ErrorCode
	}
	p.kind = p.anthropicKind()
	return p
}

func parseAnthropicError(body []byte) (problem, bool) {
	var env anthropicEnvelope
	if json.Unmarshal(body, &env) != nil || env.Error == nil {
		return problem{}, false
	}
	return env.Error.problem(), true
}

// anthropicKind tells the kind by the error's type, which says more than the
// status, and by what only the details or the words say.
func (p problem) anthropicKind() llm.Kind {
	switch p.label {
	case "invalid_request_error":
		return invalidAnthropicKind(p.message)
	case "authentication_error", "permission_error":
		return llm.Auth
	case "billing_error":
		return llm.QuotaExhausted
	case "not_found_error":
		return llm.NotFound
	case "request_too_large":
		return llm.ContextTooLong
	case "rate_limit_error":
		if p.detail == spendLimit {
			return llm.QuotaExhausted
		}
		return llm.RateLimited
	case "timeout_error":
		return llm.Timeout
	case "overloaded_error":
		return llm.Overloaded
	default: // api_error among them
		return llm.Unknown
	}
}

func invalidAnthropicKind(message string) llm.Kind {
	switch {
	case strings.HasPrefix(message, "prompt is too long"):
		return llm.ContextTooLong
	case strings.HasPrefix(message, "Your credit balance is too low"):
		return llm.QuotaExhausted
	case message == blockedByFilter:
		return llm.RefusedContent
	default:
		return llm.Unknown
	}
}

// anthropicDetailsOf returns the details of an error that has any.
func anthropicDetailsOf(p problem) *anthropicDetails {
	if p.detail == "" {
		return nil
	}
	return &anthropicDetails{ErrorCode: p.detail}
}

func appendAnthropicProblem(b []byte, head Head, p problem) []byte {
	e := anthropicProblem{Details: anthropicDetailsOf(p), Type: p.label, Message: p.message}
	env := anthropicEnvelope{Type: "error", Error: &e}
	if p.label != brokenInside {
		env.RequestID = new("req_" + head.ID)
	}
	return appendJSON(b, env)
}

// appendAnthropicEvent appends the data of an error in a stream, which shows its
// details even where it has none.
func appendAnthropicEvent(b []byte, head Head, p problem) []byte {
	type problemInStream struct {
		Details *anthropicDetails `json:"details"`
		Type    string            `json:"type"`
		Message string            `json:"message"`
	}
	e := problemInStream{Details: anthropicDetailsOf(p), Type: p.label, Message: p.message}
	return appendJSON(b, struct {
		Type      string          `json:"type"`
		Error     problemInStream `json:"error"`
		RequestID string          `json:"request_id"`
	}{"error", e, "req_" + head.ID})
}

// setAnthropicRetry adds what the vendor adds: its word that a rate limit or an
// overload is worth another try.
func setAnthropicRetry(h http.Header, e *llm.Error, p problem) {
	setRetryAfter(h, e.RetryAfter, false)
	if p.kind == llm.Overloaded {
		h.Set("Cache-Control", "no-store, no-cache")
	}
	if p.kind == llm.RateLimited || p.kind == llm.Overloaded {
		setOverride(h, llm.ForceRetry)
	}
	setOverride(h, e.Override)
}

func describeAnthropic(head Head, e *llm.Error) problem {
	if p, ok := describeAnthropicStatus(e.Status); ok {
		return p
	}
	switch e.Kind {
	case llm.RateLimited:
		return problem{
			status: http.StatusTooManyRequests, label: "rate_limit_error",
			message: "This request would exceed the rate limit for your organization of " + anthropicLimit(head.Limits) +
				" per minute. For details, refer to: https://docs.anthropic.com/en/api/rate-limits. " +
				"You can see the response headers for current usage. Please reduce the prompt length or the maximum " +
				"tokens requested, or try again later. You may also contact sales at " +
				"https://www.anthropic.com/contact-sales to discuss your options for a rate limit increase.",
		}
	case llm.QuotaExhausted:
		return problem{
			status: http.StatusTooManyRequests, label: "rate_limit_error", detail: spendLimit,
			message: "Your organization has reached its spend limit.",
		}
	case llm.Overloaded, llm.InStreamError:
		return problem{status: statusOverloaded, label: "overloaded_error", message: "Overloaded"}
	case llm.Timeout:
		return problem{status: http.StatusGatewayTimeout, label: "timeout_error", message: "Request timed out"}
	case llm.Auth:
		return problem{status: http.StatusUnauthorized, label: "authentication_error", message: "invalid x-api-key"}
	case llm.NotFound:
		return problem{status: http.StatusNotFound, label: "not_found_error", message: "model: " + head.Model}
	case llm.ContextTooLong:
		return problem{
			status: http.StatusBadRequest, label: "invalid_request_error",
			message: fmt.Sprintf("prompt is too long: %d tokens > %d maximum", head.Input, max(head.Input-1, 0)),
		}
	case llm.RefusedContent:
		return problem{status: http.StatusBadRequest, label: "invalid_request_error", message: blockedByFilter}
	case llm.InvalidRequest:
		return problem{status: http.StatusBadRequest, label: "invalid_request_error", message: "Invalid request."}
	default:
		return problem{status: http.StatusInternalServerError, label: brokenInside, message: "Overloaded"}
	}
}

// describeAnthropicStatus describes the statuses that share their kind with
// others but have a type of their own.
func describeAnthropicStatus(status int) (p problem, ok bool) {
	p.status = status
	switch status {
	case http.StatusPaymentRequired:
		p.label, p.message = "billing_error", "There is an issue with your organization's billing or payment information."
	case http.StatusForbidden:
		p.label, p.message = "permission_error", "Your API key does not have permission to use the specified resource."
	case http.StatusRequestEntityTooLarge:
		p.label, p.message = "request_too_large", "Request exceeds the maximum size"
	}
	return p, p.label != ""
}

// anthropicLimit names the limit that the state of the limits shows to be used
// up, or else one of tokens.
func anthropicLimit(l Limits) string {
	switch {
	case l.Requests.Max > 0 && l.Requests.Remaining == 0:
		return thousands(l.Requests.Max) + " requests"
	case l.Tokens.Max > 0:
		return thousands(l.Tokens.Max) + " tokens"
	default:
		return "20,000 input tokens"
	}
}

// thousands writes n with a comma between each three digits.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
