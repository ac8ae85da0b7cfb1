// Package fault holds the ways a model can misbehave, one file each.
//
// A fault is a change to a [Plan], the plain description of what a mock model
// will do for one attempt. It never sleeps, writes or looks at a clock: it is
// handed the instant, a strength and a draw, and edits the plan. So the same
// fault works on the virtual clock, over a real socket and in front of a real
// provider.
package fault

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Fault is a change to a plan. Apply must be safe for concurrent use.
type Fault interface {
	Apply(p *Plan, in Instant)
}

// Instant is what a fault may know when it is applied.
type Instant struct {
	// At is the time since the scenario began.
	At time.Duration
	// Strength is how much of the fault to apply, in (0, 1]; it rises and
	// falls with the window's ramps. Faults that only happen or do not happen
	// can ignore it, since the window has drawn already.
	Strength float64
	// Draw keys this fault's random choices for this attempt.
	Draw draw.Key
}
