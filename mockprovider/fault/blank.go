package fault

// Blank makes an answer consist of status 200, its headers, and nothing: the
// body ends cleanly with its zeroth byte. The prompt is billed.
type Blank struct{}

var _ Fault = Blank{}

// Apply implements [Fault].
func (Blank) Apply(p *Plan, _ Instant) { p.End, p.Until = EndBlank, 0 }
