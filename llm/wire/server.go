package wire

import (
	"net/http"
	"net/url"
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
// would say; [Format.EncodeError] writes it.
func (f Format) DecodeRequest(u *url.URL, body []byte) (Incoming, error) {
	return f.codec().decodeRequest(u, body)
}

// Key returns the key a client presented, "" if it presented none.
func (f Format) Key(h http.Header) string {
	c := f.codec()
	key, ok := strings.CutPrefix(h.Get(c.keyHeader), c.keyPrefix)
	if !ok {
		return ""
	}
	return key
}

// invalid returns the error for a request that cannot be understood.
func invalid(message string) *llm.Error {
	return &llm.Error{Kind: llm.InvalidRequest, Status: http.StatusBadRequest, Message: message}
}

// Head is what a server says around the text of an answer.
type Head struct {
	// ID identifies the answer and the response: letters and digits, to which
	// each vendor's prefix is added.
	ID      string
	Model   string
	Created time.Time
	// Input is the prompt's tokens, which some streams name at their start.
	Input int
	// Usage and Array are the client's wishes, see [Incoming].
	Usage bool
	Array bool
}

// SetHeader sets the header fields of a 200 response.
func (f Format) SetHeader(h http.Header, head Head, stream bool) {
	switch {
	case stream && !head.Array:
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
	case f == Gemini:
		h.Set("Content-Type", "application/json; charset=UTF-8")
	default:
		h.Set("Content-Type", "application/json")
	}
	f.codec().setHeader(h, head)
}

// AppendAnswer appends the whole body of a 200 response that is not a stream. A
// usage that is an estimate is left out of it.
func (f Format) AppendAnswer(b []byte, head Head, a llm.Answer) []byte {
	return f.codec().appendAnswer(b, head, a)
}

// Limits is the state of a client's rate limits as the response header tells it.
type Limits struct {
	Requests Limit // per minute
	Tokens   Limit // per minute
}

// Limit is the state of one rate limit.
type Limit struct {
	// Max is the limit; with 0 nothing is said of it.
	Max int
	// Remaining is how much of it is left.
	Remaining int
	// Reset is the time until all of it is there again.
	Reset time.Duration
}

// SetLimits sets the header fields that tell the state of the rate limits, if
// the format has any (Gemini has none). now is the server's time.
func (f Format) SetLimits(h http.Header, now time.Time, l Limits) {
	f.codec().setLimits(h, now, l)
}

// each calls set with the name and state of every limit that is to be told.
func (l Limits) each(set func(name string, l Limit)) {
	if l.Requests.Max > 0 {
		set("requests", l.Requests)
	}
	if l.Tokens.Max > 0 {
		set("tokens", l.Tokens)
	}
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
		return f.EncodePage(e)
	}
	r := Response{Status: p.status, Header: make(http.Header, 6)}
	f.SetHeader(r.Header, head, false)
	c.setRetry(r.Header, e, p)
	r.Body = c.appendProblem(nil, head, p)
	return r
}

// EncodePage returns the response with which the gateway before the vendor's
// service reports e: an HTML page, which says no more than e's status, with e's
// wishes for the next try in HTTP's own header fields.
func (f Format) EncodePage(e *llm.Error) Response {
	r := Response{Status: e.Status, Header: make(http.Header, 3), Body: f.gatewayPage(e.Status)}
	r.Header.Set("Content-Type", "text/html; charset=UTF-8")
	setRetryAfter(r.Header, e.RetryAfter, false)
	setOverride(r.Header, e.Override)
	return r
}

// problem returns e in the vendor's words.
func (f Format) problem(head Head, e *llm.Error) problem {
	kind := e.Kind
	if kind == llm.Unknown {
		kind = KindOf(e.Status)
	}
	p := f.codec().describe(head, kind, e.RetryAfter)
	p.kind, p.hint = kind, e.RetryAfter
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

// gatewayPage is the error page of the vendor's edge: Google's own, or
// Cloudflare's.
func (f Format) gatewayPage(status int) []byte {
	code := strconv.Itoa(status)
	if f == Gemini {
		return []byte("<!DOCTYPE html>\n<html lang=en>\n<title>Error " + code + " (Server Error)!!1</title>\n")
	}
	title := strings.TrimSpace(code + " " + http.StatusText(status))
	return []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n")
}
