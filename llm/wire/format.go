package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Format is a vendor's wire format. Its text form is the same in YAML, flags
// and reports.
type Format uint8

// The formats.
const (
	OpenAI          Format = iota // OpenAI Chat Completions
	Anthropic                     // Anthropic Messages
	Gemini                        // Gemini generateContent and streamGenerateContent
	OpenAIResponses               // OpenAI Responses
	formats
)

var formatNames = [formats]string{"openai", "anthropic", "gemini", "openai_responses"}

// String returns the format's name, such as "anthropic".
func (f Format) String() string {
	if f >= formats {
		return fmt.Sprintf("format(%d)", uint8(f))
	}
	return formatNames[f]
}

// MarshalText implements [encoding.TextMarshaler].
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (f *Format) UnmarshalText(text []byte) error {
	got, ok := ParseFormat(string(text))
	if !ok {
		return fmt.Errorf("unknown wire format %q: must be one of %s", text, strings.Join(formatNames[:], ", "))
	}
	*f = got
	return nil
}

// ParseFormat finds a format by its name.
func ParseFormat(name string) (Format, bool) {
	for i, n := range formatNames {
		if n == name {
			return Format(i), true
		}
	}
	return 0, false
}

// Formats returns every format.
func Formats() []Format { return []Format{OpenAI, Anthropic, Gemini, OpenAIResponses} }

// FormatOf tells the format of a request by its URL path, whatever comes before
// the vendor's own part of it.
func FormatOf(path string) (Format, bool) {
	switch {
	case strings.HasSuffix(path, "/chat/completions"):
		return OpenAI, true
	case strings.HasSuffix(path, "/responses"):
		return OpenAIResponses, true
	case strings.HasSuffix(path, "/messages"):
		return Anthropic, true
	case strings.HasSuffix(path, geminiWhole), strings.HasSuffix(path, geminiStream):
		return Gemini, true
	default:
		return 0, false
	}
}

// The headers that tell a mock server which request, and which attempt at it,
// it is asked for, so that its weather does not depend on the order of arrival.
// Values are decimal: [llm.Request.ID] and [llm.Call.Ordinal].
const (
	TraceRequest = "X-Tailgate-Request"
	TraceAttempt = "X-Tailgate-Attempt"
)

// codec is what a format knows how to do. Each format's file has one.
type codec struct {
	keyHeader string // where the key goes
	keyPrefix string // what comes before it there
	baseURL   string // the vendor's public address

	// client side
	encodeRequest func(model string, r *llm.Request, stream bool) (path string, body []byte)
	decodeAnswer  func(s *state, body []byte) error
	decodeEvent   func(s *state, data []byte) error
	parseError    func(body []byte) (problem, bool)
	unterminated  bool // streams have no terminator but the end of the body

	// server side
	decodeRequest func(u *url.URL, body []byte) (Incoming, error)
	setHeader     func(h *fields, head Head)
	limits        limitFields // none: limits are not told
	reset         func(now time.Time, left time.Duration) string
	appendAnswer  func(b []byte, head Head, a llm.Answer) []byte
	frames        func(head Head) frames
	describe      func(head Head, e *llm.Error) problem // whose kind is known
	appendProblem func(b []byte, head Head, p problem) []byte
	setRetry      func(h http.Header, e *llm.Error, p problem)
}

// codec returns the format's codec. A value that is not a format has none: that is
// a bug of the caller and panics.
func (f Format) codec() *codec {
	switch f {
	case OpenAI:
		return &openAI
	case Anthropic:
		return &anthropic
	case Gemini:
		return &gemini
	case OpenAIResponses:
		return &openAIResponses
	default:
		panic("wire: " + f.String() + " is not a format")
	}
}
