package wire_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

func TestFormatText(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		text, err := f.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got wire.Format
		if err := got.UnmarshalText(text); err != nil || got != f {
			t.Errorf("%q reads as %v, %v", text, got, err)
		}
	}
	var f wire.Format
	const want = `unknown wire format "OpenAI": must be one of openai, anthropic, gemini, openai_responses`
	if err := f.UnmarshalText([]byte("OpenAI")); err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
	if got := wire.Format(9).String(); got != "format(9)" {
		t.Errorf("a value that is no format prints as %q", got)
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"/v1/chat/completions":                            "openai",
		"/openai/deployments/d/chat/completions":          "openai",
		"/v1/messages":                                    "anthropic",
		"/v1beta/models/gemini-2.5-flash:generateContent": "gemini",
		"/v1/models/m:streamGenerateContent":              "gemini",
		"/v1/responses":                                   "openai_responses",
		"/v1/responses/resp_1":                            "",
		"/v1/messages/count_tokens":                       "",
		"/v1beta/models/gemini-2.5-flash:countTokens":     "",
		"/": "",
	}
	for path, want := range tests {
		got := ""
		if f, ok := wire.FormatOf(path); ok {
			got = f.String()
		}
		if got != want {
			t.Errorf("FormatOf(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			f.SetKey(h, "")
			if got := f.Key(&url.URL{}, h); got != "" {
				t.Errorf("no key reads as %q", got)
			}
			f.SetKey(h, "secret")
			if got := f.Key(&url.URL{RawQuery: "key=other"}, h); got != "secret" {
				t.Errorf("key reads as %q", got)
			}
		})
	}
}

// TestKey_elsewhere: clients may also present a key where the vendor's libraries
// do not by default.
func TestKey_elsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format        wire.Format
		query, header string
		want          string
	}{
		{wire.OpenAI, "key=secret", "Basic secret", ""},
		{wire.Anthropic, "key=secret", "Basic secret", ""},
		{wire.Anthropic, "", "Bearer secret", "secret"},
		{wire.Gemini, "alt=sse&key=secret", "", "secret"},
	} {
		h := http.Header{"Authorization": {c.header}}
		if got := c.format.Key(&url.URL{RawQuery: c.query}, h); got != c.want {
			t.Errorf("%v, %q, %q: key %q, want %q", c.format, c.query, c.header, got, c.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	tests := map[int]llm.Kind{
		200: llm.Unknown, 302: llm.InvalidRequest, 400: llm.InvalidRequest, 401: llm.Auth, 402: llm.QuotaExhausted,
		403: llm.Auth, 404: llm.NotFound, 408: llm.Timeout, 409: llm.ServerError, 413: llm.ContextTooLong,
		422: llm.InvalidRequest, 429: llm.RateLimited, 500: llm.ServerError, 502: llm.ServerError,
		503: llm.Overloaded, 504: llm.Timeout, 520: llm.ServerError, 522: llm.Timeout, 524: llm.Timeout, 529: llm.Overloaded,
	}
	for status, want := range tests {
		if got := wire.KindOf(status); got != want {
			t.Errorf("KindOf(%d) = %v, want %v", status, got, want)
		}
	}
}
