package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// serveWhat names the variable that tells a process to serve instead of
// measuring.
const serveWhat = "TAILGATE_BENCH_SERVE"

// work is what a server has used since it began.
type work struct {
	Processor time.Duration
	Objects   uint64 // allocated
}

// served is a server in a process of its own.
type served struct {
	address string
	ask     io.WriteCloser // a line asks for its work, the end ends it
	answers *json.Decoder
	cmd     *exec.Cmd
}

// serveElsewhere starts the named server.
func serveElsewhere(ctx context.Context, name string) (*served, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), serveWhat+"="+name)
	return serveBy(cmd)
}

// packages is where `make conformance` puts aimock.
const packages = "../conformance/js"

// errNoAimock says that there is nobody to compare with.
var errNoAimock = errors.New("aimock is left out: it needs node, and make conformance to have run")

// serveAimock starts the foreign mock. It does not tell what it allocates.
func serveAimock(ctx context.Context) (*served, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errNoAimock
	}
	if _, err := os.Stat(filepath.Join(packages, "node_modules")); err != nil {
		return nil, errNoAimock
	}
	cmd := exec.CommandContext(ctx, node, "fast.js")
	cmd.Dir = packages
	return serveBy(cmd)
}

// serveBy starts a server that prints its address as JSON.
func serveBy(cmd *exec.Cmd) (s *served, err error) {
	s = &served{cmd: cmd}
	s.cmd.Stderr = os.Stderr
	if s.ask, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.answers = json.NewDecoder(out)
	if err := s.answers.Decode(&s.address); err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start: %w", cmd, err), s.stop())
	}
	return s, nil
}

// used returns the server's work so far.
func (s *served) used() (w work, err error) {
	if _, err := io.WriteString(s.ask, "\n"); err != nil {
		return w, err
	}
	err = s.answers.Decode(&w)
	return w, err
}

func (s *served) stop() error { return errors.Join(s.ask.Close(), s.cmd.Wait()) }

// beServer does what serveElsewhere asked this process for.
func beServer(ctx context.Context, questions io.Reader, answers io.Writer) error {
	handler, err := handlerOf(ctx, os.Getenv(serveWhat))
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	defer server.Close()
	go func() { _ = server.Serve(listener) }()
	out := json.NewEncoder(answers)
	if err := out.Encode(listener.Addr().String()); err != nil {
		return err
	}
	for lines := bufio.NewScanner(questions); lines.Scan(); {
		var w work
		if w.Processor, err = processorTime(); err != nil {
			return err
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.Objects = m.Mallocs
		if err := out.Encode(w); err != nil {
			return err
		}
	}
	return nil
}

// prompt is what the mock is asked for: an answer of twenty tokens, whole or as
// a stream.
func prompt(stream bool) []byte {
	return fmt.Appendf(nil, `{"model":"mock","stream":%t,"messages":[{"role":"user","content":"How long do refunds take?"}]}`, stream)
}

// handlerOf returns our mock, or the least that net/http needs to write the
// same bytes.
func handlerOf(ctx context.Context, name string) (http.Handler, error) {
	if length, ok := strings.CutPrefix(name, slowly); ok {
		d, err := time.ParseDuration(length)
		if err != nil {
			return nil, err
		}
		return newMock(d/100, 100)
	}
	mock, err := newMock(time.Nanosecond, 20)
	if err != nil {
		return nil, err
	}
	switch name {
	case "mock":
		return mock, nil
	case "bare whole":
		return bare(ctx, mock, false)
	case "bare stream":
		return bare(ctx, mock, true)
	default:
		return nil, fmt.Errorf("no server is named %q", name)
	}
}

// slowly begins the name of a mock whose streams last as long as the rest says.
const slowly = "slow "

// newMock returns a mock of one model that speaks at once, by the time from one
// token to the next and how many there are.
func newMock(gap time.Duration, tokens int) (http.Handler, error) {
	sc, err := scenarios.Parse("mock.yaml", fmt.Appendf(nil, `
models:
  mock: {first_token: 0ms, per_token: %v, output_tokens: %d, price: {input: 1, output: 1}}
strategies:
  single: {single: {target: mock}}
`, gap, tokens))
	if err != nil {
		return nil, err
	}
	models, err := mockprovider.NewModels(sc.Mock(sc.Seed, 1))
	if err != nil {
		return nil, err
	}
	return mockprovider.NewServer(models), nil
}

// bare returns a handler that reads the request and writes what the mock would:
// the same header, the same events, in the same chunks or of the same length.
func bare(ctx context.Context, mock http.Handler, stream bool) (http.Handler, error) {
	sample := httptest.NewRecorder()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions", bytes.NewReader(prompt(stream)))
	if err != nil {
		return nil, err
	}
	mock.ServeHTTP(sample, r)
	header := sample.Header()
	events := bytes.SplitAfter(sample.Body.Bytes(), []byte("\n\n"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			return
		}
		maps.Copy(w.Header(), header)
		for _, e := range events {
			if _, err := w.Write(e); err != nil {
				return
			}
		}
	}), nil
}
