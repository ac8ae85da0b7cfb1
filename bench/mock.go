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
// beside a handler that writes the same bytes.
func measureMock(ctx context.Context, e effort) ([]line, error) {
	whole, err := serving(ctx, e, "whole answer", "bare whole", false)
	if err != nil {
		return nil, err
	}
	stream, err := serving(ctx, e, "stream of 20", "bare stream", true)
	return append(whole, stream...), err
}

// serving compares the mock with a peer.
func serving(ctx context.Context, e effort, name, peerName string, stream bool) (lines []line, err error) {
	ours, err := serveElsewhere(ctx, "mock")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ours.stop()) }()
	theirs, err := serveElsewhere(ctx, peerName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, theirs.stop()) }()
	d := max(time.Second/time.Duration(e.scale), 50*time.Millisecond)
	for _, p := range []struct {
		unit   string
		rounds int
		of     func(pressed) float64
		goal   bool
	}{
		{"answers/s", e.rounds, func(p pressed) float64 { return p.perSecond }, true},
		{"us/answer of processor", e.rounds, func(p pressed) float64 { return p.processor }, false},
		{"ms P99", min(e.rounds, 3), func(p pressed) float64 { return p.p99.Seconds() * 1e3 }, false},
		{"allocations/answer", 1, func(p pressed) float64 { return p.objects }, false},
	} {
		probe := func(s *served) probe {
			return func() (float64, error) {
				got, err := s.press(ctx, prompt(stream), d)
				return p.of(got), err
			}
		}
		got, err := alternate(p.rounds, probe(ours), probe(theirs))
		if err != nil {
			return nil, err
		}
		l := line{name: "mock, " + name, unit: p.unit, value: got.ours, peer: &peer{"net/http", got.peer, got.ratio}}
		if p.goal {
			l.goal = atLeast(got.ratio, 0.8, ">= 0.80")
		}
		lines = append(lines, l)
	}
	return lines, nil
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
	request := fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(body), body)
	var mu sync.Mutex
	var all []time.Duration
	var clients sync.WaitGroup
	began := time.Now()
	for range connections {
		clients.Go(func() {
			took, failure := s.client(ctx, request, began.Add(d))
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

// client asks again and again until a time, and returns how long each answer
// took. It does as little as it can, since it takes its share of the machine.
func (s *served) client(ctx context.Context, request []byte, until time.Time) (took []time.Duration, err error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for len(took) == 0 || time.Now().Before(until) {
		began := time.Now()
		if _, err := conn.Write(request); err != nil {
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
