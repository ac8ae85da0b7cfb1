package mockprovider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Bends returns nil if a [Proxy] can do what the window's fault says. It cannot
// do what would need the answer written anew.
func Bends(w fault.Window) error {
	switch w.Fault.(type) {
	case fault.FirstToken, fault.Empty, fault.Refusal, fault.WrongModel, fault.NoUsage:
		return fmt.Errorf("fault %q: a mock can do this, but not a proxy, which bends answers and does not write them", w.Label())
	default:
		return nil
	}
}

// on says whether any fault is in force at the given time since the start.
func (w *Weather) on(at time.Duration) bool {
	now := w.now.Load()
	if now == nil {
		return false
	}
	return slices.ContainsFunc(*now, func(s *standing) bool {
		_, on := s.window.Strength(at - s.since)
		return on && !s.gone(at)
	})
}

// limits says whether any fault is a capacity.
func (w *Weather) limits() bool {
	now := w.now.Load()
	return now != nil && slices.ContainsFunc(*now, func(s *standing) bool {
		_, ok := s.window.Fault.(fault.Capacity)
		return ok
	})
}

// only returns weather of the faults that lists separated by commas name. It
// shares the faults' state with w, and is for looking at, not for changing.
func (w *Weather) only(lists []string) *Weather {
	chosen := &Weather{start: w.start}
	now := w.now.Load()
	if now == nil {
		return chosen
	}
	var names []string
	for name := range strings.SplitSeq(strings.Join(lists, ","), ",") {
		names = append(names, strings.TrimSpace(name))
	}
	chosen.set(slices.DeleteFunc(slices.Clone(*now), func(s *standing) bool {
		return !slices.Contains(names, s.window.Label())
	}))
	return chosen
}
