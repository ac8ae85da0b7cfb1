package mockprovider_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// noting returns a proxy in a bubble, and its journal.
func noting(t *testing.T, upstream *client, faults ...fault.Window) (*client, *mockprovider.Journal) {
	t.Helper()
	j := mockprovider.NewJournal(100)
	p, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
		Upstream: parse(t, upstream.base), Transport: upstream.http.Transport, Faults: faults, Journal: j,
	})
	if err != nil {
		t.Fatal(err)
	}
	return serveHandler(t, p), j
}

// TestProxy_journal: what passes is in the journal as the upstream did it, in
// every format, with faults in force and without.
func TestProxy_journal(t *testing.T) {
	t.Parallel()
	later := fault.Window{Fault: fault.Latency{Add: time.Second}}
	for _, format := range wire.Formats() {
		for _, stream := range []bool{false, true} {
			for wait, faults := range map[float64][]fault.Window{0: nil, 1: {later}} {
				synctest.Test(t, func(t *testing.T) {
					p, j := noting(t, serveInBubble(t, one(t)), faults...)
					got := p.ask(t.Context(), format, stream, &llm.Request{ID: 7, Prompt: "How are you", MaxTokens: 64})
					synctest.Wait()
					entries := j.Entries(0)
					if got.err != nil || len(entries) != 1 {
						t.Fatalf("error %v, %d entries", got.err, len(entries))
					}
					path, _ := format.EncodeRequest("m", &llm.Request{}, stream)
					path, _, _ = strings.Cut(path, "?")
					want := mockprovider.Entry{
						Seq: 1, Path: path, Model: "m", Format: format, Stream: stream, Request: 7, Traced: true,
						End: "complete", Wait: wait, Status: http.StatusOK, Input: 3, Done: true,
						Lasted: got.lasted.Seconds(), Produced: got.answer.Usage.Output, Estimated: got.answer.Usage.Estimated,
					}
					if diff := cmp.Diff(want, entries[0], cmpopts.IgnoreFields(mockprovider.Entry{}, "At", "Prompt", "Bytes", "Faults")); diff != "" {
						t.Errorf("%v, stream %v (-want +got):\n%s", format, stream, diff)
					}
					if c := j.Counters()["m"]; c.Complete != 1 || c.InFlight != 0 || c.Bytes == 0 {
						t.Errorf("counters %+v", c)
					}
				})
			}
		}
	}
}

// TestProxy_journalOfFaults: what a fault did is in the journal as its plan says.
func TestProxy_journalOfFaults(t *testing.T) {
	t.Parallel()
	hint := 3.0
	for name, c := range map[string]struct {
		fault fault.Fault
		want  mockprovider.Entry
	}{
		"status": {
			fault.Status{Code: 429, RetryAfter: llm.HintAfter(3 * time.Second)},
			mockprovider.Entry{End: "fail", Failure: llm.RateLimited, Status: 429, RetryAfter: &hint, Wait: 0.05},
		},
		"truncate": {fault.Truncate{Share: 0.05}, mockprovider.Entry{End: "eof", Status: 200}},
		"reset":    {fault.Reset{}, mockprovider.Entry{End: "reset"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, j := noting(t, serveInBubble(t, one(t)), fault.Window{Fault: c.fault})
				p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "How are you"})
				synctest.Wait()
				only := cmpopts.IgnoreFields(mockprovider.Entry{},
					"Seq", "At", "Path", "Model", "Faults", "Stream", "Request", "Traced", "Prompt", "Input", "Done", "Lasted", "Produced", "Estimated", "Bytes")
				e := j.Entries(0)[0]
				if diff := cmp.Diff(c.want, e, only); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if c := j.Counters()["m"]; c.Failed != 1 {
					t.Errorf("counters %+v", c)
				}
			})
		})
	}
}

// TestProxy_journalOfLeaving: a client that leaves and an upstream that breaks
// off are told apart, and what had come by then is counted.
func TestProxy_journalOfLeaving(t *testing.T) {
	t.Parallel()
	for _, faults := range [][]fault.Window{nil, {{Fault: fault.Latency{Add: time.Nanosecond}}}} {
		synctest.Test(t, func(t *testing.T) {
			leave, breakOff := make(chan struct{}), make(chan struct{})
			upstream := serveHandler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Header().Set("Content-Type", "text/event-stream")
				io.WriteString(w, `data: {"choices":[{"delta":{"content":"eight by"}}]}`+"\n\n")
				http.NewResponseController(w).Flush()
				if strings.Contains(string(body), "broken") {
					<-breakOff
					panic(http.ErrAbortHandler)
				}
				<-r.Context().Done()
				close(leave)
			}))
			p, j := noting(t, upstream, faults...)
			ctx, cancel := context.WithCancel(t.Context())
			for _, model := range []string{"left", "broken"} {
				go func() {
					req, _ := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/v1/chat/completions?key=SECRET", strings.NewReader(`{"model":"`+model+`","stream":true}`))
					if model == "broken" {
						req = req.WithContext(t.Context())
					}
					req.Header.Set("Authorization", "Bearer SECRET")
					if res, err := p.http.Do(req); err == nil {
						io.Copy(io.Discard, res.Body)
						res.Body.Close()
					}
				}()
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
			if c := j.Counters(); c["left"].InFlight != 1 || c["broken"].InFlight != 1 {
				t.Errorf("counters %+v, want one in flight each", c)
			}
			cancel()
			close(breakOff)
			<-leave
			synctest.Wait()
			for _, e := range j.Entries(0) {
				if e.Cancelled != (e.Model == "left") || e.Broken != (e.Model == "broken") || e.Produced != 2 || !e.Estimated || !e.Done {
					t.Errorf("%+v", e)
				}
			}
			if c := j.Counters(); c["left"].Cancelled != 1 || c["broken"].Failed != 1 {
				t.Errorf("counters %+v", c)
			}
			if all, _ := json.Marshal(j.Entries(0)); strings.Contains(string(all), "SECRET") {
				t.Errorf("the journal holds a key: %s", all)
			}
		})
	}
}
