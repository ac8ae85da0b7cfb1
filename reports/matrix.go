package reports

import (
	"slices"
	"strings"
)

// matrix is the table of objectives: a row for each thing demanded, a column for
// each strategy of which anything is.
type matrix struct {
	Take string
	// Unasked names the strategies without an objective of their own.
	Unasked string
	Heads   []look
	Rows    []demand
}

// demand is a row: what is demanded and how each strategy meets it.
type demand struct {
	Metric, Bound string
	Claim         bool // it judges nobody
	Cells         []goal
}

// Parts are the metric between its points, where a line may break.
func (d demand) Parts() []string { return strings.Split(d.Metric, ".") }

// goal is the verdict on one objective; the zero goal stands for a strategy of
// which this was not demanded.
type goal struct {
	Class, Mark, Word       string
	Measured, Interval, Why string
}

// objectiveMatrix returns the table, or nil without objectives.
func objectiveMatrix(d *Document, looks []look) *matrix {
	if len(d.Objectives) == 0 {
		return nil
	}
	m := &matrix{Take: goalsTake(d)}
	var unasked []string
	for _, l := range looks {
		switch {
		case slices.ContainsFunc(d.Objectives, func(o Objective) bool { return o.subject() == l.Full }):
			m.Heads = append(m.Heads, l)
		default:
			unasked = append(unasked, l.Full)
		}
	}
	if len(unasked) > 0 {
		m.Unasked = "Nothing is demanded of " + allOf(unasked) + "."
	}
	for _, o := range d.Objectives {
		m.place(o)
	}
	return m
}

// place puts an objective into its column of a row with the same demand.
func (m *matrix) place(o Objective) {
	column := slices.IndexFunc(m.Heads, func(l look) bool { return l.Full == o.subject() })
	if column < 0 { // of no strategy of this report: a row of its own says so
		m.Rows = append(m.Rows, demand{Metric: o.Text, Bound: goalOf(o).Word, Cells: make([]goal, len(m.Heads))})
		return
	}
	metric, bound := strings.TrimPrefix(o.metric(), o.subject()+"."), o.boundAndLimit()
	row := slices.IndexFunc(m.Rows, func(r demand) bool {
		return r.Metric == metric && r.Bound == bound && r.Claim == o.Claim && r.Cells[column].Class == ""
	})
	if row < 0 {
		row = len(m.Rows)
		m.Rows = append(m.Rows, demand{metric, bound, o.Claim, make([]goal, len(m.Heads))})
	}
	m.Rows[row].Cells[column] = goalOf(o)
}

// subject is the strategy that the objective is about, judged or not.
func (o Objective) subject() string {
	if len(o.Strategies) == 0 {
		return ""
	}
	return o.Strategies[0]
}

// boundAndLimit is the limit as it is written, and its value where that depends
// on a measurement.
func (o Objective) boundAndLimit() string {
	if len(o.Strategies) > 1 && o.Limit != nil && strings.ContainsAny(o.bound(), ".*+-/") {
		return o.bound() + " (" + limitOf(o) + ")"
	}
	return o.bound()
}

func goalOf(o Objective) goal {
	g := goal{Measured: o.measured(), Interval: glue(o.interval()), Why: o.Why}
	switch o.Verdict {
	case pass:
		g.Class, g.Mark, g.Word = "ok", "✓", pass
	case fail:
		g.Class, g.Mark, g.Word = "ko", "✕", fail
	default:
		g.Class, g.Mark, g.Word = "un", "?", undecided
	}
	return g
}

func goalsTake(d *Document) string {
	n := len(d.Objectives)
	switch passed := count(d.Objectives, pass); {
	case passed == n && n == 1:
		return "The objective passes"
	case passed == n:
		return "All " + formatCount(n) + " objectives pass"
	default:
		return join(formatCount(passed)+" of "+plural(n, "objective")+" passed",
			some(count(d.Objectives, fail), "failed"), some(count(d.Objectives, undecided), "undecided"))
	}
}

func some(n int, what string) string {
	if n == 0 {
		return ""
	}
	return formatCount(n) + " " + what
}
