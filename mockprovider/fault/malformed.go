package fault

// Malformed makes an answer arrive in full length and on time, but as bytes
// that do not parse.
type Malformed struct{}

var _ Fault = Malformed{}

// Apply implements [Fault].
func (Malformed) Apply(p *Plan, _ Instant) { p.End, p.Until = EndGarble, 0 }
