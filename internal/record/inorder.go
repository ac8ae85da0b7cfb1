package record

import (
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
)

// InOrder reads the lines that r has left, strategy by strategy, in the order in
// which the requests were due; the file has them in the order in which they
// ended. It holds the lines that came early, which are as many as requests were
// under way at once. It ends after the first error, which is a *[LineError].
func InOrder(r *Reader) iter.Seq2[*Line, error] {
	return func(yield func(*Line, error) bool) {
		var w waiting
		for {
			l := new(Line)
			err := r.Next(l)
			switch end := errors.Is(err, io.EOF); {
			case err != nil && !end:
				yield(nil, err)
				return
			case end:
				w.flush(yield)
				return
			case l.Strategy != w.strategy:
				if !w.flush(yield) {
					return
				}
				w = waiting{strategy: l.Strategy, early: map[uint64]*Line{}}
			}
			if !w.add(l, yield) {
				return
			}
		}
	}
}

// waiting are the lines of a strategy that ended before one that was due earlier.
type waiting struct {
	strategy string
	next     uint64 // the ID to come
	early    map[uint64]*Line
}

// add yields the lines whose turn it is now that there is l.
func (w *waiting) add(l *Line, yield func(*Line, error) bool) bool {
	w.early[l.ID] = l
	for next := w.early[w.next]; next != nil; next = w.early[w.next] {
		delete(w.early, w.next)
		w.next++
		if !yield(next, nil) {
			return false
		}
	}
	return true
}

// flush yields what is left, where requests are missing in between.
func (w *waiting) flush(yield func(*Line, error) bool) bool {
	for _, id := range slices.Sorted(maps.Keys(w.early)) {
		if !yield(w.early[id], nil) {
			return false
		}
	}
	return true
}
