package mockprovider

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// errCap is the cause of a context that a [Capped] handler has ended.
var errCap = errors.New("the request took longer than the server allows")

// Capped returns h with a limit to how long a request may take, after which its
// connection is closed. A limit of 0 or less is none.
//
// [http.Server.WriteTimeout] would not do: it does not end a handler that
// waits, such as that of a model that hangs.
func Capped(h http.Handler, limit time.Duration) http.Handler {
	if limit <= 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeoutCause(r.Context(), limit, errCap)
		defer cancel()
		// A body that comes drop by drop does not notice the context, nor does a
		// client that reads nothing. A little later than that, for an error in
		// reading ends the context, too.
		conn, late := http.NewResponseController(w), time.Now().Add(limit+time.Second)
		_, _ = conn.SetReadDeadline(late), conn.SetWriteDeadline(late)
		h.ServeHTTP(w, r.WithContext(ctx))
		if errors.Is(context.Cause(ctx), errCap) {
			panic(http.ErrAbortHandler)
		}
	})
}

// LimitListener returns l with at most n connections accepted at the same time;
// more of them wait in the backlog of the operating system.
func LimitListener(l net.Listener, n int) net.Listener {
	return &limitListener{Listener: l, places: make(chan struct{}, max(n, 1)), closed: make(chan struct{})}
}

type limitListener struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept implements [net.Listener].
func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &limitedConn{Conn: c, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close implements [net.Listener].
func (l *limitListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn
	leave func()
}

// Close implements [net.Conn].
func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// NetConn returns the connection beneath, as that of a TLS connection does.
func (c *limitedConn) NetConn() net.Conn { return c.Conn }
