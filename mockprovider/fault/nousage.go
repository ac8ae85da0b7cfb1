package fault

// NoUsage makes an answer leave out how many tokens it took, as many services
// that imitate a vendor's format do. The answer is good; whoever keeps books by
// what answers say has to estimate.
type NoUsage struct{}

var _ Fault = NoUsage{}

// Apply implements [Fault].
func (NoUsage) Apply(p *Plan, _ Instant) { p.Uncounted = true }
