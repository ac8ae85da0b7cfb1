package remote_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	want := llm.Answer{Text: strings.Join(pieces, ""), Model: "the-model-2026", Usage: usage}
	for _, f := range wire.Formats() {
		for name, whole := range map[string]bool{"stream": false, "whole": true} {
			t.Run(f.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				m := serve(t, remote.Config{Format: f, Whole: whole}, answers(f))
				ans, failure, tokens := call(t.Context(), m)
				if failure != nil || tokens != 1 {
					t.Errorf("failure = %v, %d first tokens", failure, tokens)
				}
				if diff := cmp.Diff(want, ans); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				if _, err := m.Call(t.Context(), llm.Call{Request: ask()}); err != nil {
					t.Errorf("without FirstToken: %v", err)
				}
			})
		}
	}
}

// TestErrorResponses: what servers say becomes a failure of the right kind, and
// costs nothing.
func TestErrorResponses(t *testing.T) {
	t.Parallel()
	kinds := []llm.Kind{
		llm.RateLimited, llm.Overloaded, llm.ServerError, llm.InvalidRequest, llm.Auth, llm.NotFound,
		llm.QuotaExhausted, llm.ContextTooLong, llm.Timeout,
	}
	for _, f := range wire.Formats() {
		for _, kind := range kinds {
			t.Run(f.String()+" "+kind.String(), func(t *testing.T) {
				t.Parallel()
				told := &llm.Error{Kind: kind, RetryAfter: llm.HintAfter(7 * time.Second), Override: llm.ForbidRetry}
				m := serve(t, remote.Config{Format: f}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					write(w, f.EncodeError(head(), told))
				}))
				ans, failure, tokens := call(t.Context(), m)
				if failure == nil || failure.Kind != kind || failure.RetryAfter != told.RetryAfter || tokens != 0 {
					t.Errorf("failure = %+v, %d first tokens", failure, tokens)
				}
				if f != wire.Gemini && failure.Retryable() { // Gemini has no word for it
					t.Error("the server forbade to retry")
				}
				if diff := cmp.Diff(llm.Answer{Model: "the-model"}, ans); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestBrokenStreams: each way in which a stream may break off has its own kind,
// and what had arrived is billed by estimate.
func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end  func(w http.ResponseWriter, s *wire.Stream)
		want llm.Kind
	}{
		"clean end":        {func(http.ResponseWriter, *wire.Stream) {}, llm.Truncated},
		"connection reset": {func(http.ResponseWriter, *wire.Stream) { panic(http.ErrAbortHandler) }, llm.Connection},
		"error in the stream": {func(w http.ResponseWriter, s *wire.Stream) {
			w.Write(s.AppendError(nil, &llm.Error{Kind: llm.Overloaded}))
		}, llm.InStreamError},
		"cut in an event": {func(w http.ResponseWriter, s *wire.Stream) {
			event := s.AppendPiece(nil, "lost")
			w.Write(event[:len(event)-5])
		}, llm.Truncated},
		"not an event": {func(w http.ResponseWriter, _ *wire.Stream) { w.Write([]byte("data: {\n\n")) }, llm.Malformed},
	}
	for _, f := range wire.Formats() {
		for name, tt := range tests {
			t.Run(f.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				m := serve(t, remote.Config{Format: f}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					tt.end(w, begin(w, f, 2))
				}))
				ans, failure, tokens := call(t.Context(), m)
				if failure == nil || failure.Kind != tt.want || tokens != 1 {
					t.Errorf("failure = %v, %d first tokens", failure, tokens)
				}
				if ans.Text != "Quite well," || ans.Usage.Output != 3 || !ans.Usage.Estimated {
					t.Errorf("what had arrived = %+v", ans)
				}
				if want := inputOf(f); ans.Usage.Input != want {
					t.Errorf("input = %d tokens, want %d", ans.Usage.Input, want)
				}
			})
		}
	}
}

// inputOf returns the prompt's tokens as a client knows them in the middle of a
// stream: OpenAI tells them only at the end, so they are estimated.
func inputOf(f wire.Format) int {
	if f == wire.OpenAI || f == wire.OpenAIResponses {
		return llm.EstimateTokens(ask().Prompt)
	}
	return usage.Input
}

func TestBrokenWhole(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		serve http.HandlerFunc
		want  llm.Kind
	}{
		"empty":   {func(http.ResponseWriter, *http.Request) {}, llm.Malformed},
		"garbled": {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"choices":[{"mess`)) }, llm.Malformed},
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte(`{"choices":[{"mess`))
		}, llm.Connection},
		"no reason to stop": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"choices":[{"message":{"content":"x"}}]}`))
		}, llm.Truncated},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ans, failure, _ := call(t.Context(), serve(t, remote.Config{Whole: true}, tt.serve))
			if failure == nil || failure.Kind != tt.want {
				t.Errorf("failure = %v, want %v", failure, tt.want)
			}
			if ans.Usage.Input != 3 || !ans.Usage.Estimated {
				t.Errorf("usage = %+v", ans.Usage)
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	ans, failure, _ := call(t.Context(), newModel(t, remote.Config{BaseURL: s.URL, Key: "sk-secret"}))
	if failure == nil || failure.Kind != llm.Connection || ans.Usage != (llm.Usage{}) {
		t.Errorf("failure = %v, usage = %+v", failure, ans.Usage)
	}
	if strings.Contains(failure.Error(), s.URL) {
		t.Errorf("the error repeats the URL: %v", failure)
	}
}

// TestResetBeforeHeaders: the connection breaks before a byte came back. It is
// not tried again behind our back, and costs nothing.
func TestResetBeforeHeaders(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	m := serve(t, remote.Config{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		seen.Add(1)
		panic(http.ErrAbortHandler)
	}))
	for n := range int32(3) {
		ans, failure, _ := call(t.Context(), m)
		if failure == nil || failure.Kind != llm.Connection || ans.Usage != (llm.Usage{}) {
			t.Errorf("failure = %v, usage = %+v", failure, ans.Usage)
		}
		if got := seen.Load(); got != n+1 {
			t.Errorf("the server saw %d requests for %d calls", got, n+1)
		}
	}
}

// TestRedirectIsNotFollowed: the key goes nowhere else, and the failure says where
// to look, without what may be a secret.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	const key = "sk-0123456789"
	for name, c := range map[string]struct{ to, said string }{
		"elsewhere":       {"https://u:p@elsewhere.test/v1?key=secret#part", "the address redirects to https://elsewhere.test/v1, which is not followed"},
		"on the same one": {"/v2/chat", "the address redirects to HERE/v2/chat, which is not followed"},
		"with the key":    {"/" + key, "the address redirects to HERE/[key], which is not followed"},
		"nowhere":         {"", "Temporary Redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var host string
			var seen atomic.Int32
			m := serve(t, remote.Config{Key: key}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				host = "http://" + r.Host
				w.Header()["Location"] = []string{c.to}
				w.WriteHeader(http.StatusTemporaryRedirect)
			}))
			_, failure, _ := call(t.Context(), m)
			want := strings.ReplaceAll(c.said, "HERE", host)
			if failure == nil || failure.Kind != llm.InvalidRequest || failure.Message != want || seen.Load() != 1 {
				t.Errorf("failure = %v, want %q; %d requests", failure, want, seen.Load())
			}
		})
	}
}

func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	for name, whole := range map[string]bool{"stream": false, "whole": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, failure, _ := call(t.Context(), serve(t, remote.Config{Whole: whole, MaxBody: 100}, answers(wire.OpenAI)))
			if failure == nil || failure.Kind != llm.Malformed {
				t.Errorf("failure = %v", failure)
			}
		})
	}
}

// TestConnectionsAreKept: calls one after the other share one connection,
// whatever came of them, as long as their bodies came to an end.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			var opened, calls atomic.Int32
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1)%2 == 0 {
					write(w, f.EncodeError(head(), &llm.Error{Kind: llm.Overloaded}))
					return
				}
				answers(f)(w, r)
			}))
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			s.Start()
			t.Cleanup(s.Close)
			m := newModel(t, remote.Config{Format: f, BaseURL: s.URL})
			for range 6 {
				call(t.Context(), m)
			}
			if got := opened.Load(); got != 1 {
				t.Errorf("%d connections", got)
			}
		})
	}
}

// TestCancel: when the caller gives up in the middle of a stream, the call
// returns with what had arrived, and the server sees the client go.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			gone := make(chan struct{})
			m := serve(t, remote.Config{Format: f}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				begin(w, f, 1)
				<-r.Context().Done()
				close(gone)
			}))
			ctx, cancel := context.WithCancel(t.Context())
			ans, err := m.Call(ctx, llm.Call{Request: ask(), FirstToken: cancel})
			if failure := llm.AsError(err); failure == nil || failure.Kind != llm.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("failure = %v", failure)
			}
			if ans.Text != "Quite" || ans.Usage != (llm.Usage{Input: inputOf(f), Output: 2, Estimated: true}) {
				t.Errorf("what had arrived = %+v", ans)
			}
			<-gone
		})
	}
}

// TestDeadline: a server that stalls is left at the deadline and not later,
// whether it had begun to speak or not, and the prompt is billed.
func TestDeadline(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stall func(w http.ResponseWriter)
		want  llm.Usage
	}{
		"before headers": {func(http.ResponseWriter) {}, llm.Usage{Input: 3, Estimated: true}},
		"after headers":  {func(w http.ResponseWriter) { w.(http.Flusher).Flush() }, llm.Usage{Input: 3, Estimated: true}},
		"after a token":  {func(w http.ResponseWriter) { begin(w, wire.OpenAI, 1) }, llm.Usage{Input: 3, Output: 2, Estimated: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := bubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tt.stall(w)
					<-r.Context().Done()
				}))
				m := newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr})
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				began := time.Now()
				ans, failure, _ := call(ctx, m)
				if took := time.Since(began); took != 30*time.Second {
					t.Errorf("took %v", took)
				}
				if failure == nil || failure.Kind != llm.Timeout || !errors.Is(failure, context.DeadlineExceeded) {
					t.Errorf("failure = %v", failure)
				}
				if diff := cmp.Diff(tt.want, ans.Usage); diff != "" {
					t.Errorf("usage (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestLeftBeforeSending: a call that is given up before its request went out
// costs nothing, and a deadline that passes while dialling is a timeout, not a
// host out of reach.
func TestLeftBeforeSending(t *testing.T) {
	t.Parallel()
	for _, want := range []llm.Kind{llm.Canceled, llm.Timeout} {
		t.Run(want.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				tr := remote.NewTransport()
				tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
					if want == llm.Canceled {
						cancel()
					}
					time.Sleep(time.Second)
					return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
				}
				ans, failure, _ := call(ctx, newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr}))
				if failure == nil || failure.Kind != want || ans.Usage != (llm.Usage{}) {
					t.Errorf("failure = %v, usage = %+v", failure, ans.Usage)
				}
				time.Sleep(time.Second) // a transport dials on for the next request
			})
		})
	}
}

// TestDialTimeout: a host that does not answer in the transport's time is out
// of reach.
func TestDialTimeout(t *testing.T) {
	t.Parallel()
	tr := remote.NewTransport()
	tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	}
	_, failure, _ := call(t.Context(), newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr}))
	if failure == nil || failure.Kind != llm.Connection {
		t.Errorf("failure = %v", failure)
	}
}

// TestLingeringServer: a server that has said everything but does not end the
// body costs no more than a moment, and no goroutine stays behind. Gemini's has
// not said everything before.
func TestLingeringServer(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := bubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					answers(f)(w, r)
					w.(http.Flusher).Flush()
					<-r.Context().Done()
				}))
				m := newModel(t, remote.Config{
					Format: f, BaseURL: "http://mock", Transport: tr, Timeouts: remote.Timeouts{Idle: 50 * time.Millisecond},
				})
				began := time.Now()
				ans, failure, _ := call(t.Context(), m)
				if endless := failure != nil && failure.Kind == llm.Timeout; endless != (f == wire.Gemini) || ans.Usage != usage {
					t.Errorf("failure = %v, answer = %+v", failure, ans)
				}
				if took := time.Since(began); took != 50*time.Millisecond {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// TestFirstTokenTime: the first token is told when it arrives, not when the
// answer is complete.
func TestFirstTokenTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := bubble(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(2 * time.Second)
			s := begin(w, wire.Anthropic, 1)
			time.Sleep(3 * time.Second)
			w.Write(s.AppendEnd(nil, llm.StopEnd, usage))
		}))
		m := newModel(t, remote.Config{Format: wire.Anthropic, BaseURL: "http://mock", Transport: tr})
		began := time.Now()
		var spoke time.Duration
		_, err := m.Call(t.Context(), llm.Call{Request: ask(), FirstToken: func() { spoke = time.Since(began) }})
		if err != nil || spoke != 2*time.Second || time.Since(began) != 5*time.Second {
			t.Errorf("err = %v, spoke after %v, took %v", err, spoke, time.Since(began))
		}
	})
}

// TestTransportTimeout: a limit of the transport's own is a timeout too.
func TestTransportTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := bubble(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		tr.ResponseHeaderTimeout = time.Second
		m := newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr})
		if _, failure, _ := call(t.Context(), m); failure == nil || failure.Kind != llm.Timeout {
			t.Errorf("failure = %v", failure)
		}
	})
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	m := serve(t, remote.Config{Format: wire.Gemini, Trace: true}, answers(wire.Gemini))
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			if ans, failure, _ := call(t.Context(), m); failure != nil || ans.Usage != usage {
				t.Errorf("failure = %v, answer = %+v", failure, ans)
			}
		})
	}
	calls.Wait()
}
