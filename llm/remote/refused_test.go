package remote_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
)

// TestStreamIsRefused: a request that a server of HTTP/2 has seen and thrown back
// is an attempt that failed. By itself net/http sends it up to seven times, with
// waits of up to half a minute between.
func TestStreamIsRefused(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]uint32{"PROTOCOL_ERROR": 1, "REFUSED_STREAM": 7} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			s := httptest.NewUnstartedServer(nil)
			s.TLS = &tls.Config{NextProtos: []string{"h2"}}
			s.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
				"h2": func(_ *http.Server, c *tls.Conn, _ http.Handler) { refuseStreams(c, code, &seen) },
			}
			s.StartTLS()
			t.Cleanup(s.Close)
			tr := remote.NewTransport()
			t.Cleanup(tr.CloseIdleConnections)
			tr.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			m := newModel(t, remote.Config{BaseURL: s.URL, Transport: tr})
			for n := range int32(3) {
				if _, failure, _ := call(t.Context(), m); failure == nil || failure.Kind != llm.Connection {
					t.Errorf("failure = %v", failure)
				}
				if got := seen.Load(); got != n+1 {
					t.Fatalf("the server saw %d requests for %d calls", got, n+1)
				}
			}
		})
	}
}

// refuseStreams speaks as much of HTTP/2 (RFC 9113) as it takes to reset every
// stream with an error code when its request is there.
func refuseStreams(c net.Conn, code uint32, seen *atomic.Int32) {
	const (
		data, reset, settings, acknowledgement = 0, 3, 4, 1
		preface                                = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	)
	in := bufio.NewReader(c)
	if _, err := in.Discard(len(preface)); err != nil {
		return
	}
	c.Write([]byte{0, 0, 0, settings, 0, 0, 0, 0, 0})
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		if _, err := in.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2])); err != nil {
			return
		}
		switch ends := head[4]&1 != 0; {
		case head[3] == settings && !ends:
			c.Write([]byte{0, 0, 0, settings, acknowledgement, 0, 0, 0, 0})
		case head[3] == data && ends:
			seen.Add(1)
			frame := append([]byte{0, 0, 4, reset, 0}, head[5:]...)
			c.Write(binary.BigEndian.AppendUint32(frame, code))
		}
	}
}
