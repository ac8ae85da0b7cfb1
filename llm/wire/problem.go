package wire

import (
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/llm"
)

// problem is an error as a vendor's envelope describes it.
type problem struct {
	status  int
	label   string // error.type, or Gemini's error.status
	code    string // OpenAI's error.code
	param   string // OpenAI's error.param
	detail  string // what the details add: Anthropic's error_code, Gemini's reason or quotaId
	message string
	hint    llm.Hint
	kind    llm.Kind // Unknown when the status has to decide
}

// DecodeError reads a response whose status is not 200. It never fails: a body
// that is not the vendor's envelope, such as a gateway's HTML page, leaves the
// status to decide. now is when the response arrived, for Retry-After dates.
func (f Format) DecodeError(status int, h http.Header, body []byte, now time.Time) *llm.Error {
	p, ok := f.codec().parseError(body)
	if !ok || p.message == "" {
		p.message = said(status, body)
	}
	if p.kind == llm.Unknown {
		p.kind = KindOf(status)
	}
	hint := p.hint
	if told := retryAfter(h, now); told.Given {
		hint = told
	}
	return &llm.Error{
		Kind: p.kind, Status: status, Message: clip(p.message),
		RetryAfter: hint, Override: override(h),
	}
}

// said returns what the status means, and what a body without the vendor's
// envelope adds, unless that is a page.
func said(status int, body []byte) string {
	means, text := http.StatusText(status), strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
	if text == "" || text[0] == '<' || !utf8.ValidString(text) || strings.EqualFold(text, means) {
		return means
	}
	return strings.TrimPrefix(means+": "+text, ": ")
}

// KindOf returns the kind of failure an HTTP status stands for when nothing
// else is known, Unknown for a status that is no failure.
func KindOf(status int) llm.Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return llm.Auth
	case http.StatusPaymentRequired:
		return llm.QuotaExhausted
	case http.StatusNotFound:
		return llm.NotFound
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, 522, 524: // the last two are Cloudflare's
		return llm.Timeout
	case http.StatusConflict:
		return llm.ServerError // the vendors' clients retry it
	case http.StatusRequestEntityTooLarge:
		return llm.ContextTooLong
	case http.StatusTooManyRequests:
		return llm.RateLimited
	case http.StatusServiceUnavailable, statusOverloaded:
		return llm.Overloaded
	}
	switch {
	case status >= 500:
		return llm.ServerError
	case status >= 300:
		return llm.InvalidRequest
	default:
		return llm.Unknown
	}
}

// statusOverloaded is Anthropic's own status for having no capacity.
const statusOverloaded = 529

// maxMessage limits the message of an error, in bytes.
const maxMessage = 512

// clip shortens s to a line that fits an error and can be shown anywhere.
func clip(s string) string {
	s = strings.Map(printable, strings.Join(strings.Fields(s), " "))
	if len(s) <= maxMessage {
		return s
	}
	n := maxMessage
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// printable drops what controls a terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}
