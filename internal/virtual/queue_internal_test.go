package virtual

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The queue gives back what was put in, always the first by time and order,
// whatever the mixture of pushes and pops.
func TestQueueIsOrdered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var want []event
		for i := range rapid.IntRange(0, 300).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "step") == 0 && len(want) > 0 {
				slices.SortFunc(want, byTime)
				if got := q.at(); got != want[0].at {
					t.Fatalf("the first event is at %v, want %v", got, want[0].at)
				}
				if got := q.pop(); got != want[0] {
					t.Fatalf("popped %+v, want %+v", got, want[0])
				}
				want = want[1:]
			} else {
				kind := eventKind(rapid.IntRange(0, int(deadlinePasses)).Draw(t, "kind")) //nolint:gosec // few kinds
				ev := event{at: time.Duration(rapid.IntRange(0, 9).Draw(t, "at")), kind: kind, order: order(kind, uint64(i)), timer: int32(i)}
				q.push(ev)
				want = append(want, ev)
			}
			if q.len() != len(want) {
				t.Fatalf("%d events are queued, want %d", q.len(), len(want))
			}
		}
	})
}

func byTime(a, b event) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
}

// At one instant completions come before timers, timers before timeouts, and
// those before deadlines, whichever was queued first.
func TestOrderAtOneInstant(t *testing.T) {
	t.Parallel()
	late, early := uint64(1)<<60, uint64(1)
	rising := []uint64{
		order(attemptSpeaks, early), order(attemptEnds, late), order(timerFires, early), order(timerFires, late),
		order(attemptExpires, early), order(attemptExpires, late), order(deadlinePasses, early), order(deadlinePasses, late),
	}
	if !slices.IsSorted(rising) || len(slices.Compact(rising)) != 8 {
		t.Errorf("not in order: %x", rising)
	}
}

// What has been popped is not held on to.
func TestQueueLetsGo(t *testing.T) {
	t.Parallel()
	var q queue
	for i := range 10 {
		q.push(event{at: time.Duration(i), attempt: &attempt{}})
	}
	for range 10 {
		q.pop()
	}
	for i, ev := range q.heap[:10] {
		if ev.attempt != nil {
			t.Errorf("slot %d still points to an attempt", i)
		}
	}
}
