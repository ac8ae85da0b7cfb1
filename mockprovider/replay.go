package mockprovider

import (
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Replay is a model's behaviour as it was recorded. It must be safe for
// concurrent use.
type Replay interface {
	// Plan writes to p what was recorded for the ordinal-th call for r, with its
	// Text only where the answer recorded is one to this very prompt. It may
	// choose among recordings by k, which is the same for all models. right says
	// whether the recorded answer was right, if that is known.
	Plan(p *fault.Plan, r *llm.Request, ordinal int, k draw.Key) (right, known bool)
}

// replay plans a call as it was recorded. An answer that was not recorded is made
// up: right if the recorded one is known to have been right, wrong if it is known
// to have been wrong, and else as often right as the model's accuracy says.
func (m *Model) replay(p *fault.Plan, r *llm.Request, ordinal int, request, call draw.Key) {
	right, recorded := m.settings.Replay.Plan(p, r, ordinal, request.Word(uint64(ordinal))) //nolint:gosec // a count
	if j, ok := llm.ParseJudging(r.Prompt); ok {
		tokens := p.Tokens
		m.judge(p, j, request)
		p.Tokens = tokens
		return
	}
	it, known := m.answers.items[r.Prompt]
	switch {
	case p.Text != "":
	case known && recorded && right:
		p.Text = m.answers.wording(it.right, call.Word(drawWording))
	case known && recorded:
		p.Text = m.answers.wording(it.wrong(call.Word(drawWrong)), call.Word(drawWording))
	case known:
		p.Text = m.answer(&it, request, call)
	default:
		p.Text = m.answers.prose(call.Word(drawProse), p.Tokens)
	}
}
