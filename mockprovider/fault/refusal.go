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
	tokens, stop := llm.EstimateTokens(refusal), llm.StopEnd
	if p.Stop == llm.StopLength && p.Tokens < tokens { // the request leaves no room for all of it
		tokens, stop = p.Tokens, llm.StopLength
	}
	p.Text, p.Tokens, p.Until = refusal[:len(refusal)*tokens/llm.EstimateTokens(refusal)], tokens, 0
	p.End, p.Stop = EndDeclined, llm.StopRefused
	if f.Unmarked {
		p.End, p.Stop = EndComplete, stop
	}
}
