package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

type geminiEnvelope struct {
	Error *geminiProblem `json:"error"`
}

type geminiProblem struct {
	Code    int            `json:"code"`
	Message string         `json:"message"`
	Status  string         `json:"status"`
	Details []geminiDetail `json:"details,omitempty"`
}

// geminiDetail is any of the kinds of detail, told apart by Type.
type geminiDetail struct {
	Type       string            `json:"@type"`
	Reason     string            `json:"reason,omitempty"`
	Domain     string            `json:"domain,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	Locale     string            `json:"locale,omitempty"`
	Message    string            `json:"message,omitempty"`
	Links      []geminiLink      `json:"links,omitempty"`
	Violations []geminiViolation `json:"violations,omitempty"`
	RetryDelay string            `json:"retryDelay,omitempty"`
}

type geminiLink struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type geminiViolation struct {
	Metric     string            `json:"quotaMetric"`
	ID         string            `json:"quotaId"`
	Dimensions map[string]string `json:"quotaDimensions,omitempty"`
	Value      string            `json:"quotaValue,omitempty"`
}

const (
	googleType = "type.googleapis.com/google.rpc."
	keyInvalid = "API_KEY_INVALID"

	requestsByDay    = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
	requestsByMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
	tokensByMinute   = "GenerateContentPaidTierInputTokensPerModelPerMinute"
)

func (e *geminiProblem) problem() problem {
	p := problem{status: e.Code, label: e.Status, message: e.Message, hint: delayInProse(e.Message)}
	for _, d := range e.Details {
		if d.Reason != "" {
			p.detail = d.Reason
		}
		for _, v := range d.Violations {
			if p.detail == "" || perDay(v.ID) {
				p.detail = v.ID
			}
		}
		if told := parseDelay(d.RetryDelay); told.Given {
			p.hint = told
		}
	}
	p.kind = p.geminiKind()
	return p
}

func parseGeminiError(body []byte) (problem, bool) {
	var env geminiEnvelope
	// A stream that is an array has its error in one too.
	body = bytes.TrimSpace(body)
	if inner, ok := bytes.CutPrefix(body, []byte("[")); ok {
		body = bytes.TrimSuffix(inner, []byte("]"))
	}
	if json.Unmarshal(body, &env) != nil || env.Error == nil {
		return problem{}, false
	}
	return env.Error.problem(), true
}

// perDay says whether a quota comes back with a new day only. The retryDelay
// beside such an error is no more than some seconds.
func perDay(quota string) bool { return strings.Contains(quota, "PerDay") }

// geminiKind tells the kinds that the status does not.
func (p problem) geminiKind() llm.Kind {
	switch {
	case p.detail == keyInvalid:
		return llm.Auth
	case p.label == "RESOURCE_EXHAUSTED" && perDay(p.detail):
		return llm.QuotaExhausted
	case p.label == "INVALID_ARGUMENT" && strings.Contains(p.message, "exceeds the maximum number of tokens"):
		return llm.ContextTooLong
	default:
		return llm.Unknown
	}
}

func appendGeminiProblem(b []byte, head Head, p problem) []byte {
	e := geminiProblem{Code: p.status, Message: p.message, Status: p.label}
	switch {
	case p.detail == keyInvalid:
		e.Details = []geminiDetail{
			{
				Type: googleType + "ErrorInfo", Reason: keyInvalid, Domain: "googleapis.com",
				Metadata: map[string]string{"service": "generativelanguage.googleapis.com"},
			},
			{Type: googleType + "LocalizedMessage", Locale: "en-US", Message: p.message},
		}
	case p.detail != "":
		e.Details = quotaDetails(head, p)
	}
	if p.hint.Given {
		e.Details = append(e.Details, geminiDetail{Type: googleType + "RetryInfo", RetryDelay: delay(p.hint)})
	}
	return appendJSON(b, geminiEnvelope{Error: &e})
}

func quotaDetails(head Head, p problem) []geminiDetail {
	metric, limit := geminiMetric(head, p.detail)
	return []geminiDetail{
		{Type: googleType + "Help", Links: []geminiLink{{
			Description: "Learn more about Gemini API quotas", URL: "https://ai.google.dev/gemini-api/docs/rate-limits",
		}}},
		{Type: googleType + "QuotaFailure", Violations: []geminiViolation{{
			Metric: metric, ID: p.detail, Value: strconv.Itoa(limit),
			Dimensions: map[string]string{"location": "global", "model": head.Model},
		}}},
	}
}

// delay writes a hint as a protobuf Duration in JSON.
func delay(h llm.Hint) string {
	return strconv.FormatFloat(h.After.Seconds(), 'f', -1, 64) + "s"
}

func describeGemini(head Head, e *llm.Error) problem {
	if p, ok := describeGeminiStatus(e.Status); ok {
		return p
	}
	switch e.Kind {
	case llm.RateLimited:
		if r := head.Limits.Requests; r.Max > 0 && r.Remaining == 0 {
			return geminiQuota(head, requestsByMinute, e.RetryAfter)
		}
		return geminiQuota(head, tokensByMinute, e.RetryAfter)
	case llm.QuotaExhausted:
		return geminiQuota(head, requestsByDay, e.RetryAfter)
	case llm.Overloaded, llm.InStreamError:
		return problem{
			status: http.StatusServiceUnavailable, label: "UNAVAILABLE",
			message: "The model is overloaded. Please try again later.",
		}
	case llm.Timeout:
		return problem{
			status: http.StatusGatewayTimeout, label: "DEADLINE_EXCEEDED",
			message: "Deadline expired before operation could complete.",
		}
	case llm.Auth:
		return problem{
			status: http.StatusBadRequest, label: "INVALID_ARGUMENT", detail: keyInvalid,
			message: "API key not valid. Please pass a valid API key.",
		}
	case llm.NotFound:
		return problem{
			status: http.StatusNotFound, label: "NOT_FOUND",
			message: "models/" + head.Model + " is not found for API version v1beta, or is not supported for generateContent. " +
				"Call ListModels to see the list of available models and their supported methods.",
		}
	case llm.ContextTooLong:
		return problem{
			status: http.StatusBadRequest, label: "INVALID_ARGUMENT",
			message: fmt.Sprintf("The input token count (%d) exceeds the maximum number of tokens allowed (%d).",
				head.Input, max(head.Input-1, 0)),
		}
	case llm.InvalidRequest, llm.RefusedContent:
		return problem{
			status: http.StatusBadRequest, label: "INVALID_ARGUMENT",
			message: "Request contains an invalid argument.",
		}
	default:
		return problem{
			status: http.StatusInternalServerError, label: "INTERNAL", message: "Internal error encountered.",
		}
	}
}

// describeGeminiStatus describes the statuses that share their kind with others but
// have a name of their own.
func describeGeminiStatus(status int) (p problem, ok bool) {
	p.status = status
	switch status {
	case http.StatusUnauthorized: // a wrong key is 400
		p.label, p.message = "UNAUTHENTICATED", "Request had invalid authentication credentials."
	case http.StatusForbidden:
		p.label, p.message = "PERMISSION_DENIED", "The caller does not have permission"
	case http.StatusConflict:
		p.label, p.message = "ABORTED", "The operation was aborted."
	}
	return p, p.label != ""
}

// geminiMetric returns what a quota counts and how much of it there is.
func geminiMetric(head Head, quota string) (metric string, limit int) {
	const (
		service  = "generativelanguage.googleapis.com/"
		requests = service + "generate_content_free_tier_requests"
	)
	switch {
	case quota == requestsByDay:
		return requests, 20
	case quota == requestsByMinute:
		return requests, head.Limits.Requests.Max
	case head.Limits.Tokens.Max > 0:
		return service + "generate_content_paid_tier_input_token_count", head.Limits.Tokens.Max
	default:
		return service + "generate_content_paid_tier_input_token_count", 4_000_000
	}
}

// geminiQuota words a used-up quota, with the time to come back if there is one.
func geminiQuota(head Head, id string, hint llm.Hint) problem {
	metric, limit := geminiMetric(head, id)
	message := "You exceeded your current quota, please check your plan and billing details. " +
		"For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n" +
		"* Quota exceeded for metric: " + metric + ", limit: " + strconv.Itoa(limit)
	if hint.Given {
		message += "\nPlease retry in " + delay(hint) + "."
	}
	return problem{status: http.StatusTooManyRequests, label: "RESOURCE_EXHAUSTED", detail: id, message: message}
}
