package virtual

import "time"

// eventKind says what happens.
type eventKind uint8

const (
	attemptSpeaks eventKind = iota
	attemptEnds
	timerFires
	attemptExpires
	deadlinePasses
	patienceEnds // with an attempt that has not begun to speak
)

// event is something that will happen. It is void when the generation of what
// it is meant for has moved on, which is how things are cancelled.
type event struct {
	at         time.Duration
	order      uint64 // among events at the same instant
	attempt    *attempt
	exchange   *exchange
	generation uint32
	timer      int32
	kind       eventKind
}

// order puts completions before timers and timers before deadlines, and
// otherwise goes by sequence number. The events of an attempt carry the number
// the attempt got when it began, so lower attempts come first.
func order(kind eventKind, seq uint64) uint64 {
	class := [...]uint64{attemptSpeaks: 0, attemptEnds: 0, timerFires: 1, attemptExpires: 2, deadlinePasses: 3, patienceEnds: 2}[kind]
	return class<<62 | seq
}

func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && e.order < o.order
}

// queue is a heap with four children to a node: half as deep as a binary one,
// and the children share a cache line or two.
type queue struct{ heap []event }

func (q *queue) len() int { return len(q.heap) }

// at returns the time of the first event; the queue must not be empty.
func (q *queue) at() time.Duration { return q.heap[0].at }

func (q *queue) push(ev event) {
	q.heap = append(q.heap, ev)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !ev.before(&q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = ev
}

// pop removes and returns the first event.
func (q *queue) pop() event {
	first := q.heap[0]
	last := len(q.heap) - 1
	ev := q.heap[last]
	q.heap[last] = event{} // let go of what it points to
	q.heap = q.heap[:last]
	if last > 0 {
		q.sink(ev)
	}
	return first
}

// sink finds ev's place from the root down.
func (q *queue) sink(ev event) {
	i, n := 0, len(q.heap)
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, n); c++ {
			if q.heap[c].before(&q.heap[least]) {
				least = c
			}
		}
		if !q.heap[least].before(&ev) {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = ev
}
