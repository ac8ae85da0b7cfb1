package mockprovider

import (
	"fmt"
	"math"
	"strconv"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Judge says how well a mock scores answers. Asked with the prompt of an
// [llm.Judging], a mock answers with a number from 1 to 10: the answer's quality
// plus an error with a normal distribution, rounded, and held to the scale. The
// number is as long as its text, whatever the model's other answers are. The
// error belongs to the request, the judge and the answer's text: in one request a
// judge gives the same answer the same score, in whatever order it is asked.
type Judge struct {
	// Noise is the standard deviation of the error, in points, at least 0.
	Noise float64
	// Unreadable is the share of scores that are given in words, in [0, 1].
	Unreadable float64
}

// DefaultJudge is the judge a model is unless its settings say otherwise. With
// this noise it scores a right answer above a wrong one in 82 % of pairs, half of
// the ties counted; strong judges agree with people on 85 % of pairs where both
// have a preference (Zheng et al., "Judging LLM-as-a-Judge with MT-Bench and
// Chatbot Arena", 2023). That one score of fifty cannot be read is an assumption.
var DefaultJudge = Judge{Noise: 3, Unreadable: 0.02}

// The quality of an answer, in points from 1 to 10.
const (
	qualityRight   = 8
	qualityWrong   = 4
	qualityUnknown = 6 // no right answer is known
)

// unreadable is a score in words.
const unreadable = "The answer is clear and mostly complete."

var (
	drawScore      = draw.Hash("score")
	drawUnreadable = draw.Hash("unreadable")
)

func (j *Judge) check(model string) error {
	switch {
	case j == nil:
		return nil
	case !(j.Noise >= 0 && j.Noise <= math.MaxFloat64):
		return fmt.Errorf("model %q: the noise of a judge must be a number of at least 0, not %v", model, j.Noise)
	case !(j.Unreadable >= 0 && j.Unreadable <= 1):
		return fmt.Errorf("model %q: the unreadable share of a judge must be in [0, 1], not %v", model, j.Unreadable)
	}
	return nil
}

// judge draws the answer to a judge's request.
func (m *Model) judge(p *fault.Plan, j llm.Judging, request draw.Key) {
	how := m.settings.Judge
	if how == nil {
		how = &DefaultJudge
	}
	judging := request.Word(m.name).Word(draw.Hash(j.Answer))
	p.Text = unreadable
	if judging.Word(drawUnreadable).Float64() >= how.Unreadable {
		p.Text = how.score(m.answers.quality(j), judging.Word(drawScore))
	}
	p.Tokens = llm.EstimateTokens(p.Text)
}

// score draws the score of an answer: with Z standard normal,
// round(quality + Noise·Z), from 1 to 10.
func (j *Judge) score(quality float64, k draw.Key) string {
	z := math.Sqrt2 * math.Erfinv(2*k.Float64()-1)
	return strconv.Itoa(int(min(max(math.Round(quality+j.Noise*z), 1), 10)))
}

// quality returns how good an answer really is.
func (a *answers) quality(j llm.Judging) float64 {
	it, known := a.items[j.Question]
	switch {
	case !known:
		return qualityUnknown
	case same(j.Answer, it.answer):
		return qualityRight
	default:
		return qualityWrong
	}
}
