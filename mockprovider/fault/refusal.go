package fault

import "github.com/tailgate-bench/tailgate/llm"

// Refusal makes a model decline to answer: it says so in a sentence, which is
// billed as any other. Asking again does not help.
type Refusal struct {
	// Unmarked makes the answer end as a good one does, so that only its words
	// tell. Nobody but its reader can know: it counts as a success, and as a
	// wrong answer where the right one is known.
	Unmarked bool
}

var _ Fault = Refusal{}

// refusal is what a model says that declines.
const refusal = "I'm sorry, but I can't help with that request."

// Apply implements [Fault].
func (f Refusal) Apply(p *Plan, _ Instant) {
	p.Text, p.Tokens = refusal, llm.EstimateTokens(refusal)
	p.End, p.Until, p.Stop = EndDeclined, 0, llm.StopRefused
	if f.Unmarked {
		p.End, p.Stop = EndComplete, llm.StopEnd
	}
}
