package remote

import (
	"net"
	"net/http"
	"time"
)

// The settings of [NewTransport].
const (
	connectTime = 10 * time.Second // to dial, and again to shake hands
	idleTime    = 90 * time.Second
	idlePerHost = 10_000
	keepAlive   = 30 * time.Second
)

// NewTransport returns a transport fit for measuring: connections are kept and
// used again, up to 10000 idle ones for each host, so that a burst of attempts
// does not pay for as many handshakes; bodies are not compressed, so that tokens
// are not held back; HTTP/2 is used where offered; and only connecting has a
// limit of time, ten seconds, since a call's context limits the rest. A connection
// begun for a call that was given up is finished and kept for another. Proxies
// are those of the environment. Close what is idle at the end with
// [http.Transport.CloseIdleConnections].
func NewTransport() *http.Transport { return NewPatientTransport(0) }

// NewPatientTransport returns a transport as [NewTransport] does, on which
// connecting may take as long as that if it is longer, and a second more: the
// limit of [Timeouts].Connect, which otherwise the transport's own would cut short.
func NewPatientTransport(connect time.Duration) *http.Transport {
	connect = max(connect+time.Second, connectTime)
	dialer := &net.Dialer{Timeout: connect, KeepAlive: keepAlive}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: connect,
		IdleConnTimeout:     idleTime,
		MaxIdleConnsPerHost: idlePerHost,
		DisableCompression:  true,
		ForceAttemptHTTP2:   true,
	}
}
