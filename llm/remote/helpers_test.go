package remote_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// ask is what these tests ask; its prompt has three tokens by the estimate.
func ask() *llm.Request { return &llm.Request{ID: 4711, Prompt: "How are you", MaxTokens: 64} }

var (
	pieces = []string{"Quite", " well,", " thank", " you."}
	usage  = llm.Usage{Input: 9, Output: 4}
)

// serve starts a server on loopback for the time of the test and returns the
// model behind it.
func serve(t *testing.T, cfg remote.Config, h http.Handler) *remote.Model {
	t.Helper()
	s := httptest.NewServer(reading(h))
	t.Cleanup(s.Close)
	cfg.BaseURL = s.URL
	return newModel(t, cfg)
}

func newModel(t *testing.T, cfg remote.Config) *remote.Model {
	t.Helper()
	if cfg.Model == "" {
		cfg.Model = "the-model"
	}
	if cfg.Transport == nil {
		tr := remote.NewTransport()
		t.Cleanup(tr.CloseIdleConnections)
		cfg.Transport = tr
	}
	m, err := remote.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func head() wire.Head {
	return wire.Head{ID: "1", Model: "the-model-2026", Created: time.Unix(0, 0), Input: usage.Input, Usage: true}
}

// answers is a server that reads the request and answers it whole or streamed.
func answers(f wire.Format) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in, err := f.DecodeRequest(r.URL, body)
		if err != nil {
			write(w, f.EncodeError(head(), llm.AsError(err)))
			return
		}
		f.SetHeader(w.Header(), head(), in.Stream)
		if !in.Stream {
			w.Write(f.AppendAnswer(nil, head(), llm.Answer{Text: strings.Join(pieces, ""), Usage: usage}))
			return
		}
		s := begin(w, f, len(pieces))
		w.Write(s.AppendEnd(nil, llm.StopEnd, usage))
	}
}

// begin streams the first n pieces and flushes them.
func begin(w http.ResponseWriter, f wire.Format, n int) *wire.Stream {
	s := f.NewStream(head())
	w.Write(s.AppendStart(nil))
	for _, p := range pieces[:n] {
		w.Write(s.AppendPiece(nil, p))
		w.(http.Flusher).Flush()
	}
	w.(http.Flusher).Flush()
	return s
}

// reading is h behind a server that reads each body to its end first: only then
// does net/http notice that a client goes.
func reading(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, r)
	})
}

func write(w http.ResponseWriter, r wire.Response) {
	maps.Copy(w.Header(), r.Header)
	w.WriteHeader(r.Status)
	w.Write(r.Body)
}

// call calls the model once and counts first tokens.
func call(ctx context.Context, m *remote.Model) (ans llm.Answer, failure *llm.Error, tokens int) {
	var n atomic.Int32
	ans, err := m.Call(ctx, llm.Call{Request: ask(), FirstToken: func() { n.Add(1) }})
	return ans, llm.AsError(err), int(n.Load())
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// bubble returns a transport that reaches the handler without sockets, for tests
// on the fake clock.
func bubble(t *testing.T, h http.Handler) *http.Transport {
	t.Helper()
	tr := remote.NewTransport()
	tr.DialContext = mocktest.ServeInBubble(t, reading(h)).DialContext
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}
