package strategies

// BreakerState is the state of a circuit breaker.
type BreakerState uint8

// The states of a breaker.
const (
	Closed   BreakerState = iota // calls pass
	Open                         // calls are refused
	HalfOpen                     // a few calls pass as probes
)

var breakerNames = [...]string{"closed", "open", "half_open"}

// String returns the state's name.
func (s BreakerState) String() string { return breakerNames[s] }
