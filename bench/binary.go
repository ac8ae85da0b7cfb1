package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// usage is what one run of the binary took.
type usage struct {
	wall     time.Duration
	resident float64 // at most, in MB (10^6 bytes)
}

// measureRun measures the built binary: from the scenario to the written
// reports.
func measureRun(ctx context.Context, e effort) ([]line, error) {
	dir, err := os.MkdirTemp("", "tailgate-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "tailgate")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/tailgate")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	lines, err := measureHour(ctx, e, binary, dir)
	if err != nil {
		return nil, err
	}
	million, err := measureMillion(ctx, e, binary, dir)
	return append(lines, million...), err
}

// measureHour simulates an hour at 20 requests/s of every strategy.
func measureHour(ctx context.Context, e effort, binary, dir string) ([]line, error) {
	length := (time.Hour / time.Duration(e.scale)).String()
	seconds, err := repeat(min(e.rounds, 5), func() (float64, error) {
		u, err := spend(ctx, binary, dir, "--rate", "20/s", "--duration", length)
		return u.wall.Seconds(), err
	})
	return []line{{
		name: "an hour of primary-outage", unit: "s", value: seconds,
		goal: atMost(seconds, 2, "< 2 (2 cores)"),
	}}, err
}

// measureMillion simulates a million requests of the strategy hedge, whose
// memory it compares with that of a tenth as many.
func measureMillion(ctx context.Context, e effort, binary, dir string) ([]line, error) {
	n := max(1_000_000/e.scale, 10)
	some, err := spend(ctx, binary, dir, "--only", "hedge", "--requests", strconv.Itoa(n/10))
	if err != nil {
		return nil, err
	}
	all, err := spend(ctx, binary, dir, "--only", "hedge", "--requests", strconv.Itoa(n))
	perRequest := (all.resident - some.resident) * 1e6 / float64(n-n/10)
	return []line{
		{name: "a million requests", unit: "MB resident", value: all.resident, goal: atMost(all.resident, 250, "< 250")},
		{name: "a million requests", unit: "B/request more", value: perRequest},
		{name: "a million requests", unit: "s", value: all.wall.Seconds()},
	}, err
}

// spend runs the scenario primary-outage on the virtual clock and returns what
// that took.
func spend(ctx context.Context, binary, dir string, flags ...string) (usage, error) {
	args := append([]string{"run", "--out", filepath.Join(dir, "out")}, flags...)
	cmd := exec.CommandContext(ctx, binary, append(args, "primary-outage")...)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	u := usage{wall: time.Since(began)}
	if err != nil && cmd.ProcessState.ExitCode() != exitObjectives {
		return u, fmt.Errorf("%s: %w: %s", cmd, err, out)
	}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.resident = float64(r.Maxrss) * 1024 / 1e6 // Linux counts in KiB
	}
	return u, nil
}

// exitObjectives is the exit code of a run that went well but missed its
// objectives, as one with other settings than the scenario's may.
const exitObjectives = 3
