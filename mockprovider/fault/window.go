package fault

import (
	"slices"
	"time"
)

// Window says when, whom and how often a fault hits. It is itself a [Fault]:
// the one it holds, kept to its window. Its fields must not change while it is
// in use; Apply is as safe for concurrent use as the fault it holds.
type Window struct {
	// Name is how reports and draws call the window; empty means Kind.
	Name string
	// Kind is the fault's name in scenario files, such as "rate_limit".
	Kind string
	// On names the models hit; empty means all of them.
	On []string
	// From and To bound the window, counted from the beginning of the
	// scenario: From is inside, To is not. To <= 0 means to the end of the run.
	From, To time.Duration
	// Probability is the chance of each attempt to be hit, in (0, 1]; 0 means 1.
	Probability float64
	// RampIn is the time from From in which the strength rises from 0 to 1,
	// RampOut the time before To in which it falls to 0; both linear. RampOut
	// means nothing without To.
	RampIn, RampOut time.Duration
	// Period, if positive, makes the fault flap: counted from From, it is on
	// for the first OnFor of each period. OnFor 0 means half of the period.
	Period, OnFor time.Duration
	// Together makes the models fail together: one draw per request and call
	// number decides for all of them, and they share one bucket of a
	// [RateLimit]. The places of a [Capacity] stay each model's own.
	Together bool
	// Definition is what the window was read from, as JSON, for those who show
	// it; nil if it was not read.
	Definition []byte
	// Fault is what happens.
	Fault Fault
}

var _ Fault = (*Window)(nil)

// Label returns the window's name, or its kind when it has none.
func (w *Window) Label() string {
	if w.Name != "" {
		return w.Name
	}
	return w.Kind
}

// Hits says whether the window is meant for the named model.
func (w *Window) Hits(model string) bool {
	return len(w.On) == 0 || slices.Contains(w.On, model)
}

// Strength returns how strong the fault is at the given time since the
// beginning of the scenario, in (0, 1]; ok is false when it is off.
func (w *Window) Strength(at time.Duration) (s float64, ok bool) {
	since := at - w.From
	if since < 0 || w.To > 0 && at >= w.To || w.pauses(since) {
		return 0, false
	}
	s = 1
	if since < w.RampIn {
		s = float64(since) / float64(w.RampIn)
	}
	if left := w.To - at; w.To > 0 && left < w.RampOut {
		s = min(s, float64(left)/float64(w.RampOut))
	}
	return s, s > 0
}

// pauses says whether a flapping fault is in the quiet part of its period.
func (w *Window) pauses(since time.Duration) bool {
	if w.Period <= 0 {
		return false
	}
	on := w.OnFor
	if on <= 0 {
		on = w.Period / 2
	}
	return since%w.Period >= on
}

// Apply implements [Fault]: it does nothing outside the window, draws whether
// this attempt is a victim, and applies the fault if so. It sets in.Strength and
// in.Since, and writes itself into in.Met if that changed the plan.
func (w *Window) Apply(p *Plan, in Instant) {
	s, on := w.Strength(in.At)
	if !on {
		return
	}
	in.Strength, in.Since = s, in.At-w.From
	if w.Together {
		in.Draw = in.Shared
	}
	switch {
	case !hit(in.Draw, drawVictim, w.chance(s)):
	case in.Met == nil:
		w.Fault.Apply(p, in)
	default:
		before := *p
		w.Fault.Apply(p, in)
		before.Limits = p.Limits
		if before != *p {
			*in.Met = append(*in.Met, w)
		}
	}
}

// chance returns the probability to be hit at strength s.
func (w *Window) chance(s float64) float64 {
	chance := w.Probability
	if chance == 0 {
		chance = 1
	}
	if f, ok := w.Fault.(Scaler); ok && f.Scales() {
		return chance
	}
	return chance * s
}

// Fresh returns a copy of the window with its fault as it is at the beginning
// of a run.
func (w *Window) Fresh() Window {
	fresh := *w
	if f, ok := w.Fault.(Fresher); ok {
		fresh.Fault = f.Fresh()
	}
	return fresh
}
