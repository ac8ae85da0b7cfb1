package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// The exit codes, part of the contract with scripts.
const (
	exitGood        = 0
	exitFailed      = 1   // tailgate failed
	exitUsage       = 2   // the command line or a file is wrong
	exitMissed      = 3   // objectives missed
	exitUndecided   = 4   // objectives undecided, and --strict asked
	exitInterrupted = 130 // stopped by Ctrl-C; the report is of what was measured
)

// usageError is a mistake of the user's, with a hint what to do instead.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// misuse returns a usageError.
func misuse(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// exitError ends the program with a code after everything has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// report says on stderr what went wrong and returns the exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitGood
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	if many, ok := errors.AsType[*scenarios.Errors](err); ok {
		for _, one := range many.Unwrap() {
			fmt.Fprintf(stderr, "tailgate: %v\n", one)
		}
		return exitUsage
	}
	fmt.Fprintf(stderr, "tailgate: %v\n", err)
	var usage *usageError
	var dir *reports.DirError
	if hint, ok := realHint(err); ok {
		fmt.Fprintf(stderr, "tailgate: hint: %s\n", hint)
		return exitUsage
	}
	switch {
	case errors.As(err, &usage):
		if usage.hint != "" {
			fmt.Fprintf(stderr, "tailgate: hint: %s\n", usage.hint)
		}
		return exitUsage
	case errors.As(err, &dir):
		fmt.Fprintf(stderr, "tailgate: hint: %s\n", dir.Hint)
		return exitUsage
	case errors.Is(err, engine.ErrOptions), errors.Is(err, engine.ErrLoad), errors.Is(err, tune.ErrInput):
		return exitUsage
	}
	return exitFailed
}
