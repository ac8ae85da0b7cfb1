package strategies_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// voters makes a panel: "yes@100" answers so after 100 ms, "!@100" fails.
func voters(t *testing.T, spec string) []strategies.Target {
	t.Helper()
	var all []strategies.Target
	for i, f := range strings.Fields(spec) {
		text, at, _ := strings.Cut(f, "@")
		n := 0
		for _, c := range at {
			n = 10*n + int(c-'0')
		}
		p := answers(n, text)
		if text == "!" {
			p = fails(n, llm.ServerError)
		}
		all = append(all, model(string(rune('1'+i)), p))
	}
	return all
}

func TestConsensus(t *testing.T) {
	t.Parallel()
	isVote := func(text string) (string, bool) { return text, text != "hm" }
	for _, c := range []struct {
		name, panel string
		quorum      float64
		want        string // answer by model, or kind, @ms
		note        strategies.Note
	}{
		{"the first of those who agree answers", "a@300 b@100 a@200", 0, "3@300", agreed("a", 2, 3)},
		{"as soon as two of three agree", "a@100 a@200 b@900", 0, "1@200", agreed("a", 2, 2)},
		{"all of three", "a@100 a@200 a@300", 3, "1@300", agreed("a", 3, 3)},
		{"all of three, spoilt by the second", "a@100 b@200 a@300", 3, "disagreement@200", disagreed("a", 1, 2)},
		{"nobody agrees", "a@100 b@200 c@300", 0, "disagreement@300", disagreed("a", 1, 3)},
		{"a tie of four", "a@100 b@200 a@300 b@400", 0, "disagreement@400", disagreed("a", 2, 4)},
		{"a tie decided by a smaller quorum: who gets there first", "a@100 b@200 b@300 a@400", 2, "2@300", agreed("b", 2, 3)},
		{"an abstention is no vote", "hm@100 a@200 a@300", 0, "2@300", agreed("a", 2, 2)},
		{"abstentions do not agree with each other", "hm@100 hm@200 a@300", 0, "disagreement@200", disagreed("", 0, 0)},
		{"failures are no votes", "!@100 a@200 a@300", 0, "2@300", agreed("a", 2, 2)},
		{"too many failures: the one that made it so", "a@100 !@200 !@300", 0, "server_error@300", disagreed("a", 1, 1)},
		{"a quorum of one is the first vote", "hm@100 b@200 a@300", 1, "2@200", agreed("b", 1, 1)},
		{"a quorum beyond the panel fails before anything is asked", "a@100 a@200", 3, "disagreement@0", disagreed("", 0, 0)},
		{"nobody to ask", "", 0, "disagreement@0", disagreed("", 0, 0)},
	} {
		for _, d := range drivers {
			t.Run(d.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				s := strategies.Consensus{Targets: voters(t, c.panel), Quorum: c.quorum, Extract: isVote}
				out := d.run(t, s, 0, 0)[0]
				got := out.Answer.Model
				if out.Err != nil {
					got = out.Err.Kind.String()
				}
				lines := trace(&out)
				if got += lines[len(lines)-1][strings.IndexByte(lines[len(lines)-1], '@'):]; got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				note := out.Notes[len(out.Notes)-1]
				note.At = 0
				if diff := cmp.Diff(c.note, note); diff != "" {
					t.Errorf("last note (-want +got)\n%s", diff)
				}
			})
		}
	}
}

func agreed(text string, count, of int) strategies.Note {
	return strategies.Note{Kind: strategies.Agreed, Text: text, Count: count, Of: of}
}

func disagreed(text string, count, of int) strategies.Note {
	return strategies.Note{Kind: strategies.Disagreed, Text: text, Count: count, Of: of}
}

// Every vote is noted, with who cast it.
func TestConsensusNotesVotes(t *testing.T) {
	t.Parallel()
	out := runVirtual(t, strategies.Consensus{Targets: voters(t, "a@300 b@100 a@200")}, 0, 0)[0]
	want := []strategies.Note{
		{Kind: strategies.Voted, At: 100 * ms, Target: "2", Attempt: 1, Text: "b"},
		{Kind: strategies.Voted, At: 200 * ms, Target: "3", Attempt: 2, Text: "a"},
		{Kind: strategies.Voted, At: 300 * ms, Target: "1", Attempt: 0, Text: "a"},
		{Kind: strategies.Agreed, At: 300 * ms, Text: "a", Count: 2, Of: 3},
	}
	if diff := cmp.Diff(want, out.Notes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
