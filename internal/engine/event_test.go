package engine_test

import (
	"sync"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

// Events tell what the report tells afterwards, of each strategy in order.
func TestRun_events(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := map[string][]engine.Event{}
	d := runIt(t, load(t, "primary-outage"), engine.Options{OnEvent: func(e engine.Event) {
		mu.Lock()
		defer mu.Unlock()
		told[e.Strategy] = append(told[e.Strategy], e)
	}})
	if n := len(told["single"]); n != 4 || told["single"][0].Event != engine.FaultStarted || told["single"][1].AtMS != 300_000 {
		t.Errorf("single was told %+v", told["single"])
	}
	changes := strategy(t, d, "guarded").Breakers[0].Transitions
	var seen []engine.Event
	for _, e := range told["guarded"] {
		if e.Event == engine.BreakerChanged {
			seen = append(seen, e)
		}
	}
	if len(seen) != len(changes) || len(seen) == 0 {
		t.Fatalf("%d changes were told of %d", len(seen), len(changes))
	}
	for i, e := range seen {
		if c := changes[i]; e.From != c.From || e.To != c.To || e.AtMS != c.AtMS || e.Why != c.Why || e.Request == nil {
			t.Errorf("change %d was told as %+v, is %+v", i, e, c)
		}
	}
	denied := 0
	for _, e := range told["retry"] {
		if e.Event == engine.RetryDenied {
			denied++
		}
	}
	if denied != 1 {
		t.Errorf("the exhausted budget was told %d times, want once", denied)
	}
}
