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
		if e := server.Journal.Entries(0)[0]; e.Cancelled || !e.Done {
			t.Errorf("the journal says that the client left: %+v", e)
		}
		got = serveHandler(t, mockprovider.Capped(mockprovider.NewServer([]*mockprovider.Model{one(t)}), time.Minute)).
			ask(t.Context(), wire.OpenAI, false, &llm.Request{Prompt: "hi"})
		if got.err != nil {
			t.Errorf("a short request ends with %v", got.err)
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
