package live_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/live"
)

// counter is a source that counts what it was asked.
type counter struct{ pages, changes atomic.Int32 }

func (c *counter) WritePage(w io.Writer) error {
	_, err := fmt.Fprintf(w, "<p>page %d", c.pages.Add(1))
	return err
}

func (c *counter) WriteChange(w io.Writer) error {
	_, err := fmt.Fprintf(w, "<p>\n%d", c.changes.Add(1))
	return err
}

func start(t *testing.T) (*live.Server, *counter) {
	t.Helper()
	c := new(counter)
	s, err := live.Start(t.Context(), "127.0.0.1:0", false, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, c
}

func ask(t *testing.T, method, url, host string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestServer_requests(t *testing.T) {
	t.Parallel()
	s, _ := start(t)
	port := strings.TrimSuffix(s.URL()[strings.LastIndex(s.URL(), ":"):], "/")
	for _, tt := range []struct {
		method, path, host string
		want               int
	}{
		{"GET", "", "", 200},
		{"HEAD", "", "", 200},
		{"GET", "", "localhost" + port, 200},
		{"GET", "", "LOCALHOST", 200},
		{"GET", "", "[::1]" + port, 200},
		{"GET", "", "127.0.0.2:9", 200},
		{"GET", "", "rebound.example" + port, 421},
		{"GET", "events", "rebound.example", 421},
		{"GET", "", "127.0.0.1.rebound.example", 421},
		{"GET", "", "192.0.2.1" + port, 421},
		{"GET", "report.json", "", 404},
		{"POST", "", "", 405},
		{"PUT", "events", "", 405},
	} {
		t.Run(tt.method+" /"+tt.path+" "+tt.host, func(t *testing.T) {
			t.Parallel()
			answer := ask(t, tt.method, s.URL()+tt.path, tt.host)
			if answer.StatusCode != tt.want {
				t.Errorf("status %d, want %d", answer.StatusCode, tt.want)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if p := answer.Header.Get("Content-Security-Policy"); !strings.Contains(p, "frame-ancestors 'none'") {
				t.Errorf("the policy is %q", p)
			}
		})
	}
}

// The last page is shown to those who look, and then everything ends.
func TestServer_Finish(t *testing.T) {
	t.Parallel()
	s, _ := start(t)
	events := ask(t, "GET", s.URL()+"events", "")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Finish([]byte("the report"))
	}()
	lines := bufio.NewScanner(events.Body)
	for lines.Scan() && lines.Text() != "event: end" {
	}
	answer := ask(t, "GET", s.URL(), "")
	if body, _ := io.ReadAll(answer.Body); string(body) != "the report" {
		t.Errorf("the last page is %q", body)
	}
	<-ended
	for lines.Scan() { // until the server has closed it
	}
	address := strings.Trim(strings.TrimPrefix(s.URL(), "http:"), "/")
	if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); err == nil {
		c.Close()
		t.Error("it still listens")
	}
	s.Close()
}

// Nobody looks: nothing is drawn, and the end waits for nobody.
func TestServer_alone(t *testing.T) {
	t.Parallel()
	s, c := start(t)
	s.Finish([]byte("the report"))
	if n := c.pages.Load() + c.changes.Load(); n > 0 {
		t.Errorf("drawn %d times", n)
	}
}

func TestStart_address(t *testing.T) {
	t.Parallel()
	taken, _ := start(t)
	for address, want := range map[string]string{
		"0.0.0.0:0":        "no loopback address",
		"[::]:0":           "no loopback address",
		"192.0.2.1:80":     "no loopback address",
		"8090":             "missing port",
		"127.0.0.1:999999": "invalid port",
		strings.TrimSuffix(strings.TrimPrefix(taken.URL(), "http://"), "/"): "address already in use",
	} {
		_, err := live.Start(context.Background(), address, false, new(counter))
		var bad *live.AddressError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || bad.Hint == "" {
			t.Errorf("%q: %v, want %q and a hint", address, err, want)
		}
	}
	s, err := live.Start(t.Context(), ":0", false, new(counter))
	if err != nil || !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Errorf("without a host: %v", err)
	}
	s.Close()
}
