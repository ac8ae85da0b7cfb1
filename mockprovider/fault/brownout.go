package fault

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Brownout makes a model both slower and more likely to fail, the more the
// stronger it is: meant for a window with ramps, it begins and ends as most
// incidents do, by degrees. At strength s the time to the first token is
// multiplied by 1 + (Multiply-1)*s, and an attempt fails with probability
// Errors*s.
type Brownout struct {
	// Multiply is the factor at full strength; 0 means 6.
	Multiply float64
	// Errors is the share of attempts that fail at full strength; 0 means none.
	Errors float64
	// Code is the HTTP status of those that fail; 0 means 503.
	Code int
	// After is the time until the error comes; 0 means [DefaultAfter].
	After time.Duration

	failure *llm.Error // built by Fresh
}

var _ interface {
	Scaler
	Fresher
} = Brownout{}

// Scales implements [Scaler].
func (Brownout) Scales() bool { return true }

// Fresh implements [Fresher]: it builds the error that every hit shares.
func (f Brownout) Fresh() Fault {
	f.failure = f.build()
	return f
}

// Apply implements [Fault].
func (f Brownout) Apply(p *Plan, in Instant) {
	if f.Errors > 0 && hit(in.Draw, drawMode, f.Errors*in.Strength) {
		failure := f.failure
		if failure == nil {
			failure = f.build()
		}
		fail(p, failure, f.After)
		return
	}
	slow := Latency{Multiply: f.Multiply}
	if slow.Multiply == 0 {
		slow.Multiply = 6
	}
	slow.Apply(p, in)
}

func (f Brownout) build() *llm.Error {
	code := f.Code
	if code == 0 {
		code = 503
	}
	return Status{Code: code}.build()
}
