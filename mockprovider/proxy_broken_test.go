package mockprovider_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
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

// raw answers every request on a connection with the same bytes; then it closes
// or, if reset, breaks the connection when the client says that it has them.
func raw(t *testing.T, answer string, reset <-chan struct{}) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				io.Copy(io.Discard, req.Body)
			}
			io.WriteString(conn, answer)
			if reset != nil {
				<-reset
				conn.(*net.TCPConn).SetLinger(0)
			}
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestProxy_upstreamBreaks: what an upstream leaves unfinished reaches the client
// unfinished, a reset as a reset, and the journal says whose doing it was.
func TestProxy_upstreamBreaks(t *testing.T) {
	t.Parallel()
	const (
		chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"
		sized   = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ndata: 1\n\n"
	)
	for name, faults := range map[string][]fault.Window{
		"clear": nil, "slow": {{Fault: fault.Latency{Add: time.Nanosecond}}}, "cut later": {{Fault: fault.Truncate{Share: 0.9}}},
	} {
		for what, answer := range map[string]string{"chunked": chunked, "sized": sized} {
			for _, breaks := range []bool{false, true} {
				if name == "cut later" && what == "chunked" && !breaks {
					continue // it ends cleanly, since that is what was planned
				}
				t.Run(name+" "+what, func(t *testing.T) {
					t.Parallel()
					var heard chan struct{}
					if breaks {
						heard = make(chan struct{})
					}
					j := mockprovider.NewJournal(1)
					p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, raw(t, answer, heard)), Faults: faults, Journal: j})
					req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/messages", strings.NewReader(`{"model":"m"}`))
					silent := name == "cut later" && what == "sized" // until all is there
					if breaks && silent {
						close(heard)
					}
					res, err := p.http.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					defer res.Body.Close()
					b := make([]byte, 9)
					_, err = io.ReadFull(res.Body, b)
					if breaks && !silent {
						close(heard)
					}
					if err == nil {
						_, err = io.ReadAll(res.Body)
					}
					want := io.ErrUnexpectedEOF
					if breaks {
						want = syscall.ECONNRESET
					}
					if !errors.Is(err, want) {
						t.Errorf("broken %t: got %q, then %v; want %v", breaks, b, err, want)
					}
				})
			}
		}
	}
}

// TestProxy_noAnswer: an upstream that does not answer is broken in the journal,
// by the model that was asked.
func TestProxy_noAnswer(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	secure := strings.Replace(raw(t, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", nil), "http:", "https:", 1)
	for address, want := range map[string]string{
		gone.URL:                           "refused",
		raw(t, "\x15\x03\x01 SECRET", nil): "malformed HTTP",
		secure:                             "first record does not look like a TLS handshake",
	} {
		for name, faults := range map[string][]fault.Window{"clear": nil, "slow": {{Kind: "latency", Fault: fault.Latency{Add: time.Nanosecond}}}} {
			j := mockprovider.NewJournal(10)
			p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, address), Faults: faults, Journal: j})
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/messages", strings.NewReader(`{"max_tokens":1,"model":"m"}`))
			got := doText(t, p, req)
			if !strings.Contains(got, want) || strings.Contains(got, "SECRET") {
				t.Errorf("%s: the client is told %q, want %q", name, got, want)
			}
			p.http.CloseIdleConnections()
			e := lastDone(j)
			if e.Model != "m" || !e.Broken || e.Cancelled || e.Status != http.StatusBadGateway || j.Counters()["m"].Failed != 1 {
				t.Errorf("%s, %s: %+v", name, want, e)
			}
		}
	}
}

// lastDone returns the newest entry when it is over.
func lastDone(j *mockprovider.Journal) mockprovider.Entry {
	for {
		if all := j.Entries(0); len(all) > 0 && all[len(all)-1].Done {
			return all[len(all)-1]
		}
		runtime.Gosched() // the client may be faster
	}
}

// TestCapped_journal: an answer that took too long is broken off, not complete.
func TestCapped_journal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		upstream := one(t)
		mock := mockprovider.NewServer([]*mockprovider.Model{upstream})
		mock.Journal = mockprovider.NewJournal(1)
		behind := serveInBubble(t, upstream)
		j := mockprovider.NewJournal(1)
		proxy, err := mockprovider.NewProxy(mockprovider.ProxyConfig{Upstream: parse(t, behind.base), Transport: behind.http.Transport, Journal: j})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			handler http.Handler
			journal *mockprovider.Journal
		}{"mock": {mock, mock.Journal}, "proxy": {proxy, j}} {
			got := serveHandler(t, mockprovider.Capped(c.handler, 150*ms)).ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "?"})
			synctest.Wait()
			e, n := c.journal.Entries(0)[0], c.journal.Counters()["m"]
			if got.err == nil || e.End != "complete" || !e.Broken || e.Cancelled || n.Failed != 1 || n.Complete != 0 {
				t.Errorf("%s: error %v, %+v, counters %+v", name, got.err, e, n)
			}
		}
	})
}

// TestProxy_upgrade: a connection that changes its protocol is handed on in both
// directions.
func TestProxy_upgrade(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]fault.Window{"clear": nil, "cut": {{Fault: fault.Truncate{Share: 0.5}}}} {
		j := mockprovider.NewJournal(1)
		behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, both, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			io.Copy(conn, both)
		}))
		defer behind.Close()
		p := proxyTo(t, mockprovider.ProxyConfig{Upstream: parse(t, behind.URL), Faults: faults, Journal: j})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/v1/realtime", nil)
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "echo")
		res, err := p.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		both, ok := res.Body.(io.ReadWriteCloser)
		if res.StatusCode != http.StatusSwitchingProtocols || !ok {
			t.Fatalf("%s: status %d", name, res.StatusCode)
		}
		for _, word := range []string{"one", "two"} {
			io.WriteString(both, word)
			b := make([]byte, 3)
			if _, err := io.ReadFull(both, b); err != nil || string(b) != word {
				t.Errorf("%s: got %q, %v", name, b, err)
			}
		}
		both.Close()
		if e := lastDone(j); e.Status != http.StatusSwitchingProtocols || e.Broken {
			t.Errorf("%s: %+v", name, e)
		}
	}
}
