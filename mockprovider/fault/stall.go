package fault

import "time"

// Stall makes an answer stand still in its middle and go on after a while, as
// behind an overloaded proxy. One that never goes on is a [Hang].
type Stall struct {
	// AfterShare is the share of the tokens sent before, in (0, 1), rounded
	// down; 0 means a place drawn evenly over the answer.
	AfterShare float64
	// For is how long it stands still, scaled by the strength.
	For time.Duration
}

var _ Scaler = Stall{}

// Scales implements [Scaler].
func (Stall) Scales() bool { return true }

// Apply implements [Fault].
func (f Stall) Apply(p *Plan, in Instant) {
	p.StallAfter = place(f.AfterShare, p.Tokens, in)
	p.Stall = duration(float64(f.For) * in.Strength)
}
