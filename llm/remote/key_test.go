package remote_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// TestKeyInMessage: a server that repeats the key does not get it into our
// errors.
func TestKeyInMessage(t *testing.T) {
	t.Parallel()
	const key = "sk-0123456789"
	m := serve(t, remote.Config{Key: key}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		presented := wire.OpenAI.Key(r.URL, r.Header)
		write(w, wire.OpenAI.EncodeError(head(), &llm.Error{Kind: llm.Auth, Message: "Incorrect key: " + presented + "."}))
	}))
	_, failure, _ := call(t.Context(), m)
	if failure == nil || failure.Message != "Incorrect key: [key]." {
		t.Errorf("failure = %v", failure)
	}
}

// TestKeyInCause: nor does one that repeats it where net/http quotes what it could
// not read.
func TestKeyInCause(t *testing.T) {
	t.Parallel()
	const key = "sk-0123456789"
	m := serve(t, remote.Config{Key: key}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 401 Unauthorized\r\nno key %s\r\n\r\n", key)
	}))
	_, failure, _ := call(t.Context(), m)
	if failure == nil || !strings.Contains(failure.Error(), "no key [key]") || strings.Contains(fmt.Sprint(failure.Cause), key) {
		t.Errorf("failure = %v", failure)
	}
}

// TestKeyInAnswer: an answer that repeats the key does not get it into a trace.
func TestKeyInAnswer(t *testing.T) {
	t.Parallel()
	const key = "sk-0123456789"
	for way, whole := range map[string]bool{"stream": false, "whole": true} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			m := serve(t, remote.Config{Key: key, Whole: whole}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				named := head()
				named.Model = key
				if whole {
					w.Header().Set("Content-Type", "application/json")
					w.Write(wire.OpenAI.AppendAnswer(nil, named, llm.Answer{Text: "It is " + key, Usage: usage}))
					return
				}
				s := wire.OpenAI.NewStream(named)
				w.Write(s.AppendEnd(s.AppendPiece(s.AppendStart(nil), "It is "+key), llm.StopEnd, usage))
			}))
			ans, failure, _ := call(t.Context(), m)
			if failure != nil || ans.Text != "It is [key]" || ans.Model != "[key]" {
				t.Errorf("answer %q of %q, failure %v", ans.Text, ans.Model, failure)
			}
		})
	}
}
