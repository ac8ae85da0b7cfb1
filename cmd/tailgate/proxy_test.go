package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The proxy passes requests on, bends those that a fault hits, takes faults
// while it runs and stops without a word about what it saw.
func TestProxy(t *testing.T) {
	t.Parallel()
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Write(append(b, r.Header.Get("Authorization")...))
	}))
	defer behind.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var said bytes.Buffer
	base, code := launch(ctx, t, &said, "proxy", "steady", "--upstream", behind.URL, "--addr", "127.0.0.1:0",
		"--fault", `{"on": "a", "status": {"code": 503, "after": "1ms"}}`, "--fault", "{on: [b, c], status: {code: 402, after: 1ms}}")
	expect := func(model string, want int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/messages", strings.NewReader(`{"model":"`+model+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "SECRET")
		res, err := new(http.Client).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != want || want == http.StatusOK && string(b) != `{"model":"`+model+`"}SECRET` {
			t.Errorf("model %s: status %d, %s; want %d", model, res.StatusCode, b, want)
		}
	}
	expect("a", http.StatusServiceUnavailable)
	expect("c", http.StatusPaymentRequired)
	expect("d", http.StatusOK)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base+"/tailgate/v1/faults/new", strings.NewReader(`{"on":"d","status":{"code":500}}`))
	if err != nil {
		t.Fatal(err)
	}
	if text := do(t, req); !strings.Contains(text, `"new"`) {
		t.Errorf("putting a fault gives %s", text)
	}
	expect("d", http.StatusInternalServerError)
	stop()
	if got := <-code; got != exitGood {
		t.Errorf("exit code %d, want %d", got, exitGood)
	}
	if strings.Contains(said.String(), "SECRET") || !strings.Contains(said.String(), "faults: ") {
		t.Errorf("stderr: %s", said.String())
	}
}

// What an upstream sends that nobody asked for is not shown, as nothing is that
// passes.
func TestProxy_saysNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	over := make(chan struct{})
	go func() {
		defer close(over)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			io.Copy(io.Discard, req.Body)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokSECRET")
		}
		io.Copy(io.Discard, conn) // until the proxy gives the connection up
	}()
	base, stop := startProxy(t, "http://"+l.Addr().String())
	res, err := new(http.Client).Post(base+"/v1/messages", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	<-over
	if text := stop(); strings.Contains(text, "SECRET") || strings.Count(text, "\n") != 1 {
		t.Errorf("it said %s", text)
	}
}

// startProxy runs the command in a process of its own; stop interrupts it and
// returns what it said.
func startProxy(t *testing.T, upstream string, env ...string) (base string, stop func() string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args = []string{"tailgate", "proxy", "--upstream", upstream, "--addr", "127.0.0.1:0"} // see TestMain
	cmd.Env = append(os.Environ(), env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	base, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(base), func() string {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Error(err)
		}
		return said.String()
	}
}

// An upstream with a certificate of a private authority is one to whoever trusts
// it, by its own name, and over HTTP/2.
func TestProxy_privateAuthority(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the system's own store decides there")
	}
	behind := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Proto+" "+r.URL.Path)
	}))
	behind.EnableHTTP2 = true
	behind.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	behind.StartTLS()
	defer behind.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: behind.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	trusting := "SSL_CERT_FILE=" + authority
	for _, c := range []struct{ upstream, env, want string }{
		{behind.URL + "/base", trusting, "HTTP/2.0 /base/v1/models"},
		{behind.URL, "SSL_CERT_FILE=/dev/null", "certificate signed by unknown authority"},
		{strings.Replace(behind.URL, "127.0.0.1", "localhost", 1), trusting, "certificate is valid for example.com"},
	} {
		base, stop := startProxy(t, c.upstream, c.env)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/models", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := do(t, req); !strings.Contains(got, c.want) {
			t.Errorf("%s with %s: %s, want %q", c.upstream, c.env, got, c.want)
		}
		stop()
	}
}
