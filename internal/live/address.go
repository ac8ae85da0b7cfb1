package live

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// AddressError says that an address cannot be served from.
type AddressError struct {
	Address string
	// Hint is what the user may do about it, as a sentence without a full stop.
	Hint string
	Err  error
}

// Error implements error.
func (e *AddressError) Error() string { return fmt.Sprintf("live page on %q: %v", e.Address, e.Err) }

// Unwrap returns the cause.
func (e *AddressError) Unwrap() error { return e.Err }

// listen opens the address, HOST:PORT; without a host it is 127.0.0.1. Others
// than this machine must not reach it unless public is set.
func listen(ctx context.Context, address string, public bool) (net.Listener, error) {
	fail := func(hint string, err error) (net.Listener, error) {
		return nil, &AddressError{Address: address, Hint: hint, Err: err}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fail("write HOST:PORT, such as 127.0.0.1:8090, or :0 for any free port", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	resolved, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fail("write an address of this machine, such as 127.0.0.1:8090", err)
	}
	ip := resolved[0].Unmap()
	if !public && !ip.IsLoopback() {
		return fail("use 127.0.0.1, or let others see the page with --live-public", fmt.Errorf("%s is no loopback address", ip))
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(ip.String(), port))
	if err != nil {
		return fail("choose another port, or :0 for any free one", err)
	}
	return l, nil
}

// named says whether a request's Host names this server by an address or as
// localhost. Any name else could belong to somebody who made it lead here.
func named(host string, public bool) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (public || ip.IsLoopback())
}
