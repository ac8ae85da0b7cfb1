package mockprovider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// TestProxy_faults: each fault is, to a client of each format, the failure it is
// on a mock.
func TestProxy_faults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault         fault.Fault
		whole, stream llm.Kind
	}{
		"none":             {fault.Latency{}, llm.Unknown, llm.Unknown},
		"status":           {fault.Status{Code: 503, After: ms}, llm.Overloaded, llm.Overloaded},
		"rate limit":       {fault.Status{Code: 429, After: ms, RetryAfter: llm.HintAfter(time.Second)}, llm.RateLimited, llm.RateLimited},
		"refuse":           {fault.Refuse{}, llm.Connection, llm.Connection},
		"reset":            {fault.Reset{}, llm.Connection, llm.Connection},
		"reset in the end": {fault.Reset{AfterShare: 0.5}, llm.Connection, llm.Connection},
		"hang":             {fault.Hang{}, llm.Timeout, llm.Timeout},
		"hang in the end":  {fault.Hang{AfterTokens: 3}, llm.Timeout, llm.Timeout},
		"truncate":         {fault.Truncate{Share: 0.5}, llm.Malformed, llm.Truncated},
		"truncate late":    {fault.Truncate{Share: 0.999}, llm.Malformed, llm.Truncated},
		"truncate the end": {fault.Truncate{Share: 1}, llm.Malformed, llm.Truncated},
		"reset the end":    {fault.Reset{AfterShare: 1}, llm.Connection, llm.Connection},
		"malformed":        {fault.Malformed{}, llm.Malformed, llm.Malformed},
		"in the stream":    {fault.InStream{AfterShare: 0.1}, llm.ServerError, llm.InStreamError},
	} {
		for _, f := range wire.Formats() {
			t.Run(name+" "+f.String(), func(t *testing.T) {
				t.Parallel()
				upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
				p := proxyFor(t, upstream, fault.Window{Kind: "fault", Fault: c.fault})
				for _, stream := range []bool{false, true} {
					want := c.whole
					if stream {
						want = c.stream
					}
					ctx, cancel := t.Context(), func() {}
					if want == llm.Timeout {
						ctx, cancel = context.WithTimeout(ctx, 50*ms)
					}
					got := p.ask(ctx, f, stream, &llm.Request{Prompt: "What now?"})
					cancel()
					if got.kind() != want {
						t.Errorf("stream %t: %v (%v), want %v", stream, got.kind(), got.err, want)
					}
				}
			})
		}
	}
}

// TestProxy_countsOn: the events of an error are numbered on from those of the
// upstream. Of the two shapes the request has the longer.
func TestProxy_countsOn(t *testing.T) {
	t.Parallel()
	upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	p := proxyFor(t, upstream, fault.Window{Kind: "fault", Fault: fault.InStream{AfterShare: 0.1}}) // of 64
	got := string(text(t, p.exchange(t, http.MethodPost, respPath, wire.TraceRequest+": 3", `{"model":"m","input":"hi","stream":true}`)))
	for n := range 8 {
		if want := fmt.Sprintf(`"sequence_number":%d`, n); strings.Count(got, want) != 1 {
			t.Errorf("no single %s in\n%s", want, got)
		}
	}
	if !strings.Contains(got, `"sequence_number":7,"response":{`) || !strings.Contains(got, "response.failed") {
		t.Errorf("no failure at last:\n%s", got)
	}
}

// TestProxy_resetIsAReset: the client sees a TCP reset, not an end.
func TestProxy_resetIsAReset(t *testing.T) {
	t.Parallel()
	upstream := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{quick()}}))
	for name, f := range map[string]fault.Fault{"refuse": fault.Refuse{}, "late": fault.Reset{AfterShare: 0.2}} {
		p := proxyFor(t, upstream, fault.Window{Fault: f})
		if got := p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "?"}); !errors.Is(got.err, syscall.ECONNRESET) {
			t.Errorf("%s: error %v, want a reset", name, got.err)
		}
	}
}

// TestProxy_latency: the time to the headers is bent by exactly what the fault
// says; what the upstream sent meanwhile follows at once.
func TestProxy_latency(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault.Fault
		first time.Duration
	}{
		"none":     {fault.Latency{}, 100 * ms},
		"add":      {fault.Latency{Add: 30 * ms}, 130 * ms},
		"multiply": {fault.Latency{Multiply: 3}, 300 * ms},
		"both":     {fault.Latency{Multiply: 3, Add: 30 * ms}, 330 * ms},
		"replace":  {fault.Latency{Replace: constant(450 * ms)}, 450 * ms},
		"slow":     {slow{}, 100 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := proxyInBubble(t, one(t), fault.Window{Fault: c.fault})
				got := p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "?"})
				if got.err != nil {
					t.Fatal(got.err)
				}
				lasted := max(c.first, 200*ms)
				if name == "slow" {
					lasted = 100*ms + 15*50*ms // the start, 11 tokens, the reason, the usage, the end
				}
				if first := got.pieces[0].At; name != "slow" && first != c.first || got.lasted != lasted {
					t.Errorf("first token after %v, end after %v; want %v and %v", first, got.lasted, c.first, lasted)
				}
			})
		})
	}
}

// slow is a fault that leaves time between tokens.
type slow struct{}

func (slow) Apply(p *fault.Plan, _ fault.Instant) { p.Gap = 50 * ms }

type constant float64

func (c constant) Quantile(float64) float64 { return float64(c) }

// proxyInBubble serves a model behind a proxy, both on pipes.
func proxyInBubble(t *testing.T, m *mockprovider.Model, faults ...fault.Window) *client {
	t.Helper()
	return proxyInFront(t, serveInBubble(t, m), faults...)
}

// proxyInFront serves a proxy in a bubble.
func proxyInFront(t *testing.T, behind *client, faults ...fault.Window) *client {
	t.Helper()
	p, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
		Upstream: parse(t, behind.base), Transport: behind.http.Transport, Faults: faults,
	})
	if err != nil {
		t.Fatal(err)
	}
	return serveHandler(t, p)
}

// TestProxy_bends: what else a proxy can do to a stream that passes, and when.
func TestProxy_bends(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault         fault.Fault
		stream, whole time.Duration
		kind          llm.Kind // of the stream
	}{
		"blank":     {fault.Blank{}, 100 * ms, 200 * ms, llm.Truncated},
		"stall":     {fault.Stall{AfterShare: 0.1, For: 3 * time.Second}, 3150 * ms, 3200 * ms, llm.Unknown},
		"brownout":  {fault.Brownout{Multiply: 3}, 300 * ms, 600 * ms, llm.Unknown},
		"incidents": {&fault.Incidents{Gap: constant(1), Duration: constant(1e15), Outage: fault.Outage{Unavailable: 1}}, 50 * ms, 50 * ms, llm.Overloaded},
		"key limit": {&fault.KeyLimit{Requests: 1}, 50 * ms, 50 * ms, llm.RateLimited},
		"a page":    {fault.Status{Code: 500, Page: true}, 50 * ms, 50 * ms, llm.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := proxyInBubble(t, one(t), fault.Window{Fault: c.fault, From: ms})
				time.Sleep(ms)
				if name == "key limit" {
					p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "What?"})
				}
				time.Sleep(2 * ms)
				stream := p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "What?"})
				whole := p.ask(t.Context(), wire.OpenAI, false, &llm.Request{Prompt: "What?"})
				if stream.lasted != c.stream || whole.lasted != c.whole || stream.kind() != c.kind {
					t.Errorf("a stream lasted %v, an answer %v, %v; want %v, %v, %v",
						stream.lasted, whole.lasted, stream.err, c.stream, c.whole, c.kind)
				}
			})
		})
	}
}

// TestProxy_arrays: the error in or in the place of a stream that is an array is an
// element of it.
func TestProxy_arrays(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault.Fault{"status": fault.Status{Code: 503}, "in the stream": fault.InStream{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := proxyInBubble(t, one(t), fault.Window{Fault: f})
				body, _ := io.ReadAll(p.exchange(t, http.MethodPost, genArrayPath, "", generate).Body)
				var all []map[string]any
				if err := json.Unmarshal(body, &all); err != nil || len(all) == 0 || all[len(all)-1]["error"] == nil {
					t.Errorf("%v in %s", err, body)
				}
			})
		})
	}
}

// TestProxy_otherPaths: on paths that are of no format errors are the vendor's, too.
func TestProxy_otherPaths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := proxyInBubble(t, one(t), fault.Window{Fault: fault.Status{Code: 529}})
		for want, c := range map[string]struct{ path, header string }{
			`{"type":"error"`:  {"/v1/messages/count_tokens", claude},
			`{"error":{"code"`: {"/v1beta/models/m:countTokens", ""},
			`{"error":{"mess`:  {"/v1/embeddings", ""},
		} {
			body, _ := io.ReadAll(p.exchange(t, http.MethodPost, c.path, c.header, "{}").Body)
			if !strings.HasPrefix(string(body), want) {
				t.Errorf("%s: %s", c.path, body)
			}
		}
	})
}

// TestBends: what a proxy cannot do is refused, not left out.
func TestBends(t *testing.T) {
	t.Parallel()
	for _, f := range []fault.Fault{fault.FirstToken{}, fault.Empty{}, fault.Refusal{}, fault.WrongModel{}, fault.NoUsage{}} {
		_, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
			Upstream: parse(t, "http://127.0.0.1"), Faults: []fault.Window{{Name: "odd", Fault: f}},
		})
		if err == nil || !strings.Contains(err.Error(), `fault "odd"`) {
			t.Errorf("%T: error %v", f, err)
		}
	}
}

// TestProxy_malformedAnyhow: JSON of any layout does not parse any more.
func TestProxy_malformedAnyhow(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"a":1}`, `{"a" : 1}`, "{\n  \"a\"\t:\r\n 1}", `[{"a":"b"}]`} {
		p := proxyFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, c := range []byte(body) { // every byte a piece of its own
				w.Write([]byte{c})
				http.NewResponseController(w).Flush()
			}
		}), fault.Window{Fault: fault.Malformed{}})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/v1/messages", nil)
		got := doText(t, p, req)
		if json.Valid([]byte(got)) || len(got) != len(body) {
			t.Errorf("%q became %q", body, got)
		}
	}
}

// TestProxy_compressedAnyway: an error that takes the place of an answer is not
// said to be compressed, as an upstream's may be that was asked not to.
func TestProxy_compressedAnyway(t *testing.T) {
	t.Parallel()
	p := proxyFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("the upstream may send %q", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "\x1f\x8b\b")
	}), fault.Window{Fault: fault.InStream{}})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/chat/completions", strings.NewReader(`{"model":"m"}`))
	if got := doText(t, p, req); !json.Valid([]byte(got)) {
		t.Errorf("got %q", got)
	}
}
