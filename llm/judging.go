package llm

import "strings"

// Judging is what a judge is asked about: an answer to a question. Its prompt
// marks both with tags, the form the vendors' guides recommend, so that neither
// is taken for the other and a mock can tell a judge's work from a user's.
type Judging struct {
	Question, Answer string
}

// The parts of a judge's prompt around the question and the answer.
const (
	judgingOpens  = "<question>\n"
	judgingTurns  = "\n</question>\n\n<answer>\n"
	judgingCloses = "\n</answer>"
)

// Prompt returns the prompt that shows the question and the answer.
func (j Judging) Prompt() string {
	return judgingOpens + j.Question + judgingTurns + j.Answer + judgingCloses
}

// ParseJudging reads a prompt that [Judging.Prompt] has made; ok is false for
// any other. It does not allocate.
func ParseJudging(prompt string) (j Judging, ok bool) {
	rest, ok := strings.CutPrefix(prompt, judgingOpens)
	if !ok {
		return Judging{}, false
	}
	rest, ok = strings.CutSuffix(rest, judgingCloses)
	if !ok {
		return Judging{}, false
	}
	j.Question, j.Answer, ok = strings.Cut(rest, judgingTurns)
	return j, ok
}
