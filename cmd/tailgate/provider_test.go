package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// serveProvider runs "provider KEY SCENARIO": it serves the scenario's models on a
// loopback socket, whose address goes into $PROVIDER, to whoever has the key.
func serveProvider(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: provider KEY SCENARIO")
	}
	sc, err := scenarios.Load(ts.MkAbs(args[1]))
	ts.Check(err)
	models, err := mockprovider.NewModels(sc.Mock(1, 1))
	ts.Check(err)
	mock := mockprovider.NewServer(models)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := wire.OpenAI
		if strings.HasSuffix(r.URL.Path, "/messages") {
			f = wire.Anthropic
		}
		key := f.Key(r.URL, r.Header)
		if key != args[0] {
			said := f.EncodeError(wire.Head{}, &llm.Error{Kind: llm.Auth, Message: "there is no key " + key})
			w.WriteHeader(said.Status)
			_, _ = w.Write(said.Body)
			return
		}
		mock.ServeHTTP(w, r)
	}))
	ts.Defer(s.Close)
	ts.Setenv("PROVIDER", s.URL)
}

// expandFile runs "expand FILE": it fills in the variables that the file names.
func expandFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
