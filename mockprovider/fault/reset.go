package fault

// Reset makes the connection break with a TCP reset.
type Reset struct {
	// AfterShare is the share of the answer's tokens sent before, in (0, 1],
	// rounded down; 0 means that it breaks when the headers would come.
	AfterShare float64
}

var _ Fault = Reset{}

// Apply implements [Fault].
func (f Reset) Apply(p *Plan, _ Instant) {
	p.End, p.Until = EndReset, -1
	if f.AfterShare > 0 {
		p.Until = share(f.AfterShare, p.Tokens)
	}
}

// share returns the given share of n tokens, rounded down, at most n.
func share(part float64, n int) int { return min(int(part*float64(n)), n) }
