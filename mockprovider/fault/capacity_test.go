package fault_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// guest is a waiter that writes down when it was served.
type guest struct {
	id     int
	served *[]int
}

func (g *guest) Serve(time.Duration) { *g.served = append(*g.served, g.id) }

func station(c fault.Capacity, from, to time.Duration) *fault.Station {
	return fault.NewStation(fault.PlacesOf([]fault.Window{{From: from, To: to, Fault: c}}))
}

func TestStation_firstComeFirstServed(t *testing.T) {
	t.Parallel()
	var served []int
	s := station(fault.Capacity{Concurrency: 2, Queue: 3}, 0, 0)
	guests := make([]*guest, 7)
	var met []fault.Admission
	for i := range guests {
		guests[i] = &guest{i, &served}
		met = append(met, s.Enter(0, guests[i]))
	}
	want := []fault.Admission{
		fault.Served, fault.Served, fault.Queued, fault.Queued, fault.Queued, fault.TurnedAway, fault.TurnedAway,
	}
	if diff := cmp.Diff(want, met); diff != "" {
		t.Errorf("admissions (-want +got):\n%s", diff)
	}
	if !s.Quit(1, guests[3]) || s.Quit(1, guests[3]) || s.Quit(1, guests[0]) {
		t.Error("only one who waits can quit, and only once")
	}
	for range 4 {
		s.Leave(2)
	}
	if diff := cmp.Diff([]int{2, 4}, served); diff != "" {
		t.Errorf("served (-want +got):\n%s", diff)
	}
	if s.Busy() != 0 || s.Waiting() != 0 {
		t.Errorf("%d busy, %d waiting in the end", s.Busy(), s.Waiting())
	}
}

func TestStation_window(t *testing.T) {
	t.Parallel()
	var served []int
	s := station(fault.Capacity{Concurrency: 1, Queue: 10}, 10, 20)
	for i := range 5 {
		if got := s.Enter(9, nil); got != fault.Served {
			t.Fatalf("guest %d before the window: %v", i, got)
		}
	}
	for i := range 3 {
		if got := s.Enter(10, &guest{i, &served}); got != fault.Queued {
			t.Fatalf("guest %d in the window: %v", i, got)
		}
	}
	s.Leave(19)
	if served != nil {
		t.Errorf("%v served while four are busy and one is allowed", served)
	}
	if got := s.Enter(20, nil); got != fault.Served {
		t.Errorf("after the window: %v", got)
	}
	if diff := cmp.Diff([]int{0, 1, 2}, served); diff != "" {
		t.Errorf("served after the window (-want +got):\n%s", diff)
	}
}

func TestStation_none(t *testing.T) {
	t.Parallel()
	if limit := fault.PlacesOf([]fault.Window{{Fault: fault.Refuse{}}}); limit != nil {
		t.Error("a limit without a capacity")
	}
}

func TestStation_tightestHolds(t *testing.T) {
	t.Parallel()
	s := fault.NewStation(fault.PlacesOf([]fault.Window{
		{Fault: fault.Capacity{Concurrency: 3}}, {From: 5, Fault: fault.Capacity{Concurrency: 1}},
	}))
	if got := []fault.Admission{s.Enter(0, nil), s.Enter(0, nil), s.Enter(5, nil)}; !slices.Equal(got,
		[]fault.Admission{fault.Served, fault.Served, fault.TurnedAway}) {
		t.Errorf("met %v", got)
	}
}

func TestStation_TurnAway(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]time.Duration{0: fault.DefaultAfter, 3 * ms: 3 * ms} {
		p := plan()
		s := station(fault.Capacity{Concurrency: 1, After: after}, 0, 0)
		if s.Enter(0, nil) != fault.Served || s.Enter(0, nil) != fault.TurnedAway {
			t.Fatal("there was room")
		}
		s.TurnAway(&p, 0)
		if p.End != fault.EndFail || p.Failure.Kind != llm.Overloaded || p.Failure.Status != 503 || p.Wait != want {
			t.Errorf("plan %+v, want to wait %v", p, want)
		}
	}
}

// TestStation_model compares a station with the obvious one.
func TestStation_model(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		room := rapid.IntRange(0, 5).Draw(t, "room")
		s := station(fault.Capacity{Concurrency: limit, Queue: room}, 0, 0)
		var served, want, queue []int
		guests := map[int]*guest{}
		busy := 0
		for i := range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				guests[i] = &guest{i, &served}
				expect := fault.TurnedAway
				if busy < limit {
					expect, busy = fault.Served, busy+1
				} else if len(queue) < room {
					expect, queue = fault.Queued, append(queue, i)
				}
				if got := s.Enter(time.Duration(i), guests[i]); got != expect {
					t.Fatalf("step %d: %v, want %v", i, got, expect)
				}
			case 1:
				if busy == 0 {
					continue
				}
				if s.Leave(time.Duration(i)); len(queue) > 0 {
					want, queue = append(want, queue[0]), queue[1:]
				} else {
					busy--
				}
			case 2:
				if len(queue) == 0 {
					continue
				}
				at := rapid.IntRange(0, len(queue)-1).Draw(t, "who")
				if !s.Quit(time.Duration(i), guests[queue[at]]) {
					t.Fatalf("step %d: %d cannot quit", i, queue[at])
				}
				queue = slices.Delete(queue, at, at+1)
			}
			if !slices.Equal(served, want) || s.Busy() != busy || s.Waiting() != len(queue) {
				t.Fatalf("step %d: served %v, %d busy, %d waiting; want %v, %d, %d",
					i, served, s.Busy(), s.Waiting(), want, busy, len(queue))
			}
		}
	})
}

func BenchmarkStation_longQueue(b *testing.B) {
	var served []int
	s := station(fault.Capacity{Concurrency: 1, Queue: 1 << 20}, 0, 0)
	for i := range 5000 {
		s.Enter(0, &guest{i, &served})
	}
	b.ReportAllocs()
	for b.Loop() {
		g := &guest{0, &served}
		s.Enter(1, g)
		s.Quit(1, g)
	}
}
