package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// events passes on what happens during a run, as lines of JSON, to a file or to
// a command. It never delays the run by more than a write; what goes wrong ends
// up as warnings. It is safe for concurrent use.
type events struct {
	handle func(line []byte) error
	finish func() error

	mu       sync.Mutex
	dropped  int   // guarded by mu
	failures int   // guarded by mu
	first    error // guarded by mu
}

// The bounds on commands under way and waiting; further events are dropped.
const (
	commandsAtOnce  = 4
	commandsWaiting = 256
)

const execPrefix = "exec:"

// newEvents returns where events go: the file of that name, or with "exec:" a
// shell command that is run once per event with the event on its stdin.
func newEvents(ctx context.Context, to string, stderr io.Writer) (*events, error) {
	if command, ok := strings.CutPrefix(to, execPrefix); ok {
		if strings.TrimSpace(command) == "" {
			return nil, misuse("for example --on-event 'exec:./notify.sh'", "there is no command after %q", execPrefix)
		}
		e := &events{}
		e.toCommand(ctx, command, stderr)
		return e, nil
	}
	file, err := os.Create(to)
	if err != nil {
		return nil, &usageError{err: err, hint: "events go to a file, or to a command after exec:"}
	}
	e := &events{finish: file.Close}
	e.handle = func(line []byte) error { _, err := file.Write(line); return err }
	return e, nil
}

// toCommand starts the workers that run the command.
func (e *events) toCommand(ctx context.Context, command string, stderr io.Writer) {
	queue := make(chan []byte, commandsWaiting)
	quiet := &lockedWriter{w: stderr}
	var workers sync.WaitGroup
	for range commandsAtOnce {
		workers.Go(func() {
			for line := range queue {
				if err := notify(ctx, command, line, quiet); err != nil {
					e.failed(fmt.Errorf("%s: %w", command, err))
				}
			}
		})
	}
	e.handle = func(line []byte) error {
		select {
		case queue <- line:
		default:
			e.drop()
		}
		return nil
	}
	e.finish = func() error {
		close(queue)
		workers.Wait()
		return nil
	}
}

// commandTime is how long one command may take, so that a hanging one does not
// hold up the end of the run.
const commandTime = 10 * time.Second

// notify runs a command with an event on its standard input.
func notify(ctx context.Context, command string, line []byte, out io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, commandTime, fmt.Errorf("took more than %v", commandTime))
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command) //nolint:gosec // it is the user's own
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(line), out, out
	cmd.WaitDelay = time.Second // what the command has started may hold its output open
	if err := cmd.Run(); err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	return nil
}

// tell passes an event on.
func (e *events) tell(event engine.Event) {
	line, err := json.Marshal(event)
	if err == nil {
		err = e.handle(append(line, '\n'))
	}
	if err != nil {
		e.failed(err)
	}
}

func (e *events) failed(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failures++
	if e.first == nil {
		e.first = err
	}
}

func (e *events) drop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dropped++
}

// close waits until everything has been passed on and returns what went wrong.
// Nothing may be told afterwards.
func (e *events) close() (warnings []string) {
	if err := e.finish(); err != nil {
		e.failed(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failures > 0 {
		warnings = append(warnings, fmt.Sprintf("%s could not be passed on: %v", counted(e.failures, "event", "events"), e.first))
	}
	if e.dropped > 0 {
		warnings = append(warnings, fmt.Sprintf("%d events were dropped: the command is too slow for them", e.dropped))
	}
	return warnings
}

// lockedWriter lets commands under way at once share a stream.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
