package wire

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Incoming is a request as a server reads it.
type Incoming struct {
	Model string
	// Request has System, Prompt and MaxTokens. Of a conversation, Prompt has
	// all messages, one below the other.
	Request llm.Request
	// Stream says that the answer is to be streamed.
	Stream bool
	// Usage says that a stream is to end with the usage; OpenAI's clients have
	// to ask for it.
	Usage bool
	// Array says that the stream is to be a JSON array, as Gemini's is unless
	// the query has alt=sse.
	Array bool
}

// DecodeRequest reads the body of a POST to u, which [FormatOf] has found to be
// of this format. The error is always an [*llm.Error] that says what the vendor
// would say; [Format.EncodeError] writes it. Beside it stands what the URL says.
func (f Format) DecodeRequest(u *url.URL, body []byte) (Incoming, error) {
	return f.codec().decodeRequest(u, body)
}

// Key returns the key a client presented, "" if it presented none. Anthropic also
// takes a bearer token, and Gemini a key in the query.
func (f Format) Key(u *url.URL, h http.Header) string {
	c := f.codec()
	if key, ok := strings.CutPrefix(h.Get(c.keyHeader), c.keyPrefix); ok && key != "" {
		return key
	}
	switch f {
	case Anthropic:
		return OpenAI.Key(u, h)
	case Gemini:
		return u.Query().Get("key")
	default:
		return ""
	}
}

// invalid returns the error for a request that cannot be understood.
func invalid(message string) *llm.Error {
	return &llm.Error{Kind: llm.InvalidRequest, Status: http.StatusBadRequest, Message: message}
}

// complaint is what OpenAI's error for such a request says besides its message.
type complaint struct{ param, code string }

// Error implements error.
func (c *complaint) Error() string { return c.code + ": " + c.param }

// complain is invalid with a complaint.
func complain(param, code, message string) *llm.Error {
	e := invalid(message)
	e.Cause = &complaint{param, code}
	return e
}

// Head is what a server says around the text of an answer.
type Head struct {
	// ID identifies the answer and the response: letters and digits, to which
	// each vendor's prefix is added.
	ID      string
	Model   string
	Created time.Time // when the response begins
	// Input is the prompt's tokens, which some streams name at their start.
	Input int
	// Usage and Array are the client's wishes, see [Incoming].
	Usage bool
	Array bool
	// Request is what was asked, which OpenAI's Responses repeat; nil repeats
	// nothing.
	Request *llm.Request
	// Took is how long the server took to answer, which OpenAI tells.
	Took time.Duration
	// Limits is what the header tells of the client's rate limits.
	Limits Limits
	// Sent is how many events of the stream have been sent by others, which
	// OpenAI's Responses count, and after which an array goes on.
	Sent int
	// Flat makes the error in a stream of OpenAI's Responses an event as the API's
	// specification describes it, and not the two events that have been seen.
	Flat bool
	// Fine adds milliseconds to a wish for the time of the next try where the vendor
	// has whole seconds, in the field that clients look at first.
	Fine bool
}

// AppendAnswer appends the whole body of a 200 response that is not a stream. A
// usage that is an estimate is left out of it.
func (f Format) AppendAnswer(b []byte, head Head, a llm.Answer) []byte {
	return f.codec().appendAnswer(b, head, a)
}

// Response is a whole HTTP response.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// EncodeError returns the response with which the vendor reports e. Where e has
// no status, its kind gives the one the vendor uses for it, and where e has no
// message, the vendor's usual words. Gateway errors (502 and Cloudflare's 52x)
// are the gateway's HTML page.
func (f Format) EncodeError(head Head, e *llm.Error) Response {
	c, p := f.codec(), f.problem(head, e)
	if fromGateway(p.status) {
		return f.EncodePage(head, e)
	}
	r := Response{Status: p.status, Header: make(http.Header, usualFields)}
	h := newFields(r.Header)
	f.setHeader(h, head, false)
	c.setRetry(r.Header, e, p)
	if head.Fine && r.Header.Get("Retry-After") != "" {
		setRetryAfter(r.Header, e.RetryAfter, true)
	}
	if p.kind == llm.RateLimited {
		f.setLimits(h, head)
	}
	r.Body = c.appendProblem(nil, head, p)
	if head.Array {
		r.Body = slices.Concat([]byte("["), r.Body, []byte("]"))
	}
	return r
}

// EncodePage returns the response with which the gateway before the vendor's
// service reports e: an HTML page, which says no more than e's status, with e's
// wishes for the next try in HTTP's own header fields.
func (f Format) EncodePage(head Head, e *llm.Error) Response {
	r := Response{Status: e.Status, Header: make(http.Header, usualFields)}
	f.setGateway(&r, head)
	setRetryAfter(r.Header, e.RetryAfter, head.Fine)
	setOverride(r.Header, e.Override)
	return r
}

// problem returns e in the vendor's words.
func (f Format) problem(head Head, e *llm.Error) problem {
	known := *e
	if e.Kind == llm.Unknown {
		known.Kind = KindOf(e.Status)
	}
	p := f.codec().describe(head, &known)
	p.kind, p.hint = known.Kind, e.RetryAfter
	if c, ok := errors.AsType[*complaint](e.Cause); ok {
		p.param, p.code = c.param, c.code
	}
	p = f.because(p, head, e)
	if e.Status >= http.StatusBadRequest {
		p.status = e.Status
	}
	if e.Message != "" {
		p.message = e.Message
	}
	return p
}

// fromGateway says whether a response of this status comes from the proxies
// before the vendor's service.
func fromGateway(status int) bool {
	return status == http.StatusBadGateway || status >= 520 && status <= 527
}

// setGateway makes r the error page of the vendor's edge: Google's own, or
// Cloudflare's.
func (f Format) setGateway(r *Response, head Head) {
	if f == Gemini {
		r.Header.Set("Content-Type", "text/html; charset=UTF-8")
		r.Body = googlePage(r.Status)
		return
	}
	setEdge(newFields(r.Header), head)
	r.Header.Set("Content-Type", "text/html")
	title := strings.TrimSpace(strconv.Itoa(r.Status) + " " + http.StatusText(r.Status))
	r.Body = []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n")
}

// googlePage is the page of Google's edge for a status that no service gave.
func googlePage(status int) []byte {
	why := http.StatusText(status)
	if status >= http.StatusInternalServerError {
		why = "Server Error"
	}
	return []byte("<!DOCTYPE html>\n<html lang=en>\n<title>Error " + strconv.Itoa(status) + " (" + why + ")!!1</title>\n")
}
