package wire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// golden compares got with a file of testdata/golden.
func golden(t *testing.T, test, name string, got []byte) {
	t.Helper()
	file := filepath.Join("..", "..", "testdata", "golden", test, name)
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

// message writes an HTTP message as it goes over the wire, but with the header
// in alphabetical order and lines of it that end in \n.
func message(first string, h http.Header, body []byte) []byte {
	b := bytes.NewBufferString(first + "\n")
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(b, "%s: %s\n", name, h.Get(name))
	}
	b.WriteByte('\n')
	b.Write(body)
	return b.Bytes()
}

// TestEncode holds every byte a server writes to files that were compared with
// what the vendors write.
func TestEncode(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			h := head("the-model", 12)
			h.Request = &llm.Request{System: "Be brief.", MaxTokens: 64}
			h.Took = 477 * time.Millisecond
			h.Limits = wire.Limits{
				Requests: wire.Limit{Max: 5000, Remaining: 4999, Reset: 12 * time.Millisecond},
				Tokens:   wire.Limit{Max: 160000, Remaining: 159976, Reset: 6 * time.Minute},
			}
			ans := llm.Answer{Text: "Say \"hi\" <b>&</b>\n", Usage: llm.Usage{Input: 12, Output: 5}}
			check := func(name string, stream bool, body []byte) {
				t.Helper()
				header := http.Header{}
				f.SetHeader(header, h, stream)
				golden(t, "TestEncode", f.String()+"-"+name+".http", message("HTTP/1.1 200", header, body))
			}
			check("answer", false, f.AppendAnswer(nil, h, ans))
			check("stream", true, streamed(f, h, []string{"Say \"hi\"", " <b>&</b>\n"}, llm.StopLength, ans.Usage))

			s := f.NewStream(h)
			b := s.AppendPing(s.AppendPiece(s.AppendStart(nil), "Say"))
			check("stream-error", true, s.AppendError(b, &llm.Error{Kind: llm.InStreamError}))
			if f == wire.OpenAIResponses {
				h.Flat = true
				s := f.NewStream(h)
				check("stream-error-flat", true, s.AppendError(s.AppendPiece(s.AppendStart(nil), "Say"), &llm.Error{Kind: llm.Overloaded}))
			}
		})
	}
}

func TestEncodeRequest(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			r := &llm.Request{System: "Be brief.", Prompt: "What is 1 < 2?", MaxTokens: 64}
			for _, stream := range []bool{false, true} {
				path, body := f.EncodeRequest("the-model", r, stream)
				h := http.Header{}
				f.SetKey(h, "secret")
				golden(t, "TestEncodeRequest", fmt.Sprintf("%s-stream-%v.http", f, stream),
					message("POST "+path+" HTTP/1.1", h, body))
			}
		})
	}
}

// TestEncodeError holds the errors that a scenario is likely to ask for.
func TestEncodeError(t *testing.T) {
	t.Parallel()
	tests := map[string]*llm.Error{
		"rate-limited":     {Kind: llm.RateLimited, RetryAfter: llm.HintAfter(976 * time.Millisecond)},
		"quota":            {Kind: llm.QuotaExhausted},
		"overloaded":       {Kind: llm.Overloaded},
		"status-500":       {Status: 500, Override: llm.ForbidRetry},
		"status-502":       {Status: 502},
		"status-503":       {Status: 503, RetryAfter: llm.HintAfter(30 * time.Second)},
		"status-529":       {Status: 529},
		"auth":             {Kind: llm.Auth},
		"status-402":       {Status: 402},
		"status-403":       {Status: 403},
		"status-413":       {Status: 413},
		"refused":          {Kind: llm.RefusedContent},
		"timeout":          {Kind: llm.Timeout},
		"not-found":        {Kind: llm.NotFound},
		"context-too-long": {Kind: llm.ContextTooLong},
		"own-words":        {Kind: llm.InvalidRequest, Message: "Say \"please\"."},
	}
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			for name, e := range tests {
				r := f.EncodeError(head("the-model", 7592), e)
				golden(t, "TestEncodeError", f.String()+"-"+name+".http", message(fmt.Sprintf("HTTP/1.1 %d", r.Status), r.Header, r.Body))
			}
		})
	}
}

// TestEncodeError_geminiStatus: Gemini's status is the name that google.rpc.Code
// maps to the HTTP status.
func TestEncodeError_geminiStatus(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
		429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
	} {
		r := wire.Gemini.EncodeError(head("m", 9), &llm.Error{Status: status})
		if !bytes.Contains(r.Body, []byte(fmt.Sprintf(`"code":%d,`, status))) || !bytes.Contains(r.Body, []byte(`"status":"`+want+`"`)) {
			t.Errorf("%d: %s, want %s", status, r.Body, want)
		}
		if got := wire.Gemini.DecodeError(r.Status, r.Header, r.Body, noon); got.Kind != wire.KindOf(status) {
			t.Errorf("%d reads as %v", status, got.Kind)
		}
	}
}

// TestErrorRoundTrip says which kinds a client understands as a server meant
// them: all but those that no vendor has an error for.
func TestErrorRoundTrip(t *testing.T) {
	t.Parallel()
	told := []llm.Kind{
		llm.RateLimited, llm.Overloaded, llm.ServerError, llm.Timeout, llm.InvalidRequest, llm.Auth, llm.NotFound,
		llm.QuotaExhausted, llm.ContextTooLong,
	}
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			for _, kind := range llm.Kinds() {
				r := f.EncodeError(head("m", 9), &llm.Error{Kind: kind})
				got := f.DecodeError(r.Status, r.Header, r.Body, noon)
				if slices.Contains(told, kind) && got.Kind != kind {
					t.Errorf("%v reads as %v", kind, got.Kind)
				}
				if r.Status < 400 || got.Status != r.Status || got.Message == "" {
					t.Errorf("%v: status %d, message %q", kind, r.Status, got.Message)
				}
			}
			for _, wait := range []time.Duration{time.Second, 47 * time.Second, 3 * time.Hour} {
				r := f.EncodeError(head("m", 9), &llm.Error{Kind: llm.RateLimited, RetryAfter: llm.HintAfter(wait)})
				if got := f.DecodeError(r.Status, r.Header, r.Body, noon).RetryAfter; got != llm.HintAfter(wait) {
					t.Errorf("a wait of %v reads as %+v", wait, got)
				}
			}
		})
	}
}

func TestStreamErrorRoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			s := f.NewStream(head("m", 9))
			b := s.AppendPiece(s.AppendStart(nil), "Half an answer")
			b = s.AppendError(b, &llm.Error{Kind: llm.Overloaded, Message: "Too busy."})
			_, ans, err := drain(f, bytes.NewReader(b))
			if kindOf(err) != llm.InStreamError || !bytes.Contains([]byte(err.Error()), []byte("Too busy.")) {
				t.Errorf("error = %v", err)
			}
			if ans.Text != "Half an answer" || ans.Usage.Output != 4 || !ans.Usage.Estimated {
				t.Errorf("what had arrived = %+v", ans)
			}
		})
	}
}

// TestStreamErrorRoundTrip_permanent: an error inside an answer forbids another try
// where one instead of it would, in both shapes of Responses.
func TestStreamErrorRoundTrip_permanent(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		for _, flat := range []bool{false, true} {
			for _, kind := range []llm.Kind{
				llm.RateLimited, llm.Overloaded, llm.ServerError, llm.Timeout,
				llm.InvalidRequest, llm.Auth, llm.NotFound, llm.QuotaExhausted, llm.ContextTooLong, llm.RefusedContent,
			} {
				h := head("m", 9)
				h.Flat = flat
				_, _, err := drain(f, bytes.NewReader(f.NewStream(h).AppendError(nil, &llm.Error{Kind: kind})))
				if e := llm.AsError(err); e == nil || e.Kind != llm.InStreamError || e.Retryable() != kind.Retryable() {
					t.Errorf("%v, flat %v: %v reads as %v, retryable %v", f, flat, kind, err, e.Retryable())
				}
			}
		}
	}
}

// TestGeminiArray: without alt=sse, all of the stream is one JSON array.
func TestGeminiArray(t *testing.T) {
	t.Parallel()
	h := head("m", 9)
	h.Array = true
	b := streamed(wire.Gemini, h, []string{"a", "b"}, llm.StopEnd, llm.Usage{Input: 9, Output: 2})
	s := wire.Gemini.NewStream(h)
	failed := s.AppendError(s.AppendPiece(s.AppendStart(nil), "a"), &llm.Error{Kind: llm.Overloaded})
	for _, body := range [][]byte{b, failed} {
		var events []map[string]any
		if err := json.Unmarshal(body, &events); err != nil {
			t.Errorf("%v in %s", err, body)
		}
	}
}

// TestAppendPieceAllocates is not parallel: it counts allocations.
func TestAppendPieceAllocates(t *testing.T) { //nolint:paralleltest // counts allocations of the process
	for _, f := range wire.Formats() {
		s := f.NewStream(head("m", 9))
		b := make([]byte, 0, 1024)
		if n := testing.AllocsPerRun(100, func() { b = s.AppendPiece(b[:0], " \"token\"") }); n != 0 {
			t.Errorf("%v allocates %v times for each piece", f, n)
		}
	}
}

// TestRequestRoundTrip: a server reads what a client wrote.
func TestRequestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			want := llm.Request{System: "Be brief.", Prompt: "Line\nline \u2028 é", MaxTokens: 64}
			for _, stream := range []bool{false, true} {
				path, body := f.EncodeRequest("vendor/model:free", &want, stream)
				u, err := url.Parse("https://example.com" + path)
				if err != nil {
					t.Fatal(err)
				}
				if got, ok := wire.FormatOf(u.Path); !ok || got != f {
					t.Errorf("FormatOf(%q) = %v, %v", u.Path, got, ok)
				}
				in, err := f.DecodeRequest(u, body)
				if err != nil {
					t.Fatal(err)
				}
				if in.Model != "vendor/model:free" || in.Stream != stream || in.Array {
					t.Errorf("incoming = %+v", in)
				}
				if diff := cmp.Diff(want, in.Request); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			}
		})
	}
}
