package record

import (
	"math"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// row is what is kept of each request: 32 bytes.
type row struct {
	due     uint32 // in ticks
	latency uint32 // µs from due
	first   uint32 // µs from due; valid if hasFirst
	// cost in US dollars
	low, value, high float32
	attempts         uint16 // sent
	winner           int16  // model, or -1
	kind             llm.Kind
	flags            flags
	task             uint8 // in Recorder.tasks
}

// tick is the resolution of due times, so that 32 bits hold five days.
const tick = 100 * time.Microsecond

type flags uint8

const (
	present flags = 1 << iota
	succeeded
	hasFirst
	isRight
	isWrong
)

// is says whether any of f is set.
func (r *row) is(f flags) bool { return r.flags&f != 0 }

func (r *row) dueAt() time.Duration { return time.Duration(r.due) * tick }

// within holds v to what 32 bits can; beyond are latencies of over an hour.
func within(v time.Duration) uint32 { return uint32(min(max(v, 0), math.MaxUint32)) }

func micros(d time.Duration) uint32 {
	return within((d + time.Microsecond/2) / time.Microsecond)
}

func newRow(r *Request) row {
	w := row{
		due: within(r.Due / tick), latency: micros(r.Latency()), winner: -1, kind: r.Kind, flags: present,
	}
	if r.OK {
		w.flags |= succeeded
	}
	if r.HasFirstToken {
		w.flags |= hasFirst
		w.first = micros(r.FirstToken - r.Due)
	}
	switch r.Correct {
	case Right:
		w.flags |= isRight
	case Wrong:
		w.flags |= isWrong
	case Unknown:
	}
	return w
}
