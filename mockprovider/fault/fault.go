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

// Fault is a change to a plan. Apply must be safe for concurrent use, must not
// keep p, and should not allocate: it is called for every attempt.
type Fault interface {
	Apply(p *Plan, in Instant)
}

// Scaler is a [Fault] that scales its own magnitude with [Instant.Strength],
// as a slowdown does. A [Window] draws the victims of every other fault with
// its probability times the strength, since an error either happens or not.
type Scaler interface {
	Fault
	Scales() bool
}

// Fresher is a [Fault] with something to make ready: state to start empty, an
// error to build once. Fresh returns the fault as it is when a run begins and
// leaves the receiver alone. Whoever starts a run calls it, so that every run
// meets the same weather.
type Fresher interface {
	Fault
	Fresh() Fault
}

// Instant is what a fault may know when it is applied.
type Instant struct {
	// At is the time since the scenario began.
	At time.Duration
	// Since is the time since the fault's window began.
	Since time.Duration
	// Strength is how much of the fault to apply, in (0, 1]; it rises and
	// falls with the window's ramps. Faults that only happen or do not happen
	// can ignore it, since the window has drawn already.
	Strength float64
	// Draw keys this fault's random choices for this attempt.
	Draw draw.Key
	// Shared is Draw without the model in it: the same for every model that
	// this request asks. A [Window] that hits models together draws from it.
	Shared draw.Key
	// Run keys what is the same for all attempts and models of a run, such as
	// when incidents begin. It is 0 where a run has nothing of the kind.
	Run draw.Key
	// Account stands for the API key that the attempt presents. All attempts on
	// the virtual clock, where nobody presents any, are of account 0.
	Account uint64
	// Met, if not nil, takes down the windows that change the plan, in order. What
	// a response tells of rate limits is no such change.
	Met *[]*Window
}

// For returns the instant as the fault sees it whose draws the word keys.
func (in Instant) For(word uint64) Instant {
	in.Draw, in.Shared, in.Run = in.Draw.Word(word), in.Shared.Word(word), in.Run.Word(word)
	return in
}

// The purposes of the draws in this package, hashed once.
var (
	drawVictim  = draw.Hash("victim")
	drawReplace = draw.Hash("replace")
	drawMode    = draw.Hash("mode")
	drawPlace   = draw.Hash("place")

	drawGap      = draw.Hash("gap")
	drawDuration = draw.Hash("duration")
	drawIncident = draw.Hash("incident")
)

// maxTime bounds every time a fault makes, so that sums cannot overflow.
const maxTime = 1000 * time.Hour

// duration converts nanoseconds to a time between 0 and maxTime.
func duration(ns float64) time.Duration {
	if !(ns > 0) {
		return 0
	}
	return time.Duration(min(ns, float64(maxTime)))
}

// hit says whether an event of the given probability happens under the key.
func hit(k draw.Key, purpose uint64, probability float64) bool {
	return probability >= 1 || k.Word(purpose).Float64() < probability
}
