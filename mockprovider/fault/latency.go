package fault

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Latency makes a model slow: it changes the time to the headers and to the
// first token, which is the whole time of a model without a token process. The
// time between tokens stays. The steps apply in the order of the fields, each
// scaled by the strength s.
type Latency struct {
	// Replace, if not nil, gives a new time in nanoseconds, with probability s.
	Replace draw.Dist
	// Multiply stretches the time by 1 + (Multiply-1)*s; 0 means 1.
	Multiply float64
	// Add lengthens the time by Add*s.
	Add time.Duration
}

var _ Scaler = Latency{}

// Scales implements [Scaler].
func (Latency) Scales() bool { return true }

// Apply implements [Fault].
func (f Latency) Apply(p *Plan, in Instant) {
	if f.Replace != nil && hit(in.Draw, drawMode, in.Strength) {
		p.FirstToken = duration(f.Replace.Quantile(in.Draw.Word(drawReplace).Float64()))
		p.Wait = p.FirstToken
	}
	factor := 1.0
	if f.Multiply != 0 {
		factor += (f.Multiply - 1) * in.Strength
	}
	more := float64(f.Add) * in.Strength
	p.Wait = duration(float64(p.Wait)*factor + more)
	p.FirstToken = duration(float64(p.FirstToken)*factor + more)
}
