package trace

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Trace is a file in memory, column by column. It must not be changed, and is
// then safe for concurrent use.
type Trace struct {
	Header Header
	// Due is when each request was due, from the start of the load; it never
	// decreases. It has at least one element.
	Due []time.Duration
	// Models are in the order of the header.
	Models []*Model

	ids     []uint64
	prompts []uint64
	tasks   []uint32 // places in texts
	texts   intern[string]
	// failures are what calls ended with; place 0 is none.
	failures intern[llm.Error]
}

// Model is what one model did, request by request: element i of each column
// belongs to request i. It must not be changed, and is then safe for concurrent
// use.
type Model struct {
	Info
	// Latency is the time until the whole answer or the failure had come.
	Latency []time.Duration
	// FirstToken is the time until the first token, -1 where none came.
	FirstToken []time.Duration
	// Input and Output are the tokens used.
	Input, Output []int32

	failure []uint32 // places in trace.failures
	text    []uint32 // places in trace.texts
	mark    []mark
	trace   *Trace
}

// mark holds what of a call is true or false.
type mark uint8

const (
	estimated mark = 1 << iota
	cut
	right
	wrong
)

// Rate returns how many requests are due per second on average: as many as have a
// gap after them, by the time from the first to the last. Requests that are all
// due at once count as one second's.
func Rate(due []time.Duration) float64 {
	n := len(due)
	if n == 0 || due[n-1] == due[0] {
		return float64(n)
	}
	return float64(n-1) / (due[n-1] - due[0]).Seconds()
}

// Len returns the number of requests.
func (t *Trace) Len() int { return len(t.Due) }

// Model returns the model of that name.
func (t *Trace) Model(name string) (m *Model, ok bool) {
	for _, m := range t.Models {
		if m.Name == name {
			return m, true
		}
	}
	return nil, false
}

// Names returns the names of the models, in the order of the header.
func (t *Trace) Names() []string {
	names := make([]string, len(t.Models))
	for i, m := range t.Models {
		names[i] = m.Name
	}
	return names
}

// Row returns a row as it was written.
func (t *Trace) Row(i int) Row {
	r := Row{ID: t.ids[i], Due: t.Due[i], Prompt: t.prompts[i], Task: t.texts.at(t.tasks[i])}
	for _, m := range t.Models {
		r.Calls = append(r.Calls, m.Call(i))
	}
	return r
}

// Len returns the number of requests.
func (m *Model) Len() int { return len(m.Latency) }

// OK says whether the model answered request i.
func (m *Model) OK(i int) bool { return m.failure[i] == 0 }

// Call returns what the model did with request i.
func (m *Model) Call(i int) Call {
	c := Call{
		Latency: m.Latency[i],
		Usage:   llm.Usage{Input: int(m.Input[i]), Output: int(m.Output[i]), Estimated: m.mark[i]&estimated != 0},
		Cut:     m.mark[i]&cut != 0,
		Text:    m.trace.texts.at(m.text[i]),
	}
	if m.FirstToken[i] >= 0 {
		c.FirstToken, c.HasFirstToken = m.FirstToken[i], true
	}
	if f := m.failure[i]; f != 0 {
		c.Failure = &m.trace.failures.all[f]
	}
	switch {
	case m.mark[i]&right != 0:
		c.Correct = Right
	case m.mark[i]&wrong != 0:
		c.Correct = Wrong
	}
	return c
}

// newTrace returns a trace without rows.
func newTrace(h Header) *Trace {
	t := &Trace{Header: h, texts: newIntern(""), failures: newIntern(llm.Error{})}
	for _, info := range h.Models {
		t.Models = append(t.Models, &Model{Info: info, trace: t})
	}
	return t
}

// add appends a row, which has been checked.
func (t *Trace) add(r *Row) {
	t.ids = append(t.ids, r.ID)
	t.Due = append(t.Due, r.Due)
	t.prompts = append(t.prompts, r.Prompt)
	t.tasks = append(t.tasks, t.texts.place(r.Task))
	for i, m := range t.Models {
		m.add(&r.Calls[i])
	}
}

func (m *Model) add(c *Call) {
	first, failure := time.Duration(-1), uint32(0)
	if c.HasFirstToken {
		first = c.FirstToken
	}
	if c.Failure != nil {
		failure = m.trace.failures.place(*c.Failure)
	}
	m.Latency = append(m.Latency, c.Latency)
	m.FirstToken = append(m.FirstToken, first)
	m.Input = append(m.Input, int32(c.Usage.Input))    //nolint:gosec // at most mostTokens
	m.Output = append(m.Output, int32(c.Usage.Output)) //nolint:gosec // at most mostTokens
	m.failure = append(m.failure, failure)
	m.text = append(m.text, m.trace.texts.place(c.Text))
	m.mark = append(m.mark, marks(c))
}

func marks(c *Call) mark {
	var k mark
	if c.Usage.Estimated {
		k |= estimated
	}
	if c.Cut {
		k |= cut
	}
	switch c.Correct {
	case Right:
		k |= right
	case Wrong:
		k |= wrong
	case Unknown:
	}
	return k
}

// intern keeps each different value once. Place 0 is the zero value.
type intern[T comparable] struct {
	all    []T
	places map[T]uint32 // nil once everything is in
}

func newIntern[T comparable](zero T) intern[T] {
	return intern[T]{all: []T{zero}, places: map[T]uint32{zero: 0}}
}

func (n *intern[T]) at(place uint32) T { return n.all[place] }

func (n *intern[T]) place(v T) uint32 {
	p, ok := n.places[v]
	if !ok {
		p = uint32(len(n.all)) //nolint:gosec // bounded by the number of calls
		n.all = append(n.all, v)
		n.places[v] = p
	}
	return p
}
