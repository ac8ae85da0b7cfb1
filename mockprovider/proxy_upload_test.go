package mockprovider_test

import (
	"bufio"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

// TestProxy_duplex: an upstream that answers while it reads is heard piece by
// piece, and the connection serves the next request.
func TestProxy_duplex(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := proxyInFront(t, serveHandler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			if err := control.EnableFullDuplex(); err != nil {
				t.Error(err)
			}
			control.Flush()
			b := make([]byte, 100)
			for {
				n, err := r.Body.Read(b)
				if err != nil {
					return
				}
				w.Write(b[:n])
				control.Flush()
			}
		})))
		for range 2 {
			body, out := io.Pipe()
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/v1/messages", body)
			res, err := p.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 100)
			for _, want := range []string{"one", "two", "three"} {
				io.WriteString(out, want)
				if n, err := res.Body.Read(b); string(b[:n]) != want {
					t.Errorf("got %q, %v; want %q", b[:n], err, want)
				}
			}
			out.Close()
			if rest, err := io.ReadAll(res.Body); len(rest) > 0 || err != nil {
				t.Errorf("at the end %q, %v", rest, err)
			}
			res.Body.Close()
		}
	})
}

// TestProxy_expect: a client that asks before it sends a body is told to when the
// upstream says so, or after a second, and just once.
func TestProxy_expect(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		asleep time.Duration // before the upstream wants the body, or answers without
		wants  bool
		told   time.Duration // when to go on; -1: never
	}{
		"refused":        {http.StatusUnauthorized, 0, false, -1},
		"refused slowly": {http.StatusUnauthorized, time.Minute, false, time.Second},
		"wanted":         {http.StatusOK, 300 * ms, true, 300 * ms},
		"at once":        {http.StatusOK, 0, true, 0},
		"no word":        {http.StatusOK, time.Minute, true, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				upstream := serveHandler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(c.asleep)
					if c.wants {
						io.Copy(io.Discard, r.Body)
					}
					w.WriteHeader(c.status)
				}))
				own := mockprovider.NewTransport()
				own.DialContext = upstream.http.Transport.(*http.Transport).DialContext
				defer own.CloseIdleConnections()
				p := proxyInFront(t, &client{http: &http.Client{Transport: own}, base: upstream.base})
				told, got := askFirst(t, p)
				// Without its body a request leaves the connection in the middle of nowhere.
				if told != c.told || got.StatusCode != c.status || got.Close != (told < 0) {
					t.Errorf("told to continue after %v, then got %d, close %t; want %v and %d", told, got.StatusCode, got.Close, c.told, c.status)
				}
			})
		})
	}
}

// askFirst asks before it sends a body. It returns after what time it was told to,
// -1 for never, and what came after that.
func askFirst(t *testing.T, c *client) (told time.Duration, got *http.Response) {
	t.Helper()
	conn, err := c.http.Transport.(*http.Transport).DialContext(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	io.WriteString(conn, "POST /v1/messages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	in := bufio.NewReader(conn)
	told = -1
	if line, _ := in.Peek(12); string(line) == "HTTP/1.1 100" {
		told = time.Since(began)
		in.Discard(len("HTTP/1.1 100 Continue\r\n\r\n"))
		go io.WriteString(conn, "abc") // nobody may read it
	}
	got, err = http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return told, got
}
