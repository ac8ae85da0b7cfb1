package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// TestEncodeReason: what the vendors say for each reason, and that a client takes
// it for the kind of failure that the reason stands for.
func TestEncodeReason(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			for _, why := range llm.Reasons() {
				e := &llm.Error{Kind: why.Kind(), Reason: why, Status: 429, RetryAfter: llm.HintAfter(36 * time.Second), Override: llm.ForbidRetry}
				r := f.EncodeError(head("the-model", 9), e)
				golden(t, "TestEncodeReason", fmt.Sprintf("%v-%s.http", f, why), message("HTTP/1.1 429", r.Header, r.Body))
				got := f.DecodeError(r.Status, r.Header, r.Body, noon)
				if got.Kind != why.Kind() || got.RetryAfter != e.RetryAfter || got.Override != e.Override {
					t.Errorf("%s reads as %+v", why, got)
				}
			}
		})
	}
}

// TestEncodePage: a gateway's page says its status, and HTTP the rest.
func TestEncodePage(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		for _, status := range []int{500, 502, 503, 529} {
			e := &llm.Error{Status: status, RetryAfter: llm.HintAfter(9 * time.Second), Override: llm.ForceRetry}
			r := f.EncodePage(head("m", 1), e)
			got := f.DecodeError(r.Status, r.Header, r.Body, noon)
			if got.Kind != wire.KindOf(status) || got.RetryAfter != e.RetryAfter || got.Override != e.Override {
				t.Errorf("%v: %d reads as %+v", f, status, got)
			}
			if !bytes.HasPrefix(bytes.ToLower(r.Body), []byte("<")) || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%v: %d is no page: %s", f, status, r.Body)
			}
		}
	}
}

// odd is an answer and what a client is to make of it.
type odd struct {
	text  string
	stop  llm.Stop
	usage llm.Usage
	kind  llm.Kind // of failure; unknown for none
	want  llm.Usage
}

func (c odd) check(t *testing.T, way string, ans llm.Answer, err error) {
	t.Helper()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if c.want.Estimated {
		ans.Usage.Input = 0 // some streams name it at their start
	}
	if kindOf(err) != c.kind || ans.Text != c.text || ans.Usage != c.want {
		t.Errorf("%s: %+v, %v", way, ans, err)
	}
}

// TestEncodeOdd: answers that are whole and yet not what was asked for, in the
// vendors' shapes, and what a client makes of them.
func TestEncodeOdd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]odd{
		"refused":   {"I cannot help.", llm.StopRefused, llm.Usage{Input: 9, Output: 4}, llm.RefusedContent, llm.Usage{Input: 9, Output: 4}},
		"empty":     {"", llm.StopEnd, llm.Usage{Input: 9}, llm.Unknown, llm.Usage{Input: 9}},
		"uncounted": {"Sixteen letters.", llm.StopEnd, llm.Usage{Input: 9, Output: 7, Estimated: true}, llm.Unknown, llm.Usage{Output: 4, Estimated: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range wire.Formats() {
				var pieces []string
				if c.text != "" {
					pieces = []string{c.text}
				}
				h := head("the-model", 9)
				stream := streamed(f, h, pieces, c.stop, c.usage)
				golden(t, "TestEncodeOdd", fmt.Sprintf("%v-%s-stream.http", f, name), stream)
				_, ans, err := drain(f, bytes.NewReader(stream))
				c.check(t, f.String()+" stream", ans, err)
				body := f.AppendAnswer(nil, h, llm.Answer{Text: c.text, Stop: c.stop, Usage: c.usage})
				golden(t, "TestEncodeOdd", fmt.Sprintf("%v-%s-answer.http", f, name), body)
				ans, err = f.DecodeAnswer(body)
				c.check(t, f.String(), ans, err)
			}
		})
	}
}
