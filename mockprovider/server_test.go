package mockprovider_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// way is how a server may be asked.
type way struct {
	format wire.Format
	stream bool
}

// ways returns every way by its name.
func ways() map[string]way {
	all := map[string]way{}
	for _, f := range wire.Formats() {
		all[f.String()] = way{f, false}
		all[f.String()+" stream"] = way{f, true}
	}
	return all
}

// quick is a model that answers at once, for tests over real sockets.
func quick() mockprovider.Settings {
	return mockprovider.Settings{Name: "m", FirstToken: draw.Constant(1), PerToken: draw.Constant(1), OutputTokens: draw.Constant(11)}
}

// loopback serves a quick model with the faults on a real socket.
func loopback(t *testing.T, faults ...fault.Fault) *client {
	t.Helper()
	c := mockprovider.Config{Seed: 1, Models: []mockprovider.Settings{quick()}}
	for _, f := range faults {
		c.Faults = append(c.Faults, fault.Window{Kind: "fault", Fault: f})
	}
	srv := httptest.NewServer(mockprovider.NewServer(models(t, c)))
	t.Cleanup(srv.Close) // waits for requests that still run
	return &client{http: srv.Client(), base: srv.URL}
}

func TestServer_answers(t *testing.T) {
	t.Parallel()
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &llm.Request{ID: 7, System: "Be brief.", Prompt: "What now?"}
			want := planned(models(t, mockprovider.Config{Seed: 1, Models: []mockprovider.Settings{quick()}})[0], r)
			got := loopback(t).ask(t.Context(), w.format, w.stream, r)
			if got.err != nil {
				t.Fatal(got.err)
			}
			answer := llm.Answer{Text: want.Text, Model: "m", Usage: llm.Usage{Input: want.Input, Output: want.Tokens}}
			if diff := cmp.Diff(answer, got.answer); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServer_pace: headers and tokens come at the planned instants.
func TestServer_pace(t *testing.T) {
	t.Parallel()
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := one(t)
				got := serveInBubble(t, m).ask(t.Context(), w.format, w.stream, &llm.Request{Prompt: "What now?"})
				if got.err != nil || got.lasted != 200*ms {
					t.Errorf("lasted %v with error %v, want 200 ms", got.lasted, got.err)
				}
				if !w.stream {
					return
				}
				text := planned(m, &llm.Request{}).Text
				var want []piece
				for i := range 11 {
					want = append(want, piece{100*ms + time.Duration(i)*10*ms, text[4*i : 4*i+4]})
				}
				if diff := cmp.Diff(want, got.pieces); diff != "" {
					t.Errorf("pieces (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestServer_onePieceWithoutTokenProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := models(t, mockprovider.Config{Models: []mockprovider.Settings{{Name: "m", Latency: draw.Constant(time.Second)}}})
		got := serveInBubble(t, m...).ask(t.Context(), wire.Anthropic, true, &llm.Request{})
		if len(got.pieces) != 1 || got.pieces[0].At != time.Second || len(got.pieces[0].Text) != 4*128 {
			t.Errorf("pieces %v, want all 128 tokens at 1 s", got.pieces)
		}
	})
}

// TestServer_moreTokensThanText: an answer of one word may take many tokens; the
// first of them can be seen.
func TestServer_moreTokensThanText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &mockprovider.Workload{Items: []mockprovider.Item{{Prompt: "Qui?", Answer: "né à Köln"}}}
		s := steady("m")
		s.OutputTokens = draw.Constant(101)
		m := models(t, mockprovider.Config{Models: []mockprovider.Settings{s}, Workload: w})
		r := w.Request(0)
		got := serveInBubble(t, m...).ask(t.Context(), wire.OpenAI, true, &r)
		if got.err != nil || got.answer.Text != "né à Köln" || got.answer.Usage.Output != 101 {
			t.Errorf("answer %+v, error %v", got.answer, got.err)
		}
		if got.pieces[0] != (piece{100 * ms, "n"}) || got.lasted != 1100*ms {
			t.Errorf("first piece %+v, lasted %v, want \"n\" at 100 ms, 1.1 s", got.pieces[0], got.lasted)
		}
	})
}

// TestServer_faults: over a socket a client meets the failure that the plan
// says.
func TestServer_faults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault.Fault
		want  llm.Kind
	}{
		"500":               {fault.Status{Code: 500, After: 1}, llm.ServerError},
		"502":               {fault.Status{Code: 502, After: 1}, llm.ServerError},
		"503":               {fault.Status{Code: 503, After: 1}, llm.Overloaded},
		"529":               {fault.Status{Code: 529, After: 1}, llm.Overloaded},
		"429":               {fault.Status{Code: 429, After: 1}, llm.RateLimited},
		"401":               {fault.Status{Code: 401, After: 1}, llm.Auth},
		"404":               {fault.Status{Code: 404, After: 1}, llm.NotFound},
		"quota":             {fault.Status{Code: 429, After: 1, Kind: llm.QuotaExhausted}, llm.QuotaExhausted},
		"refused":           {fault.Refuse{}, llm.Connection},
		"reset":             {fault.Reset{}, llm.Connection},
		"reset in between":  {fault.Reset{AfterShare: 0.5}, llm.Connection},
		"truncated":         {fault.Truncate{Share: 0.5}, llm.Truncated},
		"truncated at once": {fault.Truncate{Share: 0.01}, llm.Truncated},
		"malformed":         {fault.Malformed{}, llm.Malformed},
		"in the stream":     {fault.InStream{AfterShare: 0.5}, llm.InStreamError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, w := range ways() {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					got := loopback(t, c.fault).ask(t.Context(), w.format, w.stream, &llm.Request{Prompt: "What now?"})
					want := c.want
					switch {
					case w.stream:
					case want == llm.Truncated:
						want = llm.Malformed // half of a JSON object
					case want == llm.InStreamError:
						want = llm.ServerError // no stream to be in
					}
					if got.kind() != want {
						t.Errorf("error %v, want kind %v", got.err, want)
					}
				})
			}
		})
	}
}

// TestServer_errorsInTheVendorsWords: clients that look into messages find the
// ones they know.
func TestServer_errorsInTheVendorsWords(t *testing.T) {
	t.Parallel()
	for f, want := range map[wire.Format]string{
		wire.OpenAI:    "Our servers are currently overloaded. Please try again later.",
		wire.Anthropic: "Overloaded",
		wire.Gemini:    "The model is overloaded. Please try again later.",
	} {
		got := loopback(t, fault.Status{Code: 503, After: 1}).ask(t.Context(), f, false, &llm.Request{Prompt: "What?"})
		if e := llm.AsError(got.err); e.Message != want {
			t.Errorf("%v: %q, want %q", f, e.Message, want)
		}
	}
}

func TestServer_resetIsAReset(t *testing.T) {
	t.Parallel()
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, share := range []float64{0, 0.5} {
				got := loopback(t, fault.Reset{AfterShare: share}).ask(t.Context(), w.format, w.stream, &llm.Request{Prompt: "What?"})
				if !errors.Is(got.err, syscall.ECONNRESET) {
					t.Errorf("after %v: error %v, want a connection reset", share, got.err)
				}
			}
		})
	}
}

// TestServer_cuts: what comes before the end of a cut stream, and when.
func TestServer_cuts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  fault.Fault
		pieces int
		lasted time.Duration
		kind   llm.Kind
	}{
		"reset":           {fault.Reset{AfterShare: 0.5}, 5, 140 * ms, llm.Connection},
		"reset at once":   {fault.Reset{}, 0, 100 * ms, llm.Connection},
		"truncated":       {fault.Truncate{Share: 0.5}, 5, 140 * ms, llm.Truncated},
		"malformed":       {fault.Malformed{}, 11, 200 * ms, llm.Malformed},
		"hanging":         {fault.Hang{}, 0, time.Minute, llm.Timeout},
		"hanging later":   {fault.Hang{AfterTokens: 5}, 5, time.Minute, llm.Timeout},
		"error":           {fault.Status{Code: 503, After: 70 * ms}, 0, 70 * ms, llm.Overloaded},
		"slow by 1.5":     {fault.Latency{Multiply: 2.5}, 11, 350 * ms, llm.Unknown},
		"refused at once": {fault.Refuse{}, 0, 0, llm.Connection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := one(t, c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				got := serveInBubble(t, m).ask(ctx, wire.Anthropic, true, &llm.Request{})
				if len(got.pieces) != c.pieces || got.lasted != c.lasted {
					t.Errorf("%d pieces in %v, want %d in %v", len(got.pieces), got.lasted, c.pieces, c.lasted)
				}
				if kind := got.kind(); kind != c.kind && (c.kind != llm.Connection || kind != llm.Truncated) { // pipes cannot reset
					t.Errorf("error %v, want kind %v", got.err, c.kind)
				}
				synctest.Wait()
				if load := m.Load(); load.InFlight != 0 || load.Attempts != 1 {
					t.Errorf("load %+v after the client left", load)
				}
			})
		})
	}
}

// TestServer_Exact: milliseconds stand beside the whole seconds of every vendor that
// has a header field for them.
func TestServer_Exact(t *testing.T) {
	t.Parallel()
	server := mockprovider.NewServer([]*mockprovider.Model{one(t, fault.Status{
		Code: 429, RetryAfter: llm.HintAfter(1500 * ms), After: time.Nanosecond,
	})})
	server.Exact = true
	c := serveHandler(t, server)
	for _, f := range wire.Formats() {
		got := c.ask(t.Context(), f, false, &llm.Request{Prompt: "?"})
		if e := llm.AsError(got.err); e.RetryAfter != llm.HintAfter(1500*ms) {
			t.Errorf("%v: come back after %v, want 1.5s", f, e.RetryAfter)
		}
	}
}

// TestServer_retryAfter: the bucket's hint reaches the client in every format,
// as exactly as the format can say it.
func TestServer_retryAfter(t *testing.T) {
	t.Parallel()
	for f, want := range map[wire.Format]time.Duration{
		wire.OpenAI: 59_950 * ms, wire.Anthropic: 60 * time.Second, wire.Gemini: 59_950 * ms,
	} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := serveInBubble(t, one(t, &fault.RateLimit{Requests: 1}))
				ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
				defer cancel()
				c.ask(ctx, f, false, &llm.Request{})
				got := c.ask(t.Context(), f, false, &llm.Request{})
				if e := llm.AsError(got.err); e.Kind != llm.RateLimited || e.RetryAfter != llm.HintAfter(want) {
					t.Errorf("error %+v, want to come back after %v", e, want)
				}
			})
		})
	}
}

// TestServer_trace: the header, not the order of arrival, keys the draws.
func TestServer_trace(t *testing.T) {
	t.Parallel()
	w := tickets(t)
	s := quick()
	s.Accuracy = new(0.5)
	build := func() []*mockprovider.Model {
		return models(t, mockprovider.Config{Seed: 1, Models: []mockprovider.Settings{s}, Workload: w})
	}
	srv := httptest.NewServer(mockprovider.NewServer(build()))
	defer srv.Close()
	c := &client{http: srv.Client(), base: srv.URL}
	m := build()[0]
	for id := uint64(40); id > 0; id-- {
		r := w.Request(id)
		if got := c.ask(t.Context(), wire.Gemini, false, &r); got.answer.Text != planned(m, &r).Text {
			t.Errorf("request %d: %q, planned %q", id, got.answer.Text, planned(m, &r).Text)
		}
	}
}

func TestServer_capacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := serveInBubble(t, one(t, fault.Capacity{Concurrency: 1, Queue: 1}))
		var got [3]reply
		done := make(chan struct{})
		for i := range got {
			go func() {
				got[i] = c.ask(t.Context(), wire.OpenAI, true, &llm.Request{ID: uint64(i)})
				done <- struct{}{}
			}()
			synctest.Wait()
		}
		for range got {
			<-done
		}
		if got[0].lasted != 200*ms || got[1].lasted != 400*ms || got[2].kind() != llm.Overloaded {
			t.Errorf("lasted %v and %v, then %v; want 200 ms, 400 ms, overloaded", got[0].lasted, got[1].lasted, got[2].err)
		}
	})
}

func TestServer_unknownModel(t *testing.T) {
	t.Parallel()
	for name, w := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(mockprovider.NewServer(nil))
			defer srv.Close()
			got := (&client{http: srv.Client(), base: srv.URL}).ask(t.Context(), w.format, w.stream, &llm.Request{Prompt: "?"})
			if e := llm.AsError(got.err); e.Kind != llm.NotFound || e.Status != 404 || !strings.Contains(e.Message, "m") {
				t.Errorf("error %+v, want the vendor's 404", e)
			}
		})
	}
}

func TestServer_otherRequests(t *testing.T) {
	t.Parallel()
	h := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{steady("b"), steady("a")}}))
	for name, c := range map[string]struct {
		method, path, body, header string
		status                     int
		want                       string
	}{
		"openai's list":    {"GET", "/v1/models", "", "", 200, `"id":"b","object":"model"`},
		"anthropic's list": {"GET", "/v1/models", "", "Anthropic-Version", 200, `"type":"model","id":"b"`},
		"gemini's list":    {"GET", "/v1beta/models", "", "", 200, `"name":"models/b"`},
		"gemini's, in v1":  {"GET", "/v1/models", "", "X-Goog-Api-Key", 200, `"name":"models/b"`},
		"behind a prefix":  {"GET", "/openai/v1/models", "", "", 200, `"id":"b","object":"model"`},
		"without version":  {"GET", "/models/a", "", "", 200, `{"id":"a","object":"model"`},
		"gemini's, behind": {"GET", "/gemini/v1beta/models/a", "", "", 200, `{"name":"models/a"`},
		"openai's model":   {"GET", "/v1/models/a", "", "", 200, `{"id":"a","object":"model"`},
		"no JSON":          {"POST", "/v1/messages", "hello", "", 400, `"invalid_request_error"`},
		"no model":         {"POST", "/v1/chat/completions", `{"messages":[]}`, "", 400, `"invalid_request_error"`},
		"too large":        {"POST", "/v1/messages", strings.Repeat(" ", 32<<20+1), "", 413, `"type":"error"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
			if c.header != "" {
				req.Header.Set(c.header, "1")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			body, _ := io.ReadAll(w.Result().Body)
			if w.Code != c.status || !strings.Contains(string(body), c.want) {
				t.Errorf("status %d, body %s; want %d and %s", w.Code, body, c.status, c.want)
			}
		})
	}
}

// TestServer_kindsAgree: a status means the same to a plan, which never saw a
// wire, and to a client.
func TestServer_kindsAgree(t *testing.T) {
	t.Parallel()
	for code := 400; code < 600; code++ {
		p := planned(one(t, fault.Status{Code: code}), &llm.Request{})
		if want := wire.KindOf(code); p.Failure.Kind != want {
			t.Errorf("status %d: the plan says %v, the wire %v", code, p.Failure.Kind, want)
		}
	}
}

func BenchmarkServer_stream(b *testing.B) {
	srv := httptest.NewServer(mockprovider.NewServer(models(b, mockprovider.Config{Models: []mockprovider.Settings{quick()}})))
	defer srv.Close()
	c := &client{http: srv.Client(), base: srv.URL}
	b.ReportAllocs()
	for b.Loop() {
		if got := c.ask(b.Context(), wire.OpenAI, true, &llm.Request{Prompt: "What now?"}); got.err != nil {
			b.Fatal(got.err)
		}
	}
}

// TestServer_keys: what a key may use is its own, in every format; clients
// without a key share one.
func TestServer_keys(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			h := mockprovider.NewServer([]*mockprovider.Model{models(t, mockprovider.Config{
				Models: []mockprovider.Settings{quick()}, Faults: []fault.Window{{Fault: &fault.KeyLimit{Requests: 1, Period: time.Hour, After: 1}}},
			})[0]})
			var got []int
			for _, key := range []string{"a", "a", "b", "", "", "c elsewhere"} {
				path, body := f.EncodeRequest("m", &llm.Request{Prompt: "hi"}, false)
				key, elsewhere := strings.CutSuffix(key, " elsewhere")
				if elsewhere {
					path += "?key=" + key
				}
				r := httptest.NewRequest("POST", path, strings.NewReader(string(body)))
				if f.SetKey(r.Header, key); elsewhere {
					r.Header = http.Header{"Authorization": {"Bearer " + key}}
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				got = append(got, w.Code)
			}
			if diff := cmp.Diff([]int{200, 429, 200, 200, 429, 200}, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServer_hugeLimit: a limit of tokens that no answer reaches is none.
func TestServer_hugeLimit(t *testing.T) {
	t.Parallel()
	w := tickets(t)
	h := mockprovider.NewServer(models(t, mockprovider.Config{Seed: 1, Models: []mockprovider.Settings{quick()}, Workload: w}))
	r := w.Request(7)
	for f, limit := range map[wire.Format]int{wire.OpenAI: math.MaxInt, wire.Anthropic: math.MaxInt/4 + 1, wire.Gemini: math.MaxInt / 2} {
		r.MaxTokens = limit
		path, body := f.EncodeRequest("m", &r, false)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body)))
		if ans, err := f.DecodeAnswer(rec.Body.Bytes()); err != nil || ans.Text == "" || ans.Stop != llm.StopEnd {
			t.Errorf("%v, at most %d: %+v, %v", f, limit, ans, err)
		}
	}
}
