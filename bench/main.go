// Bench measures how fast tailgate is, against the libraries and the tool that
// people use instead, and prints one table.
//
// The machine is assumed to be shared and noisy. So ours and the peer are
// measured in turn, in short rounds that change who goes first; a ratio is the
// median of the rounds' ratios, each of two neighbours in time; and what is a
// cost rather than a delay is counted in processor time. README.md says what
// each line compares.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	work := func() error { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) }
	switch {
	case os.Getenv(childOf) != "":
		work = func() error { return beChild(ctx, os.Stdout) }
	case os.Getenv(serveWhat) != "":
		work = func() error { return beServer(ctx, os.Stdin, os.Stdout) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// effort says how long to measure.
type effort struct {
	rounds int // of ours and the peer in turn
	scale  int // divides the work of a round
}

// comparison is one group of lines of the table.
type comparison struct {
	name    string
	measure func(context.Context, effort) ([]line, error)
}

// comparisons returns all of them. The one that starts other programs is first,
// because Linux counts the memory of the program that started one as its own.
func comparisons() []comparison {
	return []comparison{
		{"run", measureRun},
		{"virtual", measureVirtual},
		{"hedge", measureHedge},
		{"tune", measureTune},
		{"loopback", measureLoopback},
		{"mock", measureMock},
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("rounds", 11, "rounds of ours and the peer in turn")
	scale := flags.Int("scale", 1, "divide the work of every round by this, for a quick look")
	only := flags.String("only", "", "measure only these, separated by commas: run, virtual, hedge, tune, loopback, mock")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *rounds < 1 || *scale < 1 || flags.NArg() > 0 {
		return errors.New("want -rounds and -scale of at least 1 and no further argument")
	}
	lines, err := measure(ctx, effort{rounds: *rounds, scale: *scale}, *only, stderr)
	return errors.Join(err, write(stdout, lines))
}

// measure makes the comparisons named in only, or all, and returns the lines
// of those that worked.
func measure(ctx context.Context, e effort, only string, progress io.Writer) ([]line, error) {
	var lines []line
	var errs []error
	for _, c := range comparisons() {
		if only != "" && !slices.Contains(strings.Split(only, ","), c.name) {
			continue
		}
		fmt.Fprintf(progress, "measuring %s\n", c.name)
		got, err := c.measure(ctx, e)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
		}
		lines = append(lines, got...)
	}
	return lines, errors.Join(errs...)
}
