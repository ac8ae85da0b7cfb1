package wire

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// VendorOf tells whose service a request is meant for that [FormatOf] does not
// know: by the fields that only one vendor's clients send, or by the path, whatever
// comes before the vendor's own part of it. The rest are taken for OpenAI's.
func VendorOf(u *url.URL, h http.Header) Format {
	switch {
	case strings.Contains(u.Path, "/openai/"): // Gemini's service has such a part
		return OpenAI
	case h.Get(gemini.keyHeader) != "", strings.Contains(u.Path, "/v1beta/"):
		return Gemini
	case h.Get("Anthropic-Version") != "", h.Get(anthropic.keyHeader) != "":
		return Anthropic
	default:
		return OpenAI
	}
}

// EncodeUnrouted returns the response to a request that the vendor's service has
// no operation for: none of the path or, where allowed is not empty, only one of
// that method.
func (f Format) EncodeUnrouted(head Head, method, path, allowed string) Response {
	r := Response{Status: http.StatusNotFound, Header: make(http.Header, 12)}
	if allowed != "" && f != Gemini { // whose router knows methods and paths only together
		r.Status = http.StatusMethodNotAllowed
		r.Header.Set("Allow", allowed)
	}
	p := problem{status: r.Status, label: "invalid_request_error"}
	switch {
	case f == Gemini:
		r.Header.Set("Content-Type", "text/html; charset=UTF-8")
		r.Body = googlePage(r.Status)
		return r
	case f == Anthropic && allowed == "":
		p.label, p.message = "not_found_error", "Not Found"
	case f == Anthropic:
		p.message = "Method Not Allowed"
	case allowed == "":
		p.message = "Invalid URL (" + method + " " + path + ")"
	default:
		p.message = "Not allowed to " + method + " on " + path + ". (HINT: Perhaps you meant to use a different HTTP method?)"
	}
	f.setHeader(newFields(r.Header), head, false)
	r.Body = f.codec().appendProblem(nil, head, p)
	return r
}

// CheckClient returns the error that the vendor has for a client which does not
// say who it is, or which version of the API it speaks; nil if it does.
func (f Format) CheckClient(u *url.URL, h http.Header) *llm.Error {
	switch {
	case f == Anthropic && f.Key(u, h) == "":
		return &llm.Error{Kind: llm.Auth, Message: "x-api-key header is required"}
	case f == Anthropic && h.Get("Anthropic-Version") == "":
		return invalid("anthropic-version: header is required")
	case f == Gemini && f.Key(u, h) == "":
		return &llm.Error{
			Kind: llm.Auth, Status: http.StatusForbidden,
			Message: "Method doesn't allow unregistered callers (callers without established identity). " +
				"Please use API Key or other form of API consumer identity to call this API.",
		}
	case f.isOpenAI() && f.Key(u, h) == "":
		return &llm.Error{
			Kind: llm.Auth, Cause: &complaint{},
			Message: "You didn't provide an API key. You need to provide your API key in an Authorization header using " +
				"Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if " +
				"you're accessing the API from your browser and are prompted for a username and password. You can obtain " +
				"an API key from https://platform.openai.com/account/api-keys.",
		}
	default:
		return nil
	}
}
