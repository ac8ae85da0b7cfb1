package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Meter watches what calls to models cost, wherever in a tree of strategies they
// are made. A strategy sets one with [Start.Meter]; drivers ask it before each
// call to a model below, and tell it afterwards what was used. It must be safe
// for concurrent use, and must not wait.
type Meter interface {
	// Reserve is asked before a call. A failure it returns is the call's, which
	// is then not made.
	Reserve(model string, r *llm.Request) *llm.Error
	// Settle is told, once for each call that was let through, what the call
	// had used when it ended: for a cancelled one as much as the driver knows
	// to have been produced.
	Settle(model string, r *llm.Request, used llm.Usage)
}

// Reserve asks the attempt's meter before a call to the named model. Only
// drivers need it.
func (how *Start) Reserve(model string) *llm.Error {
	if how.Meter == nil {
		return nil
	}
	return how.Meter.Reserve(model, how.Request)
}

// Settle tells the attempt's meter what a call that Reserve let through has
// used. Only drivers need it.
func (how *Start) Settle(model string, used llm.Usage) {
	if how.Meter != nil {
		how.Meter.Settle(model, how.Request, used)
	}
}

// besides returns the meter that asks both; either may be nil.
func besides(outer, inner Meter) Meter {
	switch {
	case outer == nil:
		return inner
	case inner == nil:
		return outer
	default:
		return meters{outer: outer, inner: inner}
	}
}

// meters are the meters of strategies that stand in each other.
type meters struct{ outer, inner Meter }

// Reserve implements [Meter].
func (m meters) Reserve(model string, r *llm.Request) *llm.Error {
	if failure := m.outer.Reserve(model, r); failure != nil {
		return failure
	}
	failure := m.inner.Reserve(model, r)
	if failure != nil {
		m.outer.Settle(model, r, llm.Usage{})
	}
	return failure
}

// Settle implements [Meter].
func (m meters) Settle(model string, r *llm.Request, used llm.Usage) {
	m.outer.Settle(model, r, used)
	m.inner.Settle(model, r, used)
}
