// Package mocktest gives a Go test a running mock of model providers with one
// line, and a verdict on the client that it tests.
//
//	srv := mocktest.Start(t, mockprovider.Config{
//		Seed:   1,
//		Models: mockprovider.Presets(),
//		Faults: []fault.Window{{Name: "storm", Fault: fault.Status{Code: 429, RetryAfter: llm.HintAfter(time.Second)}}},
//	})
//	client := openai.New(srv.URL)
//	... // let the client work
//	srv.Verdict(t, mocktest.Rules{})
//
// The verdict comes from the server's journal, so it holds for any client in any
// language that was pointed at it. A test that fails says which seed the weather
// had. Give each request a prompt of its own (or the header
// X-Tailgate-Request): that is how tries at the same question are told.
//
// Inside [testing/synctest] [StartInBubble] stands in for [Start]: there a
// client's waits take no time.
package mocktest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

// Server is a mock that runs until the end of a test. It is safe for concurrent
// use.
type Server struct {
	// URL is where it is, such as "http://127.0.0.1:1234".
	URL string
	// Journal has every attempt of the test, up to a million.
	Journal *mockprovider.Journal
	// Models are the models.
	Models []*mockprovider.Model

	client *http.Client
}

// remembered is how many attempts a journal keeps.
const remembered = 1_000_000

// Start serves the models of c on a loopback address until the test ends; it
// fails the test at once if c is wrong. If the test fails, it logs the seed.
func Start(tb testing.TB, c mockprovider.Config) *Server {
	tb.Helper()
	models, handler := build(tb, c)
	s := httptest.NewServer(handler)
	tb.Cleanup(func() {
		s.CloseClientConnections() // of those that hang
		s.Close()
		logSeed(tb, c)
	})
	return &Server{URL: s.URL, Journal: handler.Journal, Models: models, client: s.Client()}
}

// build makes the models of c and their handler.
func build(tb testing.TB, c mockprovider.Config) ([]*mockprovider.Model, *mockprovider.Server) {
	tb.Helper()
	models, err := mockprovider.NewModels(c)
	if err != nil {
		tb.Fatal(err)
	}
	handler := mockprovider.NewServer(models)
	handler.Journal = mockprovider.NewJournal(remembered)
	return models, handler
}

// logSeed says what a test that failed needs to meet the same weather again.
func logSeed(tb testing.TB, c mockprovider.Config) {
	tb.Helper()
	if tb.Failed() {
		tb.Logf("mocktest: the weather had seed %d", c.Seed)
	}
}

// Client returns an HTTP client for the server whose connections end with it.
func (s *Server) Client() *http.Client { return s.client }

// Verdict reports what the client did wrong so far, as the rules say, each as an
// error of the test, and returns it. Call it when the client is done: it waits
// for attempts still under way, but not longer than a loser's grace.
func (s *Server) Verdict(tb testing.TB, rules Rules) []Finding {
	tb.Helper()
	s.settle(rules.grace())
	found := Judge(s.Journal.Entries(0), time.Now(), rules)
	for _, f := range found {
		tb.Errorf("mocktest: %s", f)
	}
	return found
}

// settle waits until no attempt is under way, a little longer than the given
// time at most.
func (s *Server) settle(most time.Duration) {
	const step = 5 * time.Millisecond
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	for waited := time.Duration(0); waited <= most+step && s.busy(); waited += step {
		<-ticker.C
	}
}

func (s *Server) busy() bool {
	for _, c := range s.Journal.Counters() {
		if c.InFlight > 0 {
			return true
		}
	}
	return false
}
