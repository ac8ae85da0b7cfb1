package llm_test

import (
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
)

func TestParseJudging(t *testing.T) {
	t.Parallel()
	for _, prompt := range []string{
		"", "hi", "<question>\nq\n</question>", "<question>\nq\n</question>\n\n<answer>\na", " <question>\nq\n</question>\n\n<answer>\na\n</answer>",
	} {
		if j, ok := llm.ParseJudging(prompt); ok {
			t.Errorf("%q was read as %+v", prompt, j)
		}
	}
}

// What was written is read, unless the question itself has the mark at which
// the answer begins.
func FuzzJudging(f *testing.F) {
	f.Add("What is 1 + 1?", "2")
	f.Add("", "\n</answer>")
	f.Fuzz(func(t *testing.T, question, answer string) {
		want := llm.Judging{Question: question, Answer: answer}
		got, ok := llm.ParseJudging(want.Prompt())
		if strings.Contains(question+"\n</question>\n\n<answer>", "\n</question>\n\n<answer>\n") {
			return
		}
		if !ok || got != want {
			t.Errorf("%+v, %v, want %+v", got, ok, want)
		}
	})
}
