package mocktest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

var t0 = time.Unix(0, 0)

// entry is an attempt at model "m" that begins and ends at the given seconds.
func entry(from, to float64, end string) mockprovider.Entry {
	return mockprovider.Entry{
		At: t0.Add(time.Duration(from * float64(time.Second))), Model: "m", End: end, Prompt: draw.Hash("p"),
		Done: true, Lasted: to - from, Wait: to - from,
	}
}

// with returns the entry with a change.
func with(e mockprovider.Entry, change func(*mockprovider.Entry)) mockprovider.Entry {
	change(&e)
	return e
}

func wait(s float64) func(*mockprovider.Entry) {
	return func(e *mockprovider.Entry) { e.RetryAfter = &s }
}

// queued makes the given time of the attempt one of waiting for a place.
func queued(s float64) func(*mockprovider.Entry) {
	return func(e *mockprovider.Entry) { e.Queued, e.Wait = s, e.Wait-s }
}

func elsewhere(e *mockprovider.Entry) { e.Model = "n" }

func permanent(e *mockprovider.Entry)             { e.Permanent = true }
func cancelled(e *mockprovider.Entry)             { e.Cancelled = true }
func broken(e *mockprovider.Entry)                { e.Broken = true }
func underWay(e *mockprovider.Entry)              { e.Done, e.Lasted = false, 0 }
func another(e *mockprovider.Entry)               { e.Prompt = draw.Hash("q") }
func costing(c float64) func(*mockprovider.Entry) { return func(e *mockprovider.Entry) { e.Cost = c } }

func TestJudge(t *testing.T) {
	t.Parallel()
	refused := with(entry(0, 1, "fail"), wait(2))
	storm := []mockprovider.Entry{}
	for i := range 6 {
		storm = append(storm, entry(float64(2*i), float64(2*i+1), "reset"))
	}
	answered := []mockprovider.Entry{refused}
	for i := range 7 {
		answered = append(answered, entry(float64(3+2*i), float64(4+2*i), "complete"))
	}
	type entries = []mockprovider.Entry
	for name, c := range map[string]struct {
		entries entries
		rules   mocktest.Rules
		want    []mocktest.Fault
	}{
		"one answer":                 {entries{entry(0, 1, "complete")}, mocktest.Rules{}, nil},
		"retried in time":            {entries{refused, entry(3, 4, "complete")}, mocktest.Rules{}, nil},
		"retried too early":          {entries{refused, entry(2.9, 4, "complete")}, mocktest.Rules{}, []mocktest.Fault{mocktest.IgnoredRetryAfter}},
		"allowed":                    {entries{refused, entry(2.9, 4, "complete")}, mocktest.Rules{Allow: []mocktest.Fault{mocktest.IgnoredRetryAfter}}, nil},
		"another question":           {entries{refused, with(entry(2, 4, "complete"), another)}, mocktest.Rules{}, nil},
		"another model":              {entries{refused, with(entry(1, 4, "complete"), elsewhere)}, mocktest.Rules{}, nil},
		"a hedge before the refusal": {entries{refused, entry(0.5, 4, "complete")}, mocktest.Rules{}, nil},
		"permanent":                  {entries{with(entry(0, 1, "fail"), permanent), entry(9, 10, "complete")}, mocktest.Rules{}, []mocktest.Fault{mocktest.RetriedPermanent}},
		"asked before, served after": {entries{with(entry(0, 1, "fail"), permanent), with(entry(0.5, 9, "complete"), queued(2))}, mocktest.Rules{}, nil},
		"refused after a queue":      {entries{with(with(entry(0, 3, "fail"), wait(2)), queued(2)), entry(4.9, 6, "complete")}, mocktest.Rules{}, []mocktest.Fault{mocktest.IgnoredRetryAfter}},
		"permanent, then a fallback": {entries{with(entry(0, 1, "fail"), permanent), with(entry(1, 2, "complete"), elsewhere)}, mocktest.Rules{}, nil},
		"four retries":               {storm[:5], mocktest.Rules{}, nil},
		"asked again when answered":  {answered, mocktest.Rules{}, nil},
		"five retries":               {storm, mocktest.Rules{}, []mocktest.Fault{mocktest.RetryStorm}},
		"a retry where none may be":  {storm[:2], mocktest.Rules{MaxRetries: -1}, []mocktest.Fault{mocktest.RetryStorm}},
		"a loser cancelled":          {entries{entry(0, 1, "complete"), with(entry(0, 1.1, "complete"), elsewhere)}, mocktest.Rules{}, nil},
		"a loser that went on":       {entries{entry(0, 1, "complete"), with(entry(0, 2, "complete"), elsewhere)}, mocktest.Rules{}, []mocktest.Fault{mocktest.LoserNotCancelled}},
		"a loser cancelled late":     {entries{entry(0, 1, "complete"), with(with(entry(0, 2, "complete"), elsewhere), cancelled)}, mocktest.Rules{}, nil},
		"a loser that hangs":         {entries{entry(0, 1, "complete"), with(with(entry(0, 0, "hang"), elsewhere), underWay)}, mocktest.Rules{}, []mocktest.Fault{mocktest.LoserNotCancelled}},
		"the second answer first":    {entries{entry(0, 2, "complete"), with(entry(0.5, 1, "complete"), elsewhere)}, mocktest.Rules{}, []mocktest.Fault{mocktest.LoserNotCancelled}},
		"asked again afterwards":     {entries{entry(0, 1, "complete"), entry(1, 2, "complete")}, mocktest.Rules{}, nil},
		"accepted a part":            {entries{entry(0, 1, "eof")}, mocktest.Rules{Accepted: []string{"p"}}, []mocktest.Fault{mocktest.AcceptedBroken}},
		"accepted the second try":    {entries{entry(0, 1, "eof"), entry(2, 3, "complete")}, mocktest.Rules{Accepted: []string{"p"}}, nil},
		"accepted what broke off":    {entries{with(entry(0, 1, "complete"), broken)}, mocktest.Rules{Accepted: []string{"p"}}, []mocktest.Fault{mocktest.AcceptedBroken}},
		"within the budget":          {entries{with(entry(0, 1, "complete"), costing(0.5))}, mocktest.Rules{Budget: 0.5}, nil},
		"beyond the budget":          {entries{with(entry(0, 1, "complete"), costing(0.6))}, mocktest.Rules{Budget: 0.5}, []mocktest.Fault{mocktest.ExceededBudget}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			numbered := slices.Clone(c.entries)
			for i := range numbered {
				numbered[i].Seq = uint64(i + 1)
			}
			var got []mocktest.Fault
			for _, f := range mocktest.Judge(numbered, t0.Add(time.Minute), c.rules) {
				got = append(got, f.Fault)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// recorder is a test that is watched instead of failed.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	errors   int
	logs     []string
	cleanups []func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(string, ...any) { r.errors++ }
func (r *recorder) Failed() bool          { return r.errors > 0 }
func (r *recorder) Logf(f string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logs = append(r.logs, fmt.Sprintf(f, args...))
}

// fast answers at once.
func fast(name string) mockprovider.Settings {
	return mockprovider.Settings{Name: name, Latency: draw.Constant(time.Microsecond)}
}

// ask asks the model "m" of the server and reads the response.
func ask(ctx context.Context, srv *mocktest.Server, prompt string) { askModel(ctx, srv, "m", prompt) }

func askModel(ctx context.Context, srv *mocktest.Server, model, prompt string) {
	body := `{"model":"` + model + `","messages":[{"role":"user","content":"` + prompt + `"}]}`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return
	}
	res, err := srv.Client().Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
}

// A client that hammers a limited model is found out, and the seed is said.
func TestVerdict(t *testing.T) {
	t.Parallel()
	watched := &recorder{TB: t}
	srv := mocktest.Start(watched, mockprovider.Config{
		Seed: 42, Models: []mockprovider.Settings{fast("m")},
		Faults: []fault.Window{{Fault: fault.Status{Code: 429, RetryAfter: llm.HintAfter(time.Hour)}}},
	})
	ask(t.Context(), srv, "hi")
	ask(t.Context(), srv, "hi")
	found := srv.Verdict(watched, mocktest.Rules{Accepted: []string{"hi"}})
	for _, f := range watched.cleanups {
		f()
	}
	if len(found) != 2 || found[0].Fault != mocktest.AcceptedBroken || found[1].Fault != mocktest.IgnoredRetryAfter || watched.errors != 2 {
		t.Errorf("found %v, %d errors", found, watched.errors)
	}
	if len(watched.logs) != 1 || !strings.Contains(watched.logs[0], "seed 42") {
		t.Errorf("a failing test logs %q", watched.logs)
	}
}

// A client that behaves has nothing to fear.
func TestVerdict_Good(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t, mockprovider.Config{Models: []mockprovider.Settings{fast("m")}})
	for _, prompt := range []string{"a", "b", "c"} {
		ask(t.Context(), srv, prompt)
	}
	srv.Verdict(t, mocktest.Rules{Accepted: []string{"a", "b", "c"}})
}

// TestVerdict_many: a client that asks very often is not blamed for an answer that
// it got long ago.
func TestVerdict_many(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t, mockprovider.Config{Models: []mockprovider.Settings{fast("m")}})
	for i := range uint64(20_000) {
		e := mockprovider.Entry{Model: "m", End: "complete", At: time.Now(), Prompt: i}
		if i == 0 {
			e.Prompt = draw.Hash("first")
		}
		srv.Journal.Begin(&e)
		srv.Journal.Finish(&e)
	}
	srv.Verdict(t, mocktest.Rules{Accepted: []string{"first"}})
}

// TestVerdict_conversation: the prompt of a conversation is all that is said in it.
func TestVerdict_conversation(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t, mockprovider.Config{Models: []mockprovider.Settings{fast("m")}})
	const body = `{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},` +
		`{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`
	res, err := srv.Client().Post(srv.URL+"/v1/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	srv.Verdict(t, mocktest.Rules{Accepted: []string{"a\nb\nc"}})
}

// TestVerdict_unreadable: of requests that could not be read nobody knows whether
// they asked the same, so none is a retry of another.
func TestVerdict_unreadable(t *testing.T) {
	t.Parallel()
	srv := mocktest.Start(t, mockprovider.Config{Models: []mockprovider.Settings{fast("m")}})
	for _, body := range []string{`{"model":"m"}`, `{"messages":[]}`, `no JSON`} {
		res, err := srv.Client().Post(srv.URL+"/v1/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	srv.Verdict(t, mocktest.Rules{})
}

// In a bubble a client that obeys waits for an hour, and the test does not.
func TestStartInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mocktest.StartInBubble(t, mockprovider.Config{
			Models: []mockprovider.Settings{fast("m")},
			Faults: []fault.Window{{To: time.Hour, Fault: fault.Status{Code: 429, RetryAfter: llm.HintAfter(time.Hour)}}},
		})
		ask(t.Context(), srv, "hi")
		time.Sleep(time.Hour)
		ask(t.Context(), srv, "hi")
		srv.Verdict(t, mocktest.Rules{Accepted: []string{"hi"}})
		got := srv.Journal.Entries(0)
		if len(got) != 2 || got[1].At.Sub(got[0].At) != time.Hour+fault.DefaultAfter || got[1].End != "complete" {
			t.Errorf("the journal has %+v", got)
		}
	})
}
