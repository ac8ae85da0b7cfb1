package strategies

import "time"

// callWindow counts calls and failures among the last calls, or among those
// that ended within the last span of time.
type callWindow struct {
	span  time.Duration // 0: a count window
	calls []ended       // a ring
	first int           // oldest
	size  int
	bad   int
}

type ended struct {
	at  time.Time
	bad bool
}

// newCallWindow returns the window a config asks for.
func newCallWindow(cfg BreakerConfig) callWindow {
	if cfg.WindowTime > 0 {
		return callWindow{span: cfg.WindowTime}
	}
	return callWindow{calls: make([]ended, orDefault(cfg.WindowCalls, 100))}
}

// add counts a call that ended at now.
func (w *callWindow) add(now time.Time, bad bool) {
	if w.size == len(w.calls) {
		if w.span > 0 {
			w.grow()
		} else {
			w.drop()
		}
	}
	w.calls[(w.first+w.size)%len(w.calls)] = ended{at: now, bad: bad}
	w.size++
	if bad {
		w.bad++
	}
}

// counts returns failures and calls in the window that ends at now. A call that
// ended exactly one span ago is outside.
func (w *callWindow) counts(now time.Time) (bad, all int) {
	for w.span > 0 && w.size > 0 && now.Sub(w.calls[w.first].at) >= w.span {
		w.drop()
	}
	return w.bad, w.size
}

// drop forgets the oldest call.
func (w *callWindow) drop() {
	if w.calls[w.first].bad {
		w.bad--
	}
	w.first = (w.first + 1) % len(w.calls)
	w.size--
}

// grow makes room in the ring of a time window.
func (w *callWindow) grow() {
	bigger := make([]ended, max(16, 2*len(w.calls)))
	for i := range w.size {
		bigger[i] = w.calls[(w.first+i)%len(w.calls)]
	}
	w.calls, w.first = bigger, 0
}

func (w *callWindow) clear() { w.first, w.size, w.bad = 0, 0, 0 }
