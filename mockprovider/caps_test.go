package mockprovider_test

import (
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// A request that hangs is broken off at the limit, and that is not the client's
// doing; a shorter one is not.
func TestCapped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockprovider.NewServer([]*mockprovider.Model{one(t, fault.Hang{})})
		server.Journal = mockprovider.NewJournal(5)
		got := serveHandler(t, mockprovider.Capped(server, time.Minute)).
			ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "hi"})
		if got.kind() != llm.Connection || got.lasted != time.Minute {
			t.Errorf("a hang ends with %v after %v", got.err, got.lasted)
		}
		synctest.Wait()
		if e := server.Journal.Entries(0)[0]; e.Cancelled || !e.Broken || !e.Done {
			t.Errorf("the journal says that the client left, or nothing: %+v", e)
		}
		got = serveHandler(t, mockprovider.Capped(mockprovider.NewServer([]*mockprovider.Model{one(t)}), time.Minute)).
			ask(t.Context(), wire.OpenAI, false, &llm.Request{Prompt: "hi"})
		if got.err != nil {
			t.Errorf("a short request ends with %v", got.err)
		}
	})
}

// TestCapped_counts: an answer that the limit cuts off is no complete one, whole
// or streamed, and only what had been produced is billed.
func TestCapped_counts(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server := mockprovider.NewServer([]*mockprovider.Model{one(t)}) // takes 200 ms
			server.Journal = mockprovider.NewJournal(5)
			got := serveHandler(t, mockprovider.Capped(server, 125*ms)).
				ask(t.Context(), wire.OpenAI, stream, &llm.Request{Prompt: "hi"})
			synctest.Wait()
			if c := server.Journal.Counters()["m"]; got.kind() != llm.Connection || c.Complete != 0 || c.Failed != 1 || c.Output != 3 {
				t.Errorf("stream %v: error %v, counters %+v", stream, got.err, c)
			}
		})
	}
}

// TestCapped_proxy: what a proxy breaks off at the limit is no complete answer.
func TestCapped_proxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		upstream := serveInBubble(t, one(t, fault.Hang{}))
		j := mockprovider.NewJournal(5)
		p, err := mockprovider.NewProxy(mockprovider.ProxyConfig{
			Upstream: parse(t, upstream.base), Transport: upstream.http.Transport, Journal: j,
		})
		if err != nil {
			t.Fatal(err)
		}
		serveHandler(t, mockprovider.Capped(p, time.Minute)).ask(t.Context(), wire.OpenAI, true, &llm.Request{Prompt: "hi"})
		synctest.Wait()
		if e, c := j.Entries(0)[0], j.Counters()["m"]; !e.Broken || e.Cancelled || c.Complete != 0 || c.Failed != 1 {
			t.Errorf("entry %+v, counters %+v", e, c)
		}
	})
}

// TestCapped_deaf: a client that reads nothing is let go at the limit, too. On
// the pipes of a bubble every write waits for it.
func TestCapped_deaf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Time, 1)
		began := time.Now()
		transport := mocktest.ServeInBubble(t, mockprovider.Capped(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			defer func() { ended <- time.Now() }()
			for err := error(nil); err == nil; {
				_, err = w.Write(make([]byte, 4<<10))
			}
		}), time.Minute))
		conn, err := transport.DialContext(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: mock\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if end := <-ended; end.Sub(began) > 2*time.Minute {
			t.Errorf("a client that does not read is served for %v", end.Sub(began))
		}
	})
}

// There are never more connections than allowed, and a closed one makes place.
func TestLimitListener(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := mocktest.NewPipes()
		l := mockprovider.LimitListener(network, 1)
		accepted := make(chan net.Conn, 2)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					close(accepted)
					return
				}
				accepted <- c
			}
		}()
		for range 2 {
			go network.Dial(t.Context(), "", "")
		}
		synctest.Wait()
		if n := len(accepted); n != 1 {
			t.Fatalf("%d connections, want 1", n)
		}
		first := <-accepted
		first.Close()
		first.Close() // gives back one place only
		synctest.Wait()
		if n := len(accepted); n != 1 {
			t.Fatalf("after closing %d connections, want 1", n)
		}
		l.Close()
		synctest.Wait()
		(<-accepted).Close()
		if c, ok := <-accepted; ok {
			t.Errorf("a closed listener accepts %v", c)
		}
	})
}

// A reset through a limited listener is a TCP reset and gives the place back.
func TestLimitListener_Reset(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: mockprovider.NewServer([]*mockprovider.Model{one(t, fault.Refuse{})}), ReadHeaderTimeout: time.Minute}
	go srv.Serve(mockprovider.LimitListener(l, 1))
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); srv.Close() })
	c := &client{http: &http.Client{Transport: transport}, base: "http://" + l.Addr().String()}
	for range 3 {
		if got := c.ask(t.Context(), wire.OpenAI, false, &llm.Request{Prompt: "hi"}); got.kind() != llm.Connection {
			t.Fatalf("got %v", got.err)
		}
	}
}
