package fault

import (
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// DefaultAfter is how long an error response takes unless a fault says
// otherwise: about one round trip and the provider's front end.
const DefaultAfter = 50 * time.Millisecond

// statusOverloaded is the status Anthropic answers with when it has no capacity.
const statusOverloaded = 529

// Status makes a model answer with an HTTP error.
type Status struct {
	// Code is the HTTP status, 400 to 599.
	Code int
	// RetryAfter is the hint to send along; the zero Hint sends none.
	RetryAfter llm.Hint
	// After is the time until the error comes; 0 means [DefaultAfter].
	After time.Duration
	// Kind says which failure a client takes it for; [llm.Unknown] means what
	// the code usually means. A 429 of kind quota_exhausted is a permanent one.
	Kind llm.Kind
	// Reason words the error for one of the causes that vendors word apart, and
	// implies its kind; "" means the usual words.
	Reason llm.Reason
	// Override is what the response says about retrying (x-should-retry).
	Override llm.Override
	// Page makes the response a gateway's HTML page instead of the vendor's
	// JSON, which says nothing but its status. Those of 502 and of 520 to 527
	// always are.
	Page bool

	failure *llm.Error // built by Fresh
}

var _ Fresher = Status{}

// Fresh implements [Fresher]: it builds the error that every hit shares.
func (f Status) Fresh() Fault {
	f.failure = f.build()
	return f
}

// Apply implements [Fault].
func (f Status) Apply(p *Plan, _ Instant) {
	failure := f.failure
	if failure == nil {
		failure = f.build()
	}
	fail(p, failure, f.After)
	p.Page = f.Page
}

func (f Status) build() *llm.Error {
	kind := f.Kind
	if kind == llm.Unknown {
		kind = f.Reason.Kind()
	}
	if kind == llm.Unknown {
		kind = kindOf(f.Code)
	}
	return &llm.Error{
		Kind: kind, Reason: f.Reason, Status: f.Code, Message: message(f.Code, kind),
		RetryAfter: f.RetryAfter, Override: f.Override,
	}
}

// fail makes p end with the given failure.
func fail(p *Plan, failure *llm.Error, after time.Duration) {
	if after <= 0 {
		after = DefaultAfter
	}
	p.End, p.Failure, p.Page = EndFail, failure, false
	p.Wait, p.FirstToken = after, max(after, p.FirstToken) // another fault may change the end again
}

// kindOf returns the kind of failure an HTTP status means when nothing else is
// known of the response.
func kindOf(status int) llm.Kind {
	switch status {
	case http.StatusTooManyRequests:
		return llm.RateLimited
	case http.StatusServiceUnavailable, statusOverloaded:
		return llm.Overloaded
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, 522, 524: // the last two are Cloudflare's
		return llm.Timeout
	case http.StatusConflict:
		return llm.ServerError // clients retry it
	case http.StatusRequestEntityTooLarge:
		return llm.ContextTooLong
	case http.StatusUnauthorized, http.StatusForbidden:
		return llm.Auth
	case http.StatusPaymentRequired:
		return llm.QuotaExhausted
	case http.StatusNotFound:
		return llm.NotFound
	}
	if status >= http.StatusInternalServerError {
		return llm.ServerError
	}
	return llm.InvalidRequest
}

func message(status int, kind llm.Kind) string {
	switch {
	case kind == llm.QuotaExhausted:
		return "quota exhausted"
	case status == statusOverloaded:
		return "overloaded"
	default:
		return http.StatusText(status)
	}
}
