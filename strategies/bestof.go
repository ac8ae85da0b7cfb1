package strategies

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// BestOf asks all targets at once, has a judge score every answer from 1 to 10
// as soon as it is there, and returns the answer with the highest score, the
// earlier target's of equals. It returns when every candidate has a score or has
// failed; at once when only one is left, which needs no judge.
//
// A judge that fails, or takes longer than JudgeTimeout, leaves a candidate
// without a score. Those are returned only if no candidate has one, the first to
// arrive then. A judge that says anything but a number from 1 to 10 has given 5.
// When nine tenths of the time that the first answer left until the deadline are
// over, the best known answer is returned as it is. Notes tell each score, what
// went wrong, and which answer was picked. BestOf fails only when all candidates
// have failed, with the last failure.
//
// Judging one answer at a time costs a call per candidate, but the calls overlap
// with the slower candidates, and no answer gains from its place beside another.
type BestOf struct {
	Targets []Target
	// Judge scores the answers. It gets a request whose Prompt is that of an
	// [llm.Judging] and whose System says what to do. A judge that is a strategy
	// is possible.
	Judge Target
	// Rubric is what the score is for; "" means accuracy, completeness, clarity.
	Rubric string
	// Timeout limits each candidate; 0 means 30 s.
	Timeout time.Duration
	// JudgeTimeout limits each call of the judge; 0 means 10 s.
	JudgeTimeout time.Duration
	// StopAt returns the first answer to be scored at least so high without
	// waiting for the others; 0 waits for all.
	StopAt float64
}

var _ Strategy = BestOf{}

// The defaults of a [BestOf].
const (
	defaultRubric           = "accuracy, completeness, clarity"
	defaultCandidateTimeout = 30 * time.Second
	defaultJudgeTimeout     = 10 * time.Second
	// unreadableScore is what an answer gets from a judge that cannot be read:
	// the middle of the scale.
	unreadableScore = 5
)

// Run implements [Strategy].
func (b BestOf) Run(x *Exchange) (llm.Answer, error) {
	c := contest{
		x: x, judging: b.judging(x.Request()), judge: b.Judge, stopAt: b.StopAt,
		limit: orDefault(b.JudgeTimeout, defaultJudgeTimeout),
	}
	how := Start{Timeout: orDefault(b.Timeout, defaultCandidateTimeout)}
	for _, t := range b.Targets {
		c.entrants = append(c.entrants, entrant{target: t.name, attempt: x.Start(t, how), judged: -1})
		how.Role = AsParallel
	}
	for !c.over() {
		ev := x.Next()
		if ev.Kind == Abandoned {
			return ev.result()
		}
		if ev.Kind == TimerFired {
			c.close()
			break
		}
		c.take(ev)
	}
	return c.result()
}

// judging returns the request to a judge, but for the answer to be judged.
func (b BestOf) judging(r *llm.Request) llm.Request {
	rubric := b.Rubric
	if rubric == "" {
		rubric = defaultRubric
	}
	return llm.Request{
		ID: r.ID, Prompt: r.Prompt,
		System: "Score the answer to the question from 1 (worst) to 10 (best) for " + rubric +
			". Respond with only a number.",
	}
}
