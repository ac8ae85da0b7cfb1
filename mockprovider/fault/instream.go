package fault

// InStream makes an answer break off with an error event in the middle of its
// stream, after status 200 has long been sent. An answer that is not streamed
// becomes an error response of status 500.
type InStream struct {
	// AfterShare is the share of the tokens sent before, in (0, 1], rounded
	// down; 0 means a place drawn evenly over the answer.
	AfterShare float64
}

var _ Fault = InStream{}

// Apply implements [Fault].
func (f InStream) Apply(p *Plan, in Instant) {
	p.End, p.Until = EndInStream, place(f.AfterShare, p.Tokens, in)
}
