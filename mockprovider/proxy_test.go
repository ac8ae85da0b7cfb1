package mockprovider_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// proxyFor returns a running proxy for the handler, with the given faults.
func proxyFor(tb testing.TB, upstream http.Handler, faults ...fault.Window) *client {
	tb.Helper()
	behind := httptest.NewServer(upstream)
	tb.Cleanup(behind.Close)
	return proxyTo(tb, mockprovider.ProxyConfig{Upstream: parse(tb, behind.URL), Seed: 1, Faults: faults})
}

func proxyTo(tb testing.TB, c mockprovider.ProxyConfig) *client {
	tb.Helper()
	p, err := mockprovider.NewProxy(c)
	if err != nil {
		tb.Fatal(err)
	}
	front := httptest.NewServer(p)
	tb.Cleanup(func() {
		front.Close()
		p.Close()
	})
	return &client{http: front.Client(), base: front.URL}
}

func parse(tb testing.TB, address string) *url.URL {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// TestProxy_whom: faults keep to their models and paths and to what the client
// chooses.
func TestProxy_whom(t *testing.T) {
	t.Parallel()
	upstream := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get(mockprovider.FaultHeader) != "" {
			t.Error("the header for the proxy reached the upstream")
		}
	})
	behind := httptest.NewServer(upstream)
	defer behind.Close()
	p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL), Paths: []string{"/v1/*", "/v1beta/models/*"}, Faults: []fault.Window{
		{Name: "down", On: []string{"a"}, Fault: fault.Status{Code: 503, After: 1}},
		{Name: "quota", On: []string{"b"}, Fault: fault.Status{Code: 402, After: 1}},
		{Name: "later", From: time.Hour, Fault: fault.Status{Code: 500, After: 1}},
	}})
	for name, c := range map[string]struct {
		path, body, header string
		want               int
	}{
		"a":              {"/v1/messages", `{"model":"a"}`, "", 503},
		"b":              {"/v1/embeddings", `{"input":[],"model":"b"}`, "", 402},
		"another model":  {"/v1/messages", `{"model":"c"}`, "", 200},
		"in the path":    {"/v1beta/models/a:generateContent", `{}`, "", 503},
		"another path":   {"/v2/messages", `{"model":"a"}`, "", 200},
		"chosen":         {"/v1/messages", `{"model":"a"}`, "quota, down", 503},
		"not chosen":     {"/v1/messages", `{"model":"a"}`, "quota", 200},
		"chosen as none": {"/v1/messages", `{"model":"a"}`, "none", 200},
		"no JSON":        {"/v1/messages", `model: a`, "", 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.header != "" {
			req.Header.Set(mockprovider.FaultHeader, c.header)
		}
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d", name, res.StatusCode, c.want)
		}
	}
}

// TestProxy_capacity: the second request waits for the first, the third finds
// no room.
func TestProxy_capacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := proxyInBubble(t, one(t), fault.Window{Fault: fault.Capacity{Concurrency: 1, Queue: 1}})
		var got [3]reply
		done := make(chan struct{})
		for i := range got {
			go func() {
				got[i] = p.ask(t.Context(), wire.OpenAI, true, &llm.Request{ID: uint64(i)})
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

// TestProxy_capacityNotChosen: a request that chooses other faults, or none, is
// not limited by a capacity.
func TestProxy_capacityNotChosen(t *testing.T) {
	t.Parallel()
	tight := []fault.Window{{Kind: "capacity", Fault: fault.Capacity{Concurrency: 1}}, {Name: "slow", Fault: fault.Latency{Add: ms}}}
	for _, changing := range []bool{false, true} {
		for chosen, want := range map[string]int{"none": 200, "slow": 200, "capacity": 503, "slow, capacity": 503} {
			synctest.Test(t, func(t *testing.T) {
				p, _ := notingProxy(t, tight, changing)
				go p.ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "?"})
				synctest.Wait()
				path, body := wire.OpenAI.EncodeRequest("m", &llm.Request{Prompt: "?"}, false)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+path, bytes.NewReader(body))
				req.Header.Set(mockprovider.FaultHeader, chosen)
				res, err := p.http.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != want {
					t.Errorf("%s, changing %t: status %d, want %d", chosen, changing, res.StatusCode, want)
				}
				time.Sleep(time.Minute)
			})
		}
	}
}

// TestProxy_rateLimit: what is turned away never reaches the upstream.
func TestProxy_rateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := one(t)
		p := proxyInBubble(t, m, fault.Window{Fault: &fault.RateLimit{Requests: 2}})
		var kinds []llm.Kind
		for range 4 {
			kinds = append(kinds, p.ask(t.Context(), wire.Anthropic, false, &llm.Request{Prompt: "?"}).kind())
		}
		want := []llm.Kind{llm.Unknown, llm.Unknown, llm.RateLimited, llm.RateLimited}
		if !slices.Equal(kinds, want) || m.Load().Attempts != 2 {
			t.Errorf("%v with %d attempts at the upstream, want %v with 2", kinds, m.Load().Attempts, want)
		}
	})
}

// TestProxy_changing: weather changes what happens while the proxy runs.
func TestProxy_changing(t *testing.T) {
	t.Parallel()
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer behind.Close()
	weather := mockprovider.NewWeather(time.Now(), nil, func([]byte) (fault.Window, error) {
		return fault.Window{Name: "down", Fault: fault.Status{Code: 503, After: 1}}, nil
	})
	p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL), Weather: weather})
	status := func() int {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/v1/models", nil)
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	before := status()
	if _, err := weather.PutFault("", nil, 0); err != nil {
		t.Fatal(err)
	}
	during := status()
	weather.RemoveFault("down")
	if after := status(); before != 200 || during != 503 || after != 200 {
		t.Errorf("status %d, %d, %d; want 200, 503, 200", before, during, after)
	}
}

func TestNewProxy_errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]mockprovider.ProxyConfig{
		"must be an address": {},
		"such as https":      {Upstream: parse(t, "ftp://SECRET")},
		"as https://api":     {Upstream: parse(t, "http://:8080")},
		"65535":              {Upstream: parse(t, "http://host:99999")},
		"own credentials":    {Upstream: parse(t, "https://u:SECRET@host")},
		"end with its path":  {Upstream: parse(t, "https://host?key=SECRET")},
		"syntax error":       {Upstream: parse(t, "https://host"), Paths: []string{"["}},
		"does nothing":       {Upstream: parse(t, "https://host"), Faults: []fault.Window{{}}},
	} {
		_, err := mockprovider.NewProxy(c)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

// BenchmarkProxy compares a request straight to the upstream with one through
// the proxy, on loopback: without faults, and with one that is in force but
// draws nobody.
func BenchmarkProxy(b *testing.B) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"ok":true}`)
	}))
	defer behind.Close()
	rare := fault.Window{Probability: 1e-300, Fault: fault.Status{Code: 500}}
	config := mockprovider.ProxyConfig{Upstream: parse(b, behind.URL)}
	faulty := config
	faulty.Faults = []fault.Window{rare}
	for _, c := range []struct{ name, base string }{
		{"direct", behind.URL}, {"proxied", proxyTo(b, config).base}, {"with faults", proxyTo(b, faulty).base},
	} {
		b.Run(c.name, func(b *testing.B) {
			var lasted []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				req, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, c.base+"/v1/messages", strings.NewReader(`{"model":"m"}`))
				res, err := behind.Client().Do(req)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				lasted = append(lasted, time.Since(began))
			}
			slices.Sort(lasted)
			b.ReportMetric(float64(lasted[len(lasted)/2].Microseconds()), "p50-µs")
		})
	}
}
