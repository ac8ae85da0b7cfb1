package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
)

// reading is held while a command of this process reads its command line: the
// library writes into a help flag that all programs share, of which outside of
// tests there is one.
var reading sync.Mutex

// runAlone runs the program to its end.
func runAlone(t *testing.T, stdout, stderr io.Writer, args ...string) (code int) {
	t.Helper()
	reading.Lock()
	defer reading.Unlock()
	return run(t.Context(), append([]string{"tailgate"}, args...), stdout, stderr)
}

// launch runs the program until ctx is done, and returns the first line that it
// prints and where its exit code will be.
func launch(ctx context.Context, t *testing.T, stderr io.Writer, args ...string) (line string, code <-chan int) {
	t.Helper()
	out, in := io.Pipe()
	exit := make(chan int, 1)
	reading.Lock()
	defer reading.Unlock()
	go func() {
		defer in.Close()
		exit <- run(ctx, append([]string{"tailgate"}, args...), in, stderr)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: exit code %d before a line was printed", args, <-exit)
	}
	return strings.TrimSpace(line), exit
}
