package wire_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// pick returns one of the formats.
func pick(n uint8) wire.Format {
	all := wire.Formats()
	return all[int(n)%len(all)]
}

// FuzzAnswer: whatever the text, a client reads what a server wrote, whole and
// streamed.
func FuzzAnswer(f *testing.F) {
	f.Add("Hello", " world", 3, uint8(0))
	f.Add("\u2028\x00\"\\", "\xff\xed\xa0\x80", -1, uint8(1))
	f.Add("", "</script>", 1<<40, uint8(2))
	f.Fuzz(func(t *testing.T, one, two string, output int, format uint8) {
		form := pick(format)
		h := head(one, 7)
		want := llm.Answer{
			Text: valid(one) + valid(two), Model: valid(one),
			Usage: llm.Usage{Input: 7, Output: max(output, 0)},
		}
		pieces, got, err := drain(form, bytes.NewReader(streamed(form, h, []string{one, two}, llm.StopEnd, want.Usage)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("streamed (-want +got):\n%s", diff)
		}
		if joined := strings.Join(pieces, ""); joined != want.Text {
			t.Errorf("pieces = %q, want %q", joined, want.Text)
		}
		got, err = form.DecodeAnswer(form.AppendAnswer(nil, h, llm.Answer{Text: one + two, Usage: want.Usage}))
		if err != nil {
			t.Fatal(err)
		}
		want.Text = valid(one + two) // halves of a character may have met
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("whole (-want +got):\n%s", diff)
		}
	})
}

// valid returns s as JSON can carry it: every byte that is not UTF-8 replaced.
func valid(s string) string {
	return string([]rune(s))
}

// FuzzReader: any bytes lead to an end, the same however they are split.
func FuzzReader(f *testing.F) {
	for _, form := range wire.Formats() {
		whole := streamed(form, head("m", 9), []string{"a", "b"}, llm.StopEnd, llm.Usage{Input: 9, Output: 2})
		f.Add(whole, uint8(form))
		f.Add(bytes.ReplaceAll(whole, []byte("\n"), []byte("\r")), uint8(form))
		f.Add(whole[:len(whole)/2], uint8(form))
	}
	f.Add([]byte("\ufeffdata: {}\n\n:\n\ndata\ndata\n\n"), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, format uint8) {
		form := pick(format)
		type result struct {
			Pieces []string
			Answer llm.Answer
			Err    string
		}
		read := func(r io.Reader) (out result) {
			var err error
			out.Pieces, out.Answer, err = drain(form, r)
			if err != nil {
				out.Err = err.Error()
			}
			return out
		}
		want := read(bytes.NewReader(data))
		if diff := cmp.Diff(want, read(iotest.OneByteReader(bytes.NewReader(data)))); diff != "" {
			t.Errorf("byte by byte (-whole +split):\n%s", diff)
		}
		if diff := cmp.Diff(want, read(iotest.HalfReader(bytes.NewReader(data)))); diff != "" {
			t.Errorf("by halves (-whole +split):\n%s", diff)
		}
	})
}

// FuzzDecodeAnswer: any body is an answer or a failure, and an answer that was
// read, written and read again stays what it is.
func FuzzDecodeAnswer(f *testing.F) {
	for _, form := range wire.Formats() {
		f.Add(form.AppendAnswer(nil, head("m", 9), llm.Answer{Text: "a", Usage: llm.Usage{Input: 9, Output: 2}}), uint8(form))
		f.Add(form.EncodeError(head("m", 9), &llm.Error{Kind: llm.Overloaded}).Body, uint8(form))
	}
	f.Add([]byte(`[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candidates":[{"finishReason":"STOP"}]}]`), uint8(2))
	f.Add([]byte(`{"status":"incomplete","incomplete_details":{"reason":"x"},"output":[{"type":"message","content":[null]}]}`), uint8(3))
	f.Fuzz(func(t *testing.T, body []byte, format uint8) {
		form := pick(format)
		first, err := form.DecodeAnswer(body)
		if err != nil {
			if e := llm.AsError(err); e.Kind == llm.Unknown || e.Status != http.StatusOK {
				t.Errorf("error = %+v", e)
			}
			return
		}
		again := form.AppendAnswer(nil, head(first.Model, first.Usage.Input), first)
		second, err := form.DecodeAnswer(again)
		if err != nil {
			t.Fatalf("%v in %s", err, again)
		}
		first.Usage.Estimated = second.Usage.Estimated // what was estimated is now said
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("answer (-first +second):\n%s", diff)
		}
	})
}

// FuzzDecodeRequest: a request that was read, written and read again stays what
// it is.
func FuzzDecodeRequest(f *testing.F) {
	for _, form := range wire.Formats() {
		_, body := form.EncodeRequest("m", &llm.Request{System: "s", Prompt: "p", MaxTokens: 5}, true)
		f.Add(body, uint8(form))
	}
	f.Add([]byte(`{"model":"m","max_tokens":1,"messages":[{"content":[{"type":"text","text":"x"}]}]}`), uint8(1))
	u, err := url.Parse("http://h/v1beta/models/m:streamGenerateContent?alt=sse")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, format uint8) {
		form := pick(format)
		first, err := form.DecodeRequest(u, body)
		if err != nil {
			if e := llm.AsError(err); e.Status != http.StatusBadRequest || e.Message == "" {
				t.Errorf("error = %+v", e)
			}
			return
		}
		_, again := form.EncodeRequest(first.Model, &first.Request, first.Stream)
		second, err := form.DecodeRequest(u, again)
		if err != nil {
			t.Fatalf("%v in %s", err, again)
		}
		second.Usage = first.Usage // our client always asks for it
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("request (-first +second):\n%s", diff)
		}
	})
}

// FuzzDecodeError: any response that is not 200 becomes a failure with a kind.
func FuzzDecodeError(f *testing.F) {
	for _, form := range wire.Formats() {
		r := form.EncodeError(head("m", 9), &llm.Error{Kind: llm.RateLimited, RetryAfter: llm.HintAfter(time.Second)})
		f.Add(r.Body, "1", uint16(429), uint8(form))
	}
	f.Add([]byte("[]"), "1e300", uint16(503), uint8(2))
	f.Add([]byte(`{"error":{}}`), "-5", uint16(599), uint8(0))
	f.Fuzz(func(t *testing.T, body []byte, retryAfter string, status uint16, format uint8) {
		code := 400 + int(status%200)
		e := pick(format).DecodeError(code, http.Header{"Retry-After": {retryAfter}}, body, noon)
		if e.Kind == llm.Unknown || e.Status != code || e.RetryAfter.After < 0 || len(e.Message) > 600 {
			t.Errorf("error = %+v", e)
		}
		if !e.RetryAfter.Given && e.RetryAfter.After != 0 {
			t.Errorf("a hint that was not given: %+v", e.RetryAfter)
		}
		if !utf8.ValidString(e.Message) {
			t.Errorf("message %q is not UTF-8", e.Message)
		}
	})
}
