package record

import (
	"math"
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// The rule for being back to normal: the requests due in three consecutive
// seconds have a P95 of at most 1.25 times the normal one, and at most 1 % of
// them failed, or 1.25 times the share that normally fails if that is more.
const (
	recoveryWindow = 3 * time.Second
	recoveryStep   = time.Second
	tolerance      = 1.25
	toleratedFails = 0.01
)

// How a strategy came through a fault.
const (
	Recovered   = "recovered"
	Unaffected  = "unaffected"     // the requests of the fault as a whole were normal
	NotByTheEnd = "not_by_the_end" // the run ended before things were normal again
	NoAftermath = "no_aftermath"   // the run has no calm, or ended with the fault
)

// Fault is how a strategy fared in and after one fault.
type Fault struct {
	Name          string
	FromMS, ToMS  float64
	Requests      int // due in the window
	SuccessDuring stats.Estimate
	P95During     stats.Estimate // milliseconds
	// RecoveredAfterMS counts from the fault's end, in steps of a second; 0 if
	// unaffected, nil if there was no recovery to be seen. Of incidents it is that
	// of the one that took longest.
	RecoveredAfterMS *float64
	Recovery         string // recovered | unaffected | not_by_the_end | no_aftermath
	// Amplification is attempts per request in the window over that before the
	// first fault, or in calm, or in the whole run, by what there is enough of;
	// 1 if the window holds no request.
	Amplification float64
}

// Faults returns how the strategy fared in each fault, in the order of
// [Config.Faults].
func (r *Recorder) Faults() []Fault {
	rows := r.byDue()
	normal := newNormal(rows, r.cfg.Faults)
	faults := make([]Fault, len(r.cfg.Faults))
	for i := range r.cfg.Faults {
		faults[i] = normal.describe(rows, &r.cfg.Faults[i])
	}
	return faults
}

// normal is what a strategy does when nothing is wrong.
type normal struct {
	known    bool
	p95      float64 // µs; +Inf if more than 5 % fail
	failing  float64 // share
	attempts float64 // per request
	buf      []uint32
}

// newNormal looks at the time before the first fault, since a strategy that
// never recovers makes a poor calm of what follows. If that has fewer requests
// than a P95 needs it looks at all of calm, else at all outside the faults.
func newNormal(rows schedule, faults []Window) *normal {
	phase := newPhases(faults)
	first := rows.end()
	for i := range faults {
		for _, s := range faults[i].Spans() {
			first = min(first, s.From)
		}
	}
	enough := stats.Needed(0.95)
	reference := rows.between(0, first)
	if len(reference) < enough {
		reference = rows.where(func(t time.Duration) bool { return phase.at(t) == calm })
	}
	if len(reference) < enough {
		reference = rows.where(func(t time.Duration) bool { return phase.at(t)%2 == 0 })
	}
	n := &normal{known: len(reference) > 0}
	if !n.known {
		reference = rows
	}
	n.p95, n.failing = n.measure(reference)
	_, attempts := reference.count()
	n.attempts = float64(attempts) / float64(max(1, len(reference)))
	return n
}

func (s schedule) where(holds func(due time.Duration) bool) schedule {
	var found schedule
	for i := range s {
		if holds(s[i].dueAt()) {
			found = append(found, s[i])
		}
	}
	return found
}

// measure returns P95 in microseconds, +Inf among failures, and the share of
// failures.
func (n *normal) measure(rows schedule) (p95, failing float64) {
	n.buf = rows.latencies(n.buf)
	failed := len(rows) - len(n.buf)
	p95 = math.Inf(1)
	if v, known := stats.Point(n.buf, failed, 0.95); known {
		p95 = float64(v)
	}
	return p95, float64(failed) / float64(max(1, len(rows)))
}

// holds says whether rows look normal; rows without requests say nothing.
func (n *normal) holds(rows schedule) bool {
	p95, failing := n.measure(rows)
	return p95 <= tolerance*n.p95 && failing <= max(toleratedFails, tolerance*n.failing)
}

func (n *normal) describe(rows schedule, w *Window) Fault {
	during := rows.during(w.Spans())
	ok, attempts := during.count()
	n.buf = during.latencies(n.buf)
	f := Fault{
		Name: w.Name, FromMS: stats.Millis(w.From), ToMS: stats.Millis(w.To), Requests: len(during),
		SuccessDuring: stats.Wilson(ok, len(during)),
		P95During:     stats.Percentile(n.buf, len(during)-ok, 0.95).Over(1e3),
		Amplification: 1,
	}
	if len(during) > 0 && n.attempts > 0 {
		f.Amplification = stats.Round(float64(attempts) / float64(len(during)) / n.attempts)
	}
	f.Recovery, f.RecoveredAfterMS = n.slowest(rows, w.Spans())
	return f
}

// during returns the rows due in the spans, which follow each other.
func (s schedule) during(spans []Span) schedule {
	if len(spans) == 1 {
		return s.between(spans[0].From, spans[0].To)
	}
	var all schedule
	for _, span := range spans {
		all = append(all, s.between(span.From, span.To)...)
	}
	return all
}

// slowest returns the recovery from the span that took longest; nothing is known of
// one after which there was nothing to be seen, if there are others.
func (n *normal) slowest(rows schedule, spans []Span) (state string, afterMS *float64) {
	rank := []string{"", Unaffected, NoAftermath, Recovered, NotByTheEnd}
	for _, span := range spans {
		s, ms := n.recovery(rows, rows.between(span.From, span.To), span.To)
		worse := slices.Index(rank, s) - slices.Index(rank, state)
		if worse > 0 || worse == 0 && ms != nil && *ms > *afterMS {
			state, afterMS = s, ms
		}
	}
	if state == "" { // no spans
		return n.recovery(rows, nil, 0)
	}
	return state, afterMS
}

// recovery finds the first of the seconds from the fault's end with which three
// normal ones begin.
func (n *normal) recovery(rows, during schedule, end time.Duration) (state string, afterMS *float64) {
	last := rows.end() - recoveryWindow
	switch {
	case !n.known:
		return NoAftermath, nil
	case len(during) == 0 || n.holds(during):
		return Unaffected, new(0.0)
	case end > last:
		return NoAftermath, nil
	}
	for at := end; at <= last; at += recoveryStep {
		window := rows.between(at, at+recoveryWindow)
		if len(window) > 0 && n.holds(window) {
			return Recovered, new(stats.Millis(at - end))
		}
	}
	return NotByTheEnd, nil
}
