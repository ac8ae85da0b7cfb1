package llm

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is the kind of a failure. Its text form is the same in YAML, JSON,
// reports and error messages.
//
// Status 200 is not yet a success. An attempt has succeeded when its answer is
// whole and says something, and so
//
//   - no byte at all, or an end without the format's terminator, is [Truncated]
//     in a stream, and [Malformed] in an answer that is not streamed, which is
//     then half of a JSON object or none;
//   - an error inside a 200 response is [InStreamError], whatever the error says;
//   - an answer that is whole and empty, or has nothing but white space in it,
//     is [Malformed]: a client over HTTP says so, and the driver of a strategy
//     of any other model's answer;
//   - an answer that the model, or a filter behind it, marked as declined is
//     [RefusedContent], however long. One that declines in its words alone is a
//     success, since nothing but its reader could tell;
//   - an answer under another name than the one asked for is a success: vendors
//     answer to an alias under the name of a version, and gateways under names
//     of their own. [Answer].Model says which it was;
//   - an answer without a count of its tokens is a success, and the count is
//     estimated: see [Usage].Estimated.
type Kind uint8

// The kinds of failure. Whether a kind is worth a retry on the same target is
// a property of the kind ([Kind.Retryable]), which a server may override.
const (
	Unknown        Kind = iota // not classified; zero value of an unset kind
	RateLimited                // 429: too many requests or tokens for now
	Overloaded                 // 503, 529: the provider has no capacity
	ServerError                // 500, 502: the provider broke
	Timeout                    // no (complete) answer in the time allowed
	Connection                 // refused, reset, unreachable
	Truncated                  // the stream ended before its terminator, or before its first byte
	InStreamError              // 200, then an error inside the stream
	Malformed                  // the answer cannot be read, or is empty
	RefusedContent             // the model, or a filter behind it, declined to answer
	InvalidRequest             // 400: the request is wrong and stays wrong
	Auth                       // 401, 403: the key is wrong or not allowed
	NotFound                   // 404: no such model
	QuotaExhausted             // quota, credit or spend limit used up
	ContextTooLong             // the prompt does not fit the model
	Rejected                   // not sent at all: breaker open, budget spent
	Disagreement               // a panel answered but found no quorum
	Canceled                   // the caller gave up
	Internal                   // a bug on this side: a panic, a misuse
	kinds
)

var kindNames = [kinds]string{
	"unknown", "rate_limited", "overloaded", "server_error", "timeout", "connection",
	"truncated", "in_stream_error", "malformed", "refused_content", "invalid_request",
	"auth", "not_found", "quota_exhausted", "context_too_long", "rejected",
	"disagreement", "canceled", "internal",
}

// String returns the kind's name, such as "rate_limited".
func (k Kind) String() string {
	if k >= kinds {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// MarshalText implements [encoding.TextMarshaler].
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *Kind) UnmarshalText(text []byte) error {
	got, ok := ParseKind(string(text))
	if !ok {
		return fmt.Errorf("unknown failure kind %q: must be one of %s", text, strings.Join(kindNames[1:], ", "))
	}
	*k = got
	return nil
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), true
		}
	}
	return Unknown, false
}

// Kinds returns every kind, [Unknown] first.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Retryable says whether the same call to the same target may succeed later.
func (k Kind) Retryable() bool {
	switch k {
	case Unknown, RateLimited, Overloaded, ServerError, Timeout, Connection, Truncated, InStreamError, Malformed:
		return true
	default:
		return false
	}
}

// ProviderFault says whether a failure of this kind speaks against the health
// of the provider, and so counts in a circuit breaker. A request that is wrong
// in itself, or was given up by its caller, does not.
func (k Kind) ProviderFault() bool {
	switch k {
	case RefusedContent, InvalidRequest, ContextTooLong, Rejected, Disagreement, Canceled, Internal:
		return false
	default:
		return true
	}
}

// Override is a server's word on retrying (x-should-retry), which beats the
// kind's own property.
type Override uint8

// The values of an Override.
const (
	NoOverride Override = iota
	ForceRetry
	ForbidRetry
)

// Reason is the cause of a failure where vendors word several causes of one kind
// differently. A mock sets it so that its response is worded like a vendor's;
// clients do not, since what follows from a cause is its [Kind]'s business.
type Reason string

// The reasons.
const (
	ReasonQuota      Reason = "quota"       // the account's quota is used up
	ReasonSpendLimit Reason = "spend_limit" // the limit that the account set itself is reached
	ReasonPerDay     Reason = "per_day"     // the day's requests are used up
	ReasonSlowDown   Reason = "slow_down"   // traffic grew too fast, though it is within its limits
)

// Kind returns the kind of failure that the reason stands for.
func (r Reason) Kind() Kind {
	switch r {
	case ReasonQuota, ReasonSpendLimit, ReasonPerDay:
		return QuotaExhausted
	case ReasonSlowDown:
		return RateLimited
	default:
		return Unknown
	}
}

// Reasons returns every reason.
func Reasons() []Reason {
	return []Reason{ReasonQuota, ReasonSpendLimit, ReasonPerDay, ReasonSlowDown}
}

// Error is a failed attempt. Values are shared between goroutines and must not
// be changed once returned.
type Error struct {
	Kind Kind
	// Reason is the cause in more detail; "" means that there is none to say.
	Reason Reason
	// Status is the HTTP status, 0 when there was none.
	Status int
	// Message is what the provider said, without secrets.
	Message string
	// RetryAfter is the server's hint when to come back.
	RetryAfter Hint
	// Override is the server's word on whether to retry.
	Override Override
	// Cause is the underlying error, if any.
	Cause error
}

// Error returns kind, status and message in one line.
func (e *Error) Error() string {
	s := e.Kind.String()
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d)", e.Status)
	}
	switch {
	case e.Message != "":
		s += ": " + e.Message
	case e.Cause != nil:
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Retryable says whether the same target may be asked again: the server's
// override if there is one, else the kind's property.
func (e *Error) Retryable() bool {
	switch e.Override {
	case ForceRetry:
		return true
	case ForbidRetry:
		return false
	default:
		return e.Kind.Retryable()
	}
}

// AsError returns err as an [*Error]: itself if it wraps one, else an Error of
// kind Unknown with err as its cause. AsError(nil) is nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Unknown, Cause: err}
}
