package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong with a scenario file.
type Error struct {
	File string
	// Line and Column are where it is, counted in characters from 1. Line is 0
	// if it concerns the file as a whole.
	Line, Column int
	// Key is the path to the value, such as "faults[0].latency.add"; "" at the
	// top.
	Key string
	// Value is the value as it is written; "" if it is no plain value.
	Value string
	// Message says what is wrong and what would be allowed.
	Message string
}

// Error returns file, place, key, value and message in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File + ":")
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", e.Line, e.Column)
	}
	if e.Key != "" {
		b.WriteString(" " + e.Key + ":")
	}
	if e.Value != "" {
		fmt.Fprintf(&b, " %q:", shorten(e.Value))
	}
	return b.String() + " " + e.Message
}

// maxShown is how many characters of a value an error shows.
const maxShown = 60

func shorten(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}

// Errors is everything that is wrong with a scenario file, in the order of the
// file. There is at least one error.
type Errors struct { //nolint:errname // read as scenarios.Errors: many of scenarios.Error
	All []*Error
}

// Error returns the errors, one a line.
func (e *Errors) Error() string {
	lines := make([]string, len(e.All))
	for i, one := range e.All {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors one by one.
func (e *Errors) Unwrap() []error {
	all := make([]error, len(e.All))
	for i, one := range e.All {
		all[i] = one
	}
	return all
}

// sorted returns errs as one error, by place in the file.
func sorted(errs []*Error) *Errors {
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Errors{All: errs}
}

// whole returns the error that a file as a whole is wrong.
func whole(file, format string, args ...any) *Errors {
	return &Errors{All: []*Error{{File: file, Message: fmt.Sprintf(format, args...)}}}
}
