package tune

import (
	"fmt"
	"time"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// trigger is what brings a system out of its way.
type trigger struct {
	what string
	stretch
}

// findTrigger returns what the system is to recover from.
func (b *Budget) findTrigger() (trigger, error) {
	sc := b.Scenario
	switch {
	case b.To > 0:
		if b.From < 0 || b.From >= b.To || b.To >= b.length {
			return trigger{}, mistake("trigger %v..%v: must go upwards and end before the load does, after %v", b.From, b.To, b.length)
		}
		return trigger{"as given", stretch{b.From, b.To}}, nil
	case b.Fault == "":
		if t, ok := peak(sc.Load); ok {
			return t, nil
		}
	}
	for i := range sc.Faults {
		f := &sc.Faults[i]
		if f.To > 0 && f.To < b.length && (b.Fault == "" || f.Name == b.Fault) {
			return trigger{"fault " + f.Label(), stretch{f.From, f.To}}, nil
		}
	}
	if b.Fault != "" {
		return trigger{}, mistake("scenario %s has no fault %q that ends before the load does", sc.Name, b.Fault)
	}
	return trigger{}, mistake("scenario %s has neither a peak of arrivals in steps nor a fault that ends: say when the trigger is, such as --trigger 3m..5m", sc.Name)
}

// peak returns the highest step of a load, if it goes down again after it.
func peak(l scenarios.Schedule) (trigger, bool) {
	var at time.Duration
	var top scenarios.Step
	var found stretch
	steps := l.Arrivals.Steps
	if l.Arrivals.Shape != scenarios.Steps {
		return trigger{}, false
	}
	for _, s := range steps {
		if s.Rate > top.Rate {
			top, found = s, stretch{at, at + s.For}
		}
		at += s.For
	}
	inside := len(steps) > 2 && top.Rate > steps[0].Rate && top.Rate > steps[len(steps)-1].Rate
	return trigger{fmt.Sprintf("peak of %g/s", top.Rate), found}, inside
}
