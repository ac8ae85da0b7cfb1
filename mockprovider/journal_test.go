package mockprovider_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// journaled serves model "m" under the fault, and asks it once: the client
// leaves after patience. It returns what the journal has.
func journaled(t *testing.T, stream bool, f fault.Fault, patience time.Duration) mockprovider.Entry {
	t.Helper()
	s := steady("m")
	s.Price = llm.Price{Output: 1_000_000} // a dollar a token
	c := mockprovider.Config{Models: []mockprovider.Settings{s}}
	if f != nil {
		c.Faults = []fault.Window{{Fault: f}}
	}
	server := mockprovider.NewServer(models(t, c))
	server.Journal = mockprovider.NewJournal(5)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	serveHandler(t, server).ask(ctx, wire.OpenAI, stream, &llm.Request{ID: 7, Prompt: "hi"})
	synctest.Wait()
	all := server.Journal.Entries(0)
	if len(all) != 1 {
		t.Fatalf("%d entries, want 1", len(all))
	}
	return all[0]
}

// The journal says what was planned, whether the client left, and what it costs.
func TestServer_Journal(t *testing.T) {
	t.Parallel()
	hint := 2.0
	for name, c := range map[string]struct {
		stream   bool
		fault    fault.Fault
		patience time.Duration
		want     mockprovider.Entry
	}{
		"a whole answer": {false, nil, time.Minute, mockprovider.Entry{End: "complete", Lasted: 0.2, Produced: 11}},
		"a stream":       {true, nil, time.Minute, mockprovider.Entry{End: "complete", Lasted: 0.2, Produced: 11}},
		"left in the stream": {true, nil, 125 * ms, mockprovider.Entry{
			End: "complete", Lasted: 0.125, Produced: 3, Cancelled: true,
		}},
		"left before the first token": {true, nil, 50 * ms, mockprovider.Entry{
			End: "complete", Lasted: 0.05, Cancelled: true,
		}},
		"left a hang": {true, fault.Hang{AfterTokens: 4}, time.Second, mockprovider.Entry{
			End: "hang", Lasted: 1, Produced: 4, Cancelled: true,
		}},
		"an error": {false, fault.Status{Code: 429, After: 10 * ms, RetryAfter: llm.HintAfter(2 * time.Second)}, time.Minute, mockprovider.Entry{
			End: "fail", Lasted: 0.01, Failure: llm.RateLimited, Status: 429, RetryAfter: &hint,
		}},
		"an error that stays": {false, fault.Status{Code: 401, After: 10 * ms}, time.Minute, mockprovider.Entry{
			End: "fail", Lasted: 0.01, Failure: llm.Auth, Status: 401, Permanent: true,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := journaled(t, c.stream, c.fault, c.patience)
				c.want.Seq, c.want.Model, c.want.Request, c.want.Traced = 1, "m", 7, true
				c.want.Prompt, c.want.Stream, c.want.Done = draw.Hash("hi"), c.stream, true
				c.want.Cost = float64(c.want.Produced)
				ignore := cmpopts.IgnoreFields(mockprovider.Entry{}, "At", "Faults", "Bytes", "Wait", "FirstToken", "Gap", "Input", "Tokens")
				if diff := cmp.Diff(c.want, got, ignore, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
					t.Error(diff)
				}
				if spoke := got.End == "fail" || got.Lasted > 0.1; (got.Bytes > 0) != spoke {
					t.Errorf("%d bytes", got.Bytes)
				}
			})
		})
	}
}

// A request that no model is asked for is in the journal, too.
func TestServer_JournalRejects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{steady("other")}}))
		server.Journal = mockprovider.NewJournal(5)
		serveHandler(t, server).ask(t.Context(), wire.Anthropic, false, &llm.Request{Prompt: "hi"})
		synctest.Wait()
		e := server.Journal.Entries(0)[0]
		if e.Model != "m" || e.Status != 404 || e.Failure != llm.NotFound || !e.Permanent || !e.Done || e.Bytes == 0 {
			t.Errorf("%+v", e)
		}
	})
}

// The journal holds the last entries, counts all, and forgets on reset.
func TestJournal_Ring(t *testing.T) {
	t.Parallel()
	j := mockprovider.NewJournal(3)
	first := mockprovider.Entry{Model: "m", End: "complete"}
	j.Begin(&first)
	for range 4 {
		e := mockprovider.Entry{Model: "m", End: "fail"}
		j.Begin(&e)
		j.Finish(&e)
	}
	seqs := func(after uint64) (all []uint64) {
		for _, e := range j.Entries(after) {
			all = append(all, e.Seq)
		}
		return all
	}
	if diff := cmp.Diff([]uint64{3, 4, 5}, seqs(0)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint64{5}, seqs(4)); diff != "" {
		t.Error(diff)
	}
	want := map[string]mockprovider.Counters{"m": {Attempts: 5, InFlight: 1, Failed: 4}}
	if diff := cmp.Diff(want, j.Counters()); diff != "" {
		t.Error(diff)
	}
	j.Reset()
	j.Finish(&first) // began before
	if len(j.Entries(0)) != 0 || len(j.Counters()) != 0 {
		t.Errorf("after a reset there are %v, %v", j.Entries(0), j.Counters())
	}
}

// TestServer_inventedModels: clients may ask for any name. The mock keeps no more
// than a thousand of them, none of which is long, and goes on counting its own
// models by theirs.
func TestServer_inventedModels(t *testing.T) {
	t.Parallel()
	server := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	server.Journal = mockprovider.NewJournal(3)
	ask := func(model string) {
		body := `{"model":"` + model + `","messages":[{"role":"user","content":"hi"}]}`
		r := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
		server.ServeHTTP(httptest.NewRecorder(), r)
	}
	for i := range 1500 {
		ask(strconv.Itoa(i))
	}
	ask(strings.Repeat("x", 201))
	if e := server.Journal.Entries(0)[2]; e.Model != mockprovider.OtherModels {
		t.Errorf("an entry has a model's name of %d bytes", len(e.Model))
	}
	ask("m")
	counters := server.Journal.Counters()
	if n := len(counters); n > 1002 {
		t.Errorf("%d models are counted by name", n)
	}
	if counters["m"].Complete != 1 || counters[mockprovider.OtherModels].Attempts != 501 {
		t.Errorf("counted are %+v and %+v", counters["m"], counters[mockprovider.OtherModels])
	}
}
