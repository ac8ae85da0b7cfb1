package fault

// Truncate makes an answer end too early and cleanly, as if it were complete,
// but without its terminator. Several clients take it for a whole answer.
type Truncate struct {
	// Share is the share of the tokens sent, in (0, 1], rounded down; 0 means a
	// place drawn evenly over the answer.
	Share float64
	// Inside lets half of what would come next come, too, so that a stream ends
	// inside an event.
	Inside bool
}

var _ Fault = Truncate{}

// Apply implements [Fault].
func (f Truncate) Apply(p *Plan, in Instant) {
	p.End, p.Until, p.Inside = EndEOF, place(f.Share, p.Tokens, in), f.Inside
}

// place returns the given share of n tokens, and one drawn evenly for 0.
func place(part float64, n int, in Instant) int {
	if part == 0 {
		part = in.Draw.Word(drawPlace).Float64()
	}
	return share(part, n)
}
