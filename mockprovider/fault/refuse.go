package fault

// Refuse makes a model unreachable: every connection is refused at once.
type Refuse struct{}

var _ Fault = Refuse{}

// Apply implements [Fault].
func (Refuse) Apply(p *Plan, _ Instant) { p.End = EndRefuse }
