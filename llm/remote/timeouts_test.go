package remote_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// A server that stalls is left when the phase it stalls in has taken its time,
// and the failure says which phase that was.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	flush := func(w http.ResponseWriter) { w.(http.Flusher).Flush() }
	limits := remote.Timeouts{
		Connect: 1 * time.Second, Headers: 2 * time.Second, FirstToken: 4 * time.Second, Idle: 8 * time.Second, Total: 16 * time.Second,
	}
	without := func(p remote.Phase) remote.Timeouts {
		l := limits
		*[]*time.Duration{&l.Connect, &l.Headers, &l.FirstToken, &l.Idle, &l.Total}[p] = 0
		return l
	}
	tests := map[string]struct {
		limits remote.Timeouts
		stall  func(w http.ResponseWriter, r *http.Request)
		took   time.Duration
		want   string
		output int
	}{
		"headers":            {limits, func(http.ResponseWriter, *http.Request) {}, 2 * time.Second, "timeout: no response headers after 2s", 0},
		"first token":        {limits, func(w http.ResponseWriter, _ *http.Request) { flush(w) }, 4 * time.Second, "timeout: no first token after 4s", 0},
		"first token, alone": {without(remote.AwaitingHeaders), func(http.ResponseWriter, *http.Request) {}, 4 * time.Second, "timeout: no first token after 4s", 0},
		"idle":               {limits, func(w http.ResponseWriter, _ *http.Request) { begin(w, wire.OpenAI, 1) }, 8 * time.Second, "timeout: no further token for 8s", 2},
		"total":              {limits, trickle, 16 * time.Second, "timeout: the answer was not complete after 16s", 6},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := bubble(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tt.stall(w, r)
					<-r.Context().Done()
				}))
				began := time.Now()
				ans, failure, _ := call(t.Context(), newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr, Timeouts: tt.limits}))
				if took := time.Since(began); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if failure == nil || failure.Error() != tt.want {
					t.Errorf("failure = %v, want %s", failure, tt.want)
				}
				if ans.Usage.Output != tt.output || !ans.Usage.Estimated {
					t.Errorf("usage = %+v", ans.Usage)
				}
				time.Sleep(time.Minute) // until the server has noticed
			})
		})
	}
}

// trickle writes a token every five seconds.
func trickle(w http.ResponseWriter, r *http.Request) {
	s := begin(w, wire.OpenAI, 1)
	for r.Context().Err() == nil {
		time.Sleep(5 * time.Second)
		w.Write(s.AppendPiece(nil, "and so"))
		w.(http.Flusher).Flush()
	}
}

// Not to reach a host in time is a failure to connect.
func TestTimeouts_connecting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := remote.NewTransport()
		tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(time.Minute)
			return nil, errors.New("nobody there")
		}
		m := newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr, Timeouts: remote.Timeouts{Connect: 3 * time.Second}})
		began := time.Now()
		ans, failure, _ := call(t.Context(), m)
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if failure == nil || failure.Kind != llm.Connection || failure.Error() != "connection: no connection after 3s" || ans.Usage != (llm.Usage{}) {
			t.Errorf("failure = %v, usage = %+v", failure, ans.Usage)
		}
		if limit, ok := errors.AsType[*remote.TimeoutError](failure); !ok || limit.Phase != remote.Connecting || !limit.Timeout() {
			t.Errorf("cause = %#v", failure.Cause)
		}
		time.Sleep(time.Minute) // until dialling has ended too
	})
}

// A connection that is never secured is none, whoever notices first; and a limit
// longer than the transport's usual one counts.
func TestTimeouts_handshake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit, want time.Duration
		said        string
	}{
		"no limit of the call's": {0, 10 * time.Second, "connection: net/http: TLS handshake timeout"},
		"a longer one":           {time.Minute, time.Minute, "connection: no connection after 1m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := remote.NewPatientTransport(c.limit)
				tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
					silent, peer := net.Pipe()
					go io.Copy(io.Discard, peer)
					return silent, nil
				}
				m := newModel(t, remote.Config{BaseURL: "https://mock", Transport: tr, Timeouts: remote.Timeouts{Connect: c.limit}})
				began := time.Now()
				_, failure, _ := call(t.Context(), m)
				if took := time.Since(began); failure == nil || failure.Error() != c.said || took != c.want {
					t.Errorf("failure = %v after %v", failure, took)
				}
				time.Sleep(time.Minute) // until the transport has given up too
			})
		})
	}
}

// Limits that are not reached change nothing, and the caller's own comes first.
func TestTimeouts_notReached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := bubble(t, answers(wire.OpenAI))
		hour := remote.Timeouts{Connect: time.Hour, Headers: time.Hour, FirstToken: time.Hour, Idle: time.Hour, Total: time.Hour}
		m := newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr, Timeouts: hour})
		if _, failure, tokens := call(t.Context(), m); failure != nil || tokens != 1 {
			t.Errorf("failure = %v, %d first tokens", failure, tokens)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		tr := bubble(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		m := newModel(t, remote.Config{BaseURL: "http://mock", Transport: tr, Timeouts: remote.Timeouts{Total: time.Hour}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, failure, _ := call(ctx, m); failure == nil || !errors.Is(failure, context.DeadlineExceeded) {
			t.Errorf("failure = %v", failure)
		}
	})
}
