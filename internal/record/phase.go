package record

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// calm is the phase outside every fault and aftermath; fault i of the run is
// phase 1+2i and its aftermath 2+2i.
const calm = 0

// longestAftermath bounds an aftermath, which lasts as long as its fault did.
const longestAftermath = time.Minute

// phases tells the phase of any time of a run.
type phases struct {
	from  []time.Duration // where each stretch begins; the first is the run's start
	phase []int
}

func newPhases(faults []Window) phases {
	edges := []time.Duration{0}
	for i := range faults {
		for _, s := range faults[i].Spans() {
			edges = append(edges, s.From, s.To, s.To+s.aftermath())
		}
	}
	slices.Sort(edges)
	var p phases
	for _, at := range slices.Compact(edges) {
		p.from = append(p.from, at)
		p.phase = append(p.phase, phaseAt(faults, at))
	}
	return p
}

func (s Span) aftermath() time.Duration { return min(s.To-s.From, longestAftermath) }

// phaseAt is the first active fault, else the aftermath of the fault that ended
// last, else calm.
func phaseAt(faults []Window, t time.Duration) int {
	phase, ended := calm, time.Duration(-1)
	for i := range faults {
		for _, s := range faults[i].Spans() {
			if s.holds(t) {
				return 1 + 2*i
			}
			if s.To <= t && t < s.To+s.aftermath() && s.To > ended {
				phase, ended = 2+2*i, s.To
			}
		}
	}
	return phase
}

func (p phases) at(t time.Duration) int {
	i := sort.Search(len(p.from), func(i int) bool { return p.from[i] > t })
	return p.phase[max(0, i-1)]
}

// schedule are the rows of a recorder by due time.
type schedule []row

// byDue returns the recorded rows by due time: the recorder's own if they are
// complete and in that order, as in any run that was not interrupted.
func (r *Recorder) byDue() schedule {
	rows := schedule(r.rows)
	if r.tally.requests < len(rows) {
		rows = make(schedule, 0, r.tally.requests)
		for _, w := range r.rows {
			if w.is(present) {
				rows = append(rows, w)
			}
		}
	}
	due := func(a, b row) int { return cmp.Compare(a.due, b.due) }
	if slices.IsSortedFunc(rows, due) {
		return rows
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, due)
	return rows
}

// between returns the rows due from from until before to.
func (s schedule) between(from, to time.Duration) schedule {
	at := func(t time.Duration) int {
		return sort.Search(len(s), func(i int) bool { return s[i].dueAt() >= t })
	}
	return s[at(from):max(at(from), at(to))]
}

// end returns the first full second after the last request was due.
func (s schedule) end() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].dueAt().Truncate(time.Second) + time.Second
}

// count returns how many of the rows succeeded and how many attempts they took.
func (s schedule) count() (ok, attempts int) {
	for i := range s {
		if s[i].is(succeeded) {
			ok++
		}
		attempts += int(s[i].attempts)
	}
	return ok, attempts
}

// latencies returns the sorted latencies of the rows that succeeded, in
// microseconds, in the memory of buf.
func (s schedule) latencies(buf []uint32) []uint32 {
	buf = appendOK(buf[:0], s)
	slices.Sort(buf)
	return buf
}
