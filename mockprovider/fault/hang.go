package fault

// Hang makes a model stop in the middle and say nothing more, with the
// connection left open, until the caller gives up.
type Hang struct {
	// AfterTokens is the number of tokens sent first; 0 means that not even
	// headers come. An answer that is shorter hangs before its terminator.
	AfterTokens int
}

var _ Fault = Hang{}

// Apply implements [Fault].
func (f Hang) Apply(p *Plan, _ Instant) {
	p.End, p.Until = EndHang, -1
	if f.AfterTokens > 0 {
		p.Until = min(f.AfterTokens, p.Tokens)
	}
}
