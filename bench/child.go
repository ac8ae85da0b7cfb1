package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// childOf names the variable that tells a process to make calls of a kind, and
// how often, instead of measuring everything.
const (
	childOf    = "TAILGATE_BENCH_CALL"
	childTimes = "TAILGATE_BENCH_TIMES"
)

// price is what one call costs on average.
type price struct {
	Elapsed     float64 // ns
	Processor   float64 // ns, of all threads
	Allocations float64
}

// elsewhere makes the named call n times in a process of its own. What a call
// leaves behind burdens whoever comes next in the same process: hedgedhttp's
// timers stay until they fire, ten seconds here, and the garbage collector
// looks at them again and again.
func elsewhere(ctx context.Context, name string, n int) (price, error) {
	self, err := os.Executable()
	if err != nil {
		return price{}, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), childOf+"="+name, childTimes+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return price{}, fmt.Errorf("%s: %w", name, err)
	}
	var p price
	err = json.Unmarshal(out, &p)
	return p, err
}

// beChild does what elsewhere asked this process for.
func beChild(ctx context.Context, stdout io.Writer) error {
	n, err := strconv.Atoi(os.Getenv(childTimes))
	if err != nil {
		return err
	}
	call, err := calls(ctx, os.Getenv(childOf))
	if err != nil {
		return err
	}
	if _, err := priceOf(n/10+1, call); err != nil { // warm up
		return err
	}
	p, err := priceOf(n, call)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(p)
}

// priceOf makes n calls one after the other.
func priceOf(n int, call func() error) (p price, err error) {
	used, err := processorTime()
	if err != nil {
		return price{}, err
	}
	began := time.Now()
	if p.Allocations, err = allocations(n, call); err != nil {
		return price{}, err
	}
	p.Elapsed = float64(time.Since(began)) / float64(n)
	usedNow, err := processorTime()
	p.Processor = float64(usedNow-used) / float64(n)
	return p, err
}
