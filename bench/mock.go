package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connections is how many clients ask at once, each on a connection of its own
// and without a pause.
const connections = 32

// measureMock measures how fast the mock answers when it is told not to wait,
// beside a handler that writes the same bytes, and beside a mock of others.
func measureMock(ctx context.Context, e effort) (lines []line, err error) {
	for _, stream := range []bool{false, true} {
		bare := rival{name: "net/http", start: func(ctx context.Context) (*served, error) {
			return serveElsewhere(ctx, map[bool]string{false: "bare whole", true: "bare stream"}[stream])
		}}
		got, err := bare.beside(ctx, e, stream, []figure{answers(">= 0.80", 0.8), processor, tail, objects})
		if err != nil {
			return nil, err
		}
		lines = append(lines, got...)
	}
	aimock := rival{name: "aimock", start: serveAimock}
	for _, stream := range []bool{false, true} {
		got, err := aimock.beside(ctx, e, stream, []figure{answers(">= 5", 5), processor})
		if errors.Is(err, errNoAimock) {
			got, err = []line{{name: err.Error()}}, nil
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, got...)
	}
	slow, err := measureSlowStreams(ctx, e)
	return append(lines, slow...), err
}

// figure is one thing to compare two servers by.
type figure struct {
	unit string
	most int // rounds
	of   func(pressed) float64
	goal func(ratio float64) goal
}

var (
	processor = figure{unit: "us/answer of processor", most: 5, of: func(p pressed) float64 { return p.processor }}
	tail      = figure{unit: "ms P99", most: 3, of: func(p pressed) float64 { return p.p99.Seconds() * 1e3 }}
	objects   = figure{unit: "allocations/answer", most: 1, of: func(p pressed) float64 { return p.objects }}
)

// answers is the figure with a goal: how many times the peer's it is to be.
func answers(text string, times float64) figure {
	return figure{
		unit: "answers/s", most: 11, of: func(p pressed) float64 { return p.perSecond },
		goal: func(ratio float64) goal { return atLeast(ratio, times, text) },
	}
}

// rival is a server that the mock is compared with.
type rival struct {
	name  string
	start func(context.Context) (*served, error)
}

// beside compares the mock with the rival.
func (v rival) beside(ctx context.Context, e effort, stream bool, figures []figure) (lines []line, err error) {
	theirs, err := v.start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, theirs.stop()) }()
	ours, err := serveElsewhere(ctx, "mock")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ours.stop()) }()
	name := map[bool]string{false: "mock, whole answer", true: "mock, stream of 20"}[stream]
	for _, f := range figures {
		press := func(s *served) probe {
			return func() (float64, error) {
				got, err := s.press(ctx, prompt(stream), e.moment())
				return f.of(got), err
			}
		}
		got, err := alternate(min(e.rounds, f.most), press(ours), press(theirs))
		if err != nil {
			return nil, err
		}
		l := line{name: name, unit: f.unit, value: got.ours, peer: &peer{v.name, got.peer, got.ratio}}
		if f.goal != nil {
			l.goal = f.goal(got.ratio)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// moment is how long to press a server at a time.
func (e effort) moment() time.Duration {
	return max(time.Second/time.Duration(e.scale), 50*time.Millisecond)
}

// pressed is what a server did under pressure.
type pressed struct {
	perSecond float64
	p99       time.Duration
	processor float64 // the server's, in microseconds for an answer
	objects   float64 // allocated for an answer
}

// press asks the server on all connections for the time d.
func (s *served) press(ctx context.Context, body []byte, d time.Duration) (got pressed, err error) {
	before, err := s.used()
	if err != nil {
		return got, err
	}
	var mu sync.Mutex
	var all []time.Duration
	var clients sync.WaitGroup
	began := time.Now()
	for range connections {
		clients.Go(func() {
			took, failure := s.client(ctx, request(body), began.Add(d))
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			err = errors.Join(err, failure)
		})
	}
	clients.Wait()
	elapsed := time.Since(began)
	if err != nil {
		return got, err
	}
	after, err := s.used()
	slices.Sort(all)
	n := float64(len(all))
	got = pressed{
		perSecond: n / elapsed.Seconds(), p99: all[len(all)*99/100],
		processor: (after.Processor - before.Processor).Seconds() * 1e6 / n,
		objects:   float64(after.Objects-before.Objects) / n,
	}
	return got, err
}

// request returns the bytes of an HTTP request.
func request(body []byte) []byte {
	return fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", len(body), body)
}

// dial opens a connection to the server.
func (s *served) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", s.address)
}

// client asks again and again until a time, and returns how long each answer
// took. It does as little as it can, since it takes its share of the machine.
func (s *served) client(ctx context.Context, ask []byte, until time.Time) (took []time.Duration, err error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for len(took) == 0 || time.Now().Before(until) {
		began := time.Now()
		if _, err := conn.Write(ask); err != nil {
			return nil, err
		}
		if err := skipResponse(r); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// skipResponse reads a response to its end.
func skipResponse(r *bufio.Reader) error {
	status, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200 ") {
		return fmt.Errorf("the server says %q", strings.TrimSpace(status))
	}
	length := -1 // in chunks
	for {
		field, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(field) == 2 {
			break
		}
		if value, ok := strings.CutPrefix(string(field), "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	if length >= 0 {
		_, err := r.Discard(length)
		return err
	}
	return skipChunks(r)
}

// skipChunks reads a body in chunks.
func skipChunks(r *bufio.Reader) error {
	for {
		field, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(field)), 16, 32)
		if err != nil {
			return err
		}
		if _, err := r.Discard(int(n) + 2); err != nil || n == 0 {
			return err
		}
	}
}
