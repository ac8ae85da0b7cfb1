package mocktest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

// StartInBubble is [Start] for a test inside [testing/synctest], where time is
// fake: a client that waits an hour for its next try has done so at once, and
// the journal's times are exact.
//
// Only [Server.Client] reaches the server, since there is no network: every
// connection is a pipe. A pipe cannot be reset, so what would be a TCP reset is
// the end of the connection.
func StartInBubble(t *testing.T, c mockprovider.Config) *Server {
	t.Helper()
	models, handler := build(t, c)
	network := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	transport := &http.Transport{DialContext: network.dial}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(network) }() // ends with the network
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
		logSeed(t, c)
	})
	return &Server{URL: "http://mock", Journal: handler.Journal, Models: models, client: &http.Client{Transport: transport}}
}

// pipes is a network without an operating system.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

var _ net.Listener = (*pipes)(nil)

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements [net.Listener].
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *pipes) Close() error {
	close(p.done)
	return nil
}

// Addr implements [net.Listener].
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
