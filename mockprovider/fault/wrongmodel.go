package fault

// WrongModel makes an answer come under another name than the one that was
// asked for, as where a gateway falls back without a word, or an alias moves.
type WrongModel struct {
	// Name is the name in the answer; "" means "another-model".
	Name string
}

var _ Fault = WrongModel{}

// Apply implements [Fault].
func (f WrongModel) Apply(p *Plan, _ Instant) {
	p.As = f.Name
	if p.As == "" {
		p.As = "another-model"
	}
}
