package fault

import "github.com/tailgate-bench/tailgate/llm"

// Empty makes an answer complete in every way but that it says nothing: the
// model stops for its usual reason, without content. It is known best from
// Gemini. The prompt is billed.
type Empty struct{}

var _ Fault = Empty{}

// Apply implements [Fault].
func (Empty) Apply(p *Plan, _ Instant) {
	p.End, p.Until, p.Stop = EndEmpty, 0, llm.StopEnd
	p.Text, p.Tokens = "", 0
	p.Wait = p.FirstToken // it is found out where the first token would come
}
