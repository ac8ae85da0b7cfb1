package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/trace"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// tapes are the traces that a file refers to, each read once.
type tapes struct {
	names  []string // in the order in which they were met
	traces map[string]*trace.Trace
	// played says which model of the scenario replays which of which trace.
	played map[played]string
}

type played struct{ file, model string }

// tape reads the name of a trace and returns what is in the file. What is wrong
// with it is said once, however many models it was to stand for.
func (v value) tape() (name string, t *trace.Trace) {
	name, ok := v.text("the name of a file written by tailgate record, such as tickets.trace.ndjson.gz")
	if !ok {
		return "", nil
	}
	all := &v.r.tapes
	if t, seen := all.traces[name]; seen {
		return name, t
	}
	if all.traces == nil {
		all.traces, all.played = make(map[string]*trace.Trace), make(map[played]string)
	}
	t, err := v.r.readTrace(name)
	if err != nil {
		v.fail("%v", err)
	} else {
		all.names = append(all.names, name)
	}
	all.traces[name] = t
	return name, t
}

// readTrace reads a trace, which may be larger than other attachments.
func (r *reader) readTrace(name string) (*trace.Trace, error) {
	f, err := r.open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be opened as a file: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	return trace.Read(f, name)
}

// provider returns what the file says who answers, without complaining.
func (v value) provider() string {
	quiet := value{r: &reader{}, node: v.node}
	if !v.isMapping() {
		return ""
	}
	for _, e := range quiet.entries("a mapping") {
		if e.key == "provider" {
			text, _ := scalar(e.node)
			return text
		}
	}
	return ""
}

// readReplay reads a model that is replayed from a trace. What it says replaces
// what the trace says.
func readReplay(name string, v value) Model {
	m := Model{Settings: mockprovider.Settings{Name: name}}
	var tape *trace.Trace
	from := name
	found := v.object(fields{
		"provider": func(value) {}, // has been read
		"file":     func(v value) { m.Trace, tape = v.tape() },
		"model":    func(v value) { from = v.string() },
		"format":   func(v value) { m.Format = readFormat(v) },
		"price":    m.readPrice,
		"accuracy": func(v value) { share := v.share(); m.Accuracy = &share },
		"judge":    m.readJudge,
	})
	v.need(found, "file")
	if tape == nil {
		return m
	}
	at, named := found["model"]
	if !named {
		at = found["file"]
	}
	recorded, ok := tape.Model(from)
	switch {
	case !ok && named:
		at.fail("%s", unknown("model of "+m.Trace, from, tape.Names()))
	case !ok:
		at.fail("has no model %q: say with model which it is to be: allowed are %s", name, strings.Join(tape.Names(), ", "))
	default:
		at.claim(played{m.Trace, from}, name)
		m.take(recorded, found)
	}
	return m
}

// claim checks that a recording stands for one model only.
func (v value) claim(p played, name string) {
	if other, taken := v.r.tapes.played[p]; taken {
		v.fail("is replayed by %s already: one recording cannot stand for two models, which would be slow and fail in step", other)
	}
	v.r.tapes.played[p] = name
}

// take fills in what the trace says.
func (m *Model) take(recorded *trace.Model, found present) {
	m.Replay = trace.Replay{Model: recorded, TimeScale: 1}
	if !found.has("price") {
		m.Price = llm.Price(recorded.Price)
	}
	if f, ok := wire.ParseFormat(recorded.Format); ok && !found.has("format") {
		m.Format = f
	}
}

// Rows returns how many requests the trace has that the model is replayed from; 0
// if its behaviour is drawn.
func (m *Model) Rows() int {
	if y, ok := m.Replay.(trace.Replay); ok {
		return y.Model.Len()
	}
	return 0
}

// readTraceArrivals reads the name of the trace whose due times are met again.
func (a *Arrivals) readTraceArrivals(v value) {
	a.Shape = Replayed
	if _, t := v.tape(); t != nil {
		a.replay(t)
	}
}

func (a *Arrivals) replay(t *trace.Trace) { a.Due = t.Due }

// resolve completes a load that is to be replayed, once all models are known: its
// due times are those of the one trace there is, unless it says which.
func (r *reader) resolve(l *Schedule, load value) {
	a, names := &l.Arrivals, r.tapes.names
	if a.Shape != Replayed {
		return
	}
	switch {
	case a.Due != nil:
	case len(names) == 1:
		a.replay(r.tapes.traces[names[0]])
	case len(names) > 1:
		load.fail("arrivals are those of a trace, and there are several: write {trace: FILE}, one of %s", strings.Join(names, ", "))
		return
	case len(r.tapes.traces) == 0:
		load.fail("arrivals are those of a trace, and no model replays one: write {trace: FILE}")
		return
	default: // the trace cannot be read, which has been said
		return
	}
	l.Rate = trace.Rate(a.Due)
	if l.Duration == 0 && l.Requests == 0 {
		l.Requests = len(a.Due)
	}
}

// due returns due times on a time scale.
func (s timescale) due(all []time.Duration) []time.Duration {
	if s == 1 {
		return all
	}
	all = slices.Clone(all)
	for i, d := range all {
		all[i] = s.time(d)
	}
	return all
}
