package mocktest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// Pipes is a network without an operating system, for [testing/synctest]: every
// connection is a [net.Pipe]. It is a [net.Listener] for the server, and safe for
// concurrent use.
type Pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

var _ net.Listener = (*Pipes)(nil)

// NewPipes returns a network of one listener. In a bubble it belongs to that.
func NewPipes() *Pipes {
	return &Pipes{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Dial connects to the listener, whatever the network and the address; it fits
// [http.Transport.DialContext]. It waits until the listener accepts.
func (p *Pipes) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
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
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]. It must be called once.
func (p *Pipes) Close() error {
	close(p.done)
	return nil
}

// Addr implements [net.Listener].
func (p *Pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// ServeInBubble serves any handler until the end of a test inside
// [testing/synctest], and returns a transport that reaches it under every name.
// The bubble ends when every goroutine of both has.
func ServeInBubble(t *testing.T, h http.Handler) *http.Transport {
	t.Helper()
	network := NewPipes()
	transport := &http.Transport{DialContext: network.Dial}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Hour}
	go func() { _ = srv.Serve(network) }() // ends with the network
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
	})
	return transport
}
