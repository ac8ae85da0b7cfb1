package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// slowStreams is how many streams are open at the same time.
const slowStreams = 10_000

// measureSlowStreams measures the memory of a mock that streams to many clients
// at once, a hundred tokens in twenty seconds.
func measureSlowStreams(ctx context.Context, e effort) (lines []line, err error) {
	length := max(20*time.Second/time.Duration(e.scale), 200*time.Millisecond)
	server, err := serveElsewhere(ctx, slowly+length.String())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	var open crowd
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range max(slowStreams/e.scale, 10) {
		clients.Go(func() {
			if failure := server.listen(ctx, &open); failure != nil {
				mu.Lock()
				defer mu.Unlock()
				err = errors.Join(err, failure)
			}
		})
	}
	clients.Wait()
	if err != nil {
		return nil, err
	}
	mb, err := resident(server.cmd.Process.Pid)
	return []line{{
		name: fmt.Sprintf("mock, %s streams at once", grouped(strconv.Itoa(open.most))), unit: "MB resident", value: mb,
		goal: atMost(mb, 1000, "< 1,000"),
	}}, err
}

// crowd counts who is there.
type crowd struct {
	mu        sync.Mutex
	now, most int // guarded by mu
}

func (c *crowd) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now++
	c.most = max(c.most, c.now)
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
}

// listen reads a stream to its end; it is in the crowd from the first byte on.
func (s *served) listen(ctx context.Context, open *crowd) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(request(prompt(true))); err != nil {
		return err
	}
	r := bufio.NewReaderSize(conn, 512)
	if _, err := r.Peek(1); err != nil {
		return err
	}
	open.enter()
	defer open.leave()
	return skipResponse(r)
}

// resident returns the most memory a process has had, in MB (10^6 bytes).
func resident(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, errors.New("the kernel does not tell how much memory a process has had")
}
