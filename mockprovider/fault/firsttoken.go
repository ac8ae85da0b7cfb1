package fault

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// FirstToken makes the first token late while the headers come in time: the
// stream is open and says nothing, so a limit of time for the headers sees
// nothing wrong. The time between the headers and the first token is what
// changes, in the steps of [Latency].
type FirstToken struct {
	// Replace, if not nil, gives a new time in nanoseconds from the request to
	// the first token, with probability s, the strength.
	Replace draw.Dist
	// Multiply stretches the time by 1 + (Multiply-1)*s; 0 means 1.
	Multiply float64
	// Add lengthens the time by Add*s.
	Add time.Duration
}

var _ Scaler = FirstToken{}

// Scales implements [Scaler].
func (FirstToken) Scales() bool { return true }

// Apply implements [Fault].
func (f FirstToken) Apply(p *Plan, in Instant) {
	late := *p
	Latency(f).Apply(&late, in)
	p.FirstToken = max(late.FirstToken, p.Wait)
}
