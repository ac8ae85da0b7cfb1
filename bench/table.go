package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// line is one line of the table.
type line struct {
	name  string
	unit  string
	value float64
	peer  *peer // nil when there is nobody to compare with
	goal  goal
}

// peer is what a line compares with.
type peer struct {
	name  string
	value float64
	ratio float64 // of ours to the peer's
}

// goal is what a line is to reach; the zero goal is none.
type goal struct {
	text string
	met  bool
}

// atLeast is the goal that got reaches limit.
func atLeast(got, limit float64, text string) goal { return goal{text: text, met: got >= limit} }

// atMost is the goal that got stays at or below limit.
func atMost(got, limit float64, text string) goal { return goal{text: text, met: got <= limit} }

// write prints the lines as a table.
func write(w io.Writer, lines []line) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tours\t\tpeer\tratio\tgoal\tmet\t")
	for _, l := range lines {
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\n", l.name, number(l.value), l.unit, l.peer, l.goal)
	}
	return t.Flush()
}

// String returns the peer's columns: who, value and ratio.
func (p *peer) String() string {
	if p == nil {
		return "\t\t"
	}
	return fmt.Sprintf("%s\t%s\t%.2f", p.name, number(p.value), p.ratio)
}

// String returns the goal's columns.
func (g goal) String() string {
	switch {
	case g.text == "":
		return "\t\t"
	case g.met:
		return g.text + "\tyes\t"
	default:
		return g.text + "\tNO\t"
	}
}

// number prints x to three significant digits or to the unit.
func number(x float64) string {
	if x >= 100 || x <= -100 {
		return grouped(strconv.FormatFloat(x, 'f', 0, 64))
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// grouped puts a comma before every third digit from the end.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
