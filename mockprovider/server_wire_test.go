package mockprovider_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// exchange sends a raw request with a header of "name: value" lines and returns
// the response.
func (c *client) exchange(t *testing.T, method, path, header, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(header) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// text returns all of a response, with its header in alphabetical order.
func text(t *testing.T, resp *http.Response) []byte {
	t.Helper()
	b := bytes.NewBufferString("HTTP/1.1 " + resp.Status + "\n")
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		fmt.Fprintf(b, "%s: %s\n", name, strings.Join(resp.Header[name], ", "))
	}
	b.WriteString("\n")
	if _, err := io.Copy(b, resp.Body); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// terse is a model that answers in three tokens.
func terse(t *testing.T, faults ...fault.Fault) []*mockprovider.Model {
	t.Helper()
	c := mockprovider.Config{Models: []mockprovider.Settings{{
		Name: "m", FirstToken: draw.Constant(100 * ms), PerToken: draw.Constant(10 * ms), OutputTokens: draw.Constant(3),
	}}}
	for _, f := range faults {
		c.Faults = append(c.Faults, fault.Window{Kind: "fault", Fault: f})
	}
	return models(t, c)
}

// The requests of this file, each in its vendor's words.
const (
	chat      = `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	chatSSE   = `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`
	chatUsage = `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`
	respond   = `{"model":"m","instructions":"Be brief.","input":"hi","max_output_tokens":64}`
	respSSE   = `{"model":"m","input":"hi","max_output_tokens":2,"stream":true}`
	message   = `{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`
	messSSE   = `{"model":"m","max_tokens":2,"messages":[{"role":"user","content":"hi"}],"stream":true}`
	generate  = `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":64}}`

	chatPath     = "/v1/chat/completions"
	respPath     = "/v1/responses"
	messPath     = "/v1/messages"
	genPath      = "/v1beta/models/m:generateContent"
	genArrayPath = "/v1beta/models/m:streamGenerateContent"
	genSSEPath   = genArrayPath + "?alt=sse"

	claude = "Anthropic-Version: 2023-06-01"
	google = "X-Goog-Api-Key: k"
)

// TestServer_bytes holds every byte that a client sees of answers, lists and the
// errors of requests that are wrong, in each vendor's words.
func TestServer_bytes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ method, path, header, body string }{
		"openai-answer":       {"POST", chatPath, "", chat},
		"openai-stream":       {"POST", chatPath, "", chatSSE},
		"openai-stream-usage": {"POST", chatPath, "", chatUsage},
		"responses-answer":    {"POST", respPath, "", respond},
		"responses-stream":    {"POST", respPath, "", respSSE},
		"anthropic-answer":    {"POST", messPath, claude, message},
		"anthropic-stream":    {"POST", messPath, claude, messSSE},
		"gemini-answer":       {"POST", genPath, "", generate},
		"gemini-stream":       {"POST", genSSEPath, "", generate},
		"gemini-array":        {"POST", genArrayPath, "", generate},

		"openai-not-json":    {"POST", chatPath, "", `{"model":`},
		"responses-not-json": {"POST", respPath, "", `{"model":`},
		"anthropic-not-json": {"POST", messPath, claude, `{"model":`},
		"gemini-not-json":    {"POST", genPath, "", `{"contents":`},
		"gemini-array-wrong": {"POST", genArrayPath, "", `{}`},

		"openai-wrong-type":       {"POST", chatPath, "", `{"model":"m","messages":"hi"}`},
		"openai-wrong-content":    {"POST", chatPath, "", `{"model":"m","messages":[{"content":{}}]}`},
		"openai-number-content":   {"POST", chatPath, "", `{"model":"m","messages":[{"content":5}]}`},
		"openai-limit-of-0":       {"POST", chatPath, "", `{"model":"m","messages":[{}],"max_completion_tokens":0}`},
		"responses-wrong-input":   {"POST", respPath, "", `{"model":"m","input":true}`},
		"responses-limit-of-0":    {"POST", respPath, "", `{"model":"m","input":"hi","max_output_tokens":0}`},
		"anthropic-wrong-system":  {"POST", messPath, claude, `{"model":"m","max_tokens":1,"system":5,"messages":[{}]}`},
		"responses-wrong-type":    {"POST", respPath, "", `{"model":7,"input":"hi"}`},
		"anthropic-wrong-type":    {"POST", messPath, claude, `{"model":"m","max_tokens":"64","messages":[{}]}`},
		"gemini-wrong-type":       {"POST", genPath, "", `{"contents":{}}`},
		"openai-no-model":         {"POST", chatPath, "", `{"messages":[]}`},
		"openai-no-messages":      {"POST", chatPath, "", `{"model":"m"}`},
		"openai-empty-messages":   {"POST", chatPath, "", `{"model":"m","messages":[]}`},
		"openai-negative-limit":   {"POST", chatPath, "", `{"model":"m","messages":[{}],"max_tokens":-1}`},
		"responses-no-model":      {"POST", respPath, "", `{"input":"hi"}`},
		"responses-no-input":      {"POST", respPath, "", `{"model":"m"}`},
		"anthropic-no-model":      {"POST", messPath, claude, `{"max_tokens":1,"messages":[{}]}`},
		"anthropic-no-max-tokens": {"POST", messPath, claude, `{"model":"m","messages":[{}]}`},
		"gemini-no-contents":      {"POST", genPath, "", `{}`},

		"openai-unknown-model":    {"POST", chatPath, "", strings.Replace(chat, `"m"`, `"gpt-9"`, 1)},
		"responses-unknown-model": {"POST", respPath, "", strings.Replace(respond, `"m"`, `"gpt-9"`, 1)},
		"anthropic-unknown-model": {"POST", messPath, claude, strings.Replace(message, `"m"`, `"claude-9"`, 1)},
		"gemini-unknown-model":    {"POST", "/v1beta/models/gemini-9:generateContent", "", generate},

		"openai-wrong-method":    {"GET", chatPath, "", ""},
		"responses-wrong-method": {"GET", respPath, "", ""},
		"anthropic-wrong-method": {"GET", messPath, claude, ""},
		"gemini-wrong-method":    {"GET", genPath, "", ""},
		"openai-unknown-path":    {"POST", "/v1/embeddings", "", "{}"},
		"anthropic-unknown-path": {"POST", "/v1/complete", claude, "{}"},
		"gemini-unknown-path":    {"POST", "/v1beta/corpora", "", "{}"},

		"openai-models":            {"GET", "/v1/models", "", ""},
		"openai-model":             {"GET", "/v1/models/m", "", ""},
		"openai-no-such-model":     {"GET", "/v1/models/gpt-9", "", ""},
		"openai-models-posted":     {"POST", "/v1/models", "", "{}"},
		"anthropic-models":         {"GET", "/v1/models", claude, ""},
		"anthropic-model":          {"GET", "/v1/models/m", claude, ""},
		"anthropic-no-such-model":  {"GET", "/v1/models/claude-9", claude, ""},
		"gemini-models":            {"GET", "/v1beta/models", "", ""},
		"gemini-model":             {"GET", "/v1beta/models/m", google, ""},
		"gemini-no-such-model":     {"GET", "/v1beta/models/gemini-9", google, ""},
		"gemini-model-of-no-name":  {"GET", "/v1beta/models/", google, ""},
		"openai-models-of-a-model": {"GET", "/v1/models/m/of", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := serveInBubble(t, terse(t)...).exchange(t, c.method, c.path, c.header, c.body)
				golden(t, name, text(t, c))
			})
		})
	}
}

// TestServer_keyless: a server that asks for keys says so as each vendor does.
func TestServer_keyless(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, header, body string
		status                     int
	}{
		"openai-keyless":           {"POST", chatPath, "", chat, 401},
		"openai-key":               {"POST", chatPath, "Authorization: Bearer k", chat, 200},
		"openai-models-keyless":    {"GET", "/v1/models", "", "", 401},
		"openai-models-key":        {"GET", "/v1/models", "Authorization: Bearer k", "", 200},
		"responses-keyless":        {"POST", respPath, "", respond, 401},
		"responses-key":            {"POST", respPath, "Authorization: Bearer k", respond, 200},
		"anthropic-keyless":        {"POST", messPath, claude, message, 401},
		"anthropic-no-version":     {"POST", messPath, "X-Api-Key: k", message, 400},
		"anthropic-key":            {"POST", messPath, claude + "\nX-Api-Key: k", message, 200},
		"anthropic-bearer":         {"POST", messPath, claude + "\nAuthorization: Bearer k", message, 200},
		"anthropic-model-keyless":  {"GET", "/v1/models/m", claude, "", 401},
		"anthropic-model-key":      {"GET", "/v1/models/m", claude + "\nX-Api-Key: k", "", 200},
		"gemini-keyless":           {"POST", genPath, "", generate, 403},
		"gemini-array-keyless":     {"POST", genArrayPath, "", generate, 403},
		"gemini-models-keyless":    {"GET", "/v1beta/models", "", "", 403},
		"gemini-key":               {"POST", genPath, google, generate, 200},
		"gemini-key-in-query":      {"POST", genPath + "?key=k", "", generate, 200},
		"gemini-models-key":        {"GET", "/v1beta/models?key=k", "", "", 200},
		"keyless-and-no-such-path": {"GET", "/v1/engines", "", "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := mockprovider.NewServer(terse(t))
				server.RequireKey = true
				resp := serveHandler(t, server).exchange(t, c.method, c.path, c.header, c.body)
				if resp.StatusCode != c.status {
					t.Errorf("status %d, want %d", resp.StatusCode, c.status)
				}
				if c.status != 200 {
					golden(t, name, text(t, resp))
				}
			})
		})
	}
}

// TestServer_wrongArray: a stream that would be an array has its error in one too,
// whatever is wrong.
func TestServer_wrongArray(t *testing.T) {
	t.Parallel()
	c := loopback(t)
	for name, body := range map[string]string{"large": strings.Repeat(" ", 32<<20+1), "not JSON": "{", "wrong": "{}"} {
		got := text(t, c.exchange(t, http.MethodPost, genArrayPath, "", body))
		if !bytes.HasSuffix(got, []byte("]")) || !bytes.Contains(got, []byte("\n[{\"error\":")) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

// golden compares got with a file of testdata/golden/TestServer_bytes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("..", "testdata", "golden", "TestServer_bytes", name+".http")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestServer_limits: the header counts down what a rate limit has left, in each
// vendor's way, and the 429 in the end names the limit that was reached.
func TestServer_limits(t *testing.T) {
	t.Parallel()
	requests := &fault.RateLimit{Requests: 3}
	tokens := &fault.RateLimit{Tokens: 12} // of which each request takes 4
	for name, c := range map[string]struct {
		limit        *fault.RateLimit
		format       wire.Format
		header, last string
		want         []string // of the header, at 0 s, 0.12 s, 0.24 s and 0.36 s
	}{
		"openai requests": {
			requests, wire.OpenAI, "X-Ratelimit-Remaining-Requests",
			"on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 19.64s.",
			[]string{"2", "1", "0", "0"},
		},
		"openai reset": {
			requests, wire.OpenAIResponses, "X-Ratelimit-Reset-Requests",
			"on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 19.64s.",
			[]string{"20s", "39.88s", "59.76s", "59.64s"},
		},
		"openai tokens": {
			tokens, wire.OpenAI, "X-Ratelimit-Remaining-Tokens",
			"on tokens per min (TPM): Limit 12, Used 12, Requested 4. Please try again in 19.64s.",
			[]string{"8", "4", "0", "0"},
		},
		"anthropic requests": {
			requests, wire.Anthropic, "Anthropic-Ratelimit-Requests-Remaining",
			"the rate limit for your organization of 3 requests per minute.",
			[]string{"2", "1", "0", "0"},
		},
		"anthropic reset": {
			requests, wire.Anthropic, "Anthropic-Ratelimit-Requests-Reset",
			"the rate limit for your organization of 3 requests per minute.",
			[]string{"2000-01-01T00:00:20Z", "2000-01-01T00:00:40Z", "2000-01-01T00:01:00Z", "2000-01-01T00:01:00Z"},
		},
		"gemini tells nothing": {
			requests, wire.Gemini, "X-Ratelimit-Remaining-Requests",
			`generate_content_free_tier_requests, limit: 3` + `\nPlease retry in 19.64s.`,
			[]string{"", "", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := serveInBubble(t, terse(t, c.limit.Fresh())...)
				var got []string
				var last []byte
				for range c.want {
					path, body := c.format.EncodeRequest("m", &llm.Request{Prompt: "hi"}, false)
					resp := client.exchange(t, http.MethodPost, path, "", string(body))
					got, last = append(got, resp.Header.Get(c.header)), text(t, resp)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.header, diff)
				}
				if !bytes.Contains(last, []byte(c.last)) {
					t.Errorf("the last response is\n%s\nwant in it %s", last, c.last)
				}
			})
		})
	}
}

// TestServer_bothShapes: a client of Responses meets errors in streams in both of
// their shapes, and the same request always in the same, at a proxy as well.
func TestServer_bothShapes(t *testing.T) {
	t.Parallel()
	f := fault.InStream{AfterShare: 0.5}
	healthy := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	for name, c := range map[string]*client{
		"mock": loopback(t, f), "proxy": proxyFor(t, healthy, fault.Window{Fault: f}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bothShapes(t, c)
		})
	}
}

func bothShapes(t *testing.T, c *client) {
	t.Helper()
	flat := 0
	for id := range 32 {
		trace := fmt.Sprintf("%s: %d", wire.TraceRequest, id)
		body := text(t, c.exchange(t, http.MethodPost, respPath, trace, respSSE))
		_, first, _ := bytes.Cut(body, []byte("event: error\n"))
		_, second, _ := bytes.Cut(text(t, c.exchange(t, http.MethodPost, respPath, trace, respSSE)), []byte("event: error\n"))
		isFlat := bytes.HasPrefix(first, []byte(`data: {"type":"error","code":`))
		if len(first) == 0 || isFlat == bytes.Contains(body, []byte("event: response.failed")) || isFlat != bytes.HasPrefix(second, []byte(`data: {"type":"error","code":`)) {
			t.Errorf("request %d:\n%s", id, body)
		}
		if isFlat {
			flat++
		}
	}
	if flat < 8 || flat > 24 {
		t.Errorf("%d of 32 errors are flat", flat)
	}
}

// TestServer_noLimits: an error that has nothing to do with limits does not tell
// any, and neither does a 429 that no limit of the mock's has caused.
func TestServer_noLimits(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		for _, status := range []int{429, 500, 503, 529} {
			got := loopback(t, fault.Status{Code: status, After: time.Nanosecond}).ask(t.Context(), f, true, &llm.Request{Prompt: "?"})
			for name := range got.header {
				if strings.Contains(strings.ToLower(name), "ratelimit") || name == "Retry-After" {
					t.Errorf("%v %d: %s: %s", f, status, name, got.header.Get(name))
				}
			}
		}
	}
}

// TestServer_inStreamLimits: an error inside an answer that no limit of the mock's
// has caused does not name the limits that the header told of.
func TestServer_inStreamLimits(t *testing.T) {
	t.Parallel()
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := loopback(t, fault.InStream{AfterShare: 0.5, Kind: llm.RateLimited})
			got := c.ask(t.Context(), w.format, w.stream, &llm.Request{Prompt: "?"})
			message := llm.AsError(got.err).Message
			for _, usual := range []string{"Used 12,", "480,000"} {
				if message == "" || strings.Contains(message, usual) {
					t.Errorf("%q names a limit that was not reached", message)
				}
			}
			if remaining := got.header.Get("X-Ratelimit-Remaining-Requests"); !w.stream && remaining != "" {
				t.Errorf("a 429 with %s requests remaining", remaining)
			}
		})
	}
}
