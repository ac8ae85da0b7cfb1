package strategies_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// panelOf makes a case's strategy; set changes the plain panel of voters.
func panelOf(t *testing.T, spec string, set func(c *strategies.Consensus)) func() strategies.Strategy {
	t.Helper()
	return func() strategies.Strategy {
		c := strategies.Consensus{Targets: voters(t, spec)}
		set(&c)
		return c
	}
}

// Weighted votes: a panel decides at the very vote that makes it certain.
func TestConsensusWeights(t *testing.T) {
	t.Parallel()
	weights := func(ws ...float64) func(*strategies.Consensus) {
		return func(c *strategies.Consensus) { c.Weights = ws }
	}
	play(t, []traceCase{{
		name:     "a heavy vote outweighs two",
		strategy: panelOf(t, "a@100 a@200 b@300", weights(1, 1, 3)),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 won@300", "ok@300"},
		notes:    []string{"vote@100ms", "vote@200ms", "vote@300ms", "agreed@300ms"},
	}, {
		name:     "a heavy vote decides at once",
		strategy: panelOf(t, "b@100 a@200 a@300", weights(3, 1, 1)),
		want:     []string{"1@0 won@100", "2@0 lost@100", "3@0 lost@100", "ok@100"},
	}, {
		name:     "exactly half is no majority",
		strategy: panelOf(t, "b@100 a@200 a@300", weights(2, 1, 1)),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 unused@300", "disagreement@300"},
	}, {
		name:     "fractions that make a half in decimals are a half",
		strategy: panelOf(t, "a@100 a@200 b@300", weights(0.1, 0.2, 0.3)),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 unused@300", "disagreement@300"},
	}, {
		name:     "weights that are not given are 1",
		strategy: panelOf(t, "a@100 b@200 b@300", weights(1.5)),
		want:     []string{"1@0 unused@100", "2@0 won@200", "3@0 unused@300", "ok@300"},
	}, {
		name:     "a weight below 0 is 0",
		strategy: panelOf(t, "a@100 b@200 a@300", weights(-1, 1, 1)),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 unused@300", "disagreement@300"},
	}, {
		name: "a share of all weight is enough at the share",
		strategy: panelOf(t, "a@100 a@200 b@300 b@400", func(c *strategies.Consensus) {
			c.Weights, c.Share = []float64{2, 4, 3, 1}, 0.6
		}),
		want: []string{"1@0 won@100", "2@0 unused@200", "3@0 lost@200", "4@0 lost@200", "ok@200"},
	}, {
		name: "the failure of a heavy target ends it",
		strategy: panelOf(t, "!@100 a@200 a@300", func(c *strategies.Consensus) {
			c.Weights, c.Quorum = []float64{3, 1, 1}, 3
		}),
		want: []string{"1@0 failed@100", "2@0 lost@100", "3@0 lost@100", "server_error@100"},
	}})
}

// Told to wait for all, a panel has every vote before it decides.
func TestConsensusWaitsForAll(t *testing.T) {
	t.Parallel()
	play(t, []traceCase{{
		name:     "agreed at the second vote",
		strategy: panelOf(t, "a@100 a@200 b@900", func(c *strategies.Consensus) { c.WaitAll = true }),
		want:     []string{"1@0 won@100", "2@0 unused@200", "3@0 unused@900", "ok@900"},
	}, {
		name:     "lost at the second vote",
		strategy: panelOf(t, "!@100 !@200 b@900", func(c *strategies.Consensus) { c.WaitAll = true }),
		want:     []string{"1@0 failed@100", "2@0 failed@200", "3@0 unused@900", "disagreement@900"},
	}})
}

// By plurality the heaviest vote wins as soon as nothing can overtake it.
func TestConsensusPlurality(t *testing.T) {
	t.Parallel()
	plurality := func(tie strategies.Tie) func(*strategies.Consensus) {
		return func(c *strategies.Consensus) { c.Plurality, c.Tie = true, tie }
	}
	play(t, []traceCase{{
		name:     "two of five are enough when the others differ",
		strategy: panelOf(t, "a@100 b@200 c@300 d@400 a@500", plurality(strategies.TieFail)),
		want:     []string{"1@0 won@100", "2@0 unused@200", "3@0 unused@300", "4@0 unused@400", "5@0 unused@500", "ok@500"},
	}, {
		name:     "nothing can overtake three of five",
		strategy: panelOf(t, "a@100 b@200 a@300 a@400 b@500", plurality(strategies.TieFail)),
		want:     []string{"1@0 won@100", "2@0 unused@200", "3@0 unused@300", "4@0 unused@400", "5@0 lost@400", "ok@400"},
	}, {
		name:     "a tie fails",
		strategy: panelOf(t, "b@100 a@200 a@300 b@400", plurality(strategies.TieFail)),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 unused@300", "4@0 unused@400", "disagreement@400"},
		notes:    []string{"vote@100ms", "vote@200ms", "vote@300ms", "vote@400ms", "disagreed@400ms"},
	}, {
		name:     "a tie goes to what was voted for first",
		strategy: panelOf(t, "a@250 b@100 a@300 b@400", plurality(strategies.TieFirst)),
		want:     []string{"1@0 unused@250", "2@0 won@100", "3@0 unused@300", "4@0 unused@400", "ok@400"},
	}, {
		name:     "which decides it one vote earlier",
		strategy: panelOf(t, "a@100 b@200 a@300 b@400", plurality(strategies.TieFirst)),
		want:     []string{"1@0 won@100", "2@0 unused@200", "3@0 unused@300", "4@0 lost@300", "ok@300"},
	}, {
		name:     "a tie goes to the target listed first, although it came later",
		strategy: panelOf(t, "a@200 b@100 b@300 a@400", plurality(strategies.TieOrder)),
		want:     []string{"1@0 won@200", "2@0 unused@100", "3@0 unused@300", "4@0 unused@400", "ok@400"},
	}, {
		name:     "when everybody has failed nobody wins",
		strategy: panelOf(t, "!@100 !@200", plurality(strategies.TieFirst)),
		want:     []string{"1@0 failed@100", "2@0 failed@200", "server_error@200"},
	}})
}

// Without a quorum the panel does what it was told to.
func TestConsensusDisagreement(t *testing.T) {
	t.Parallel()
	best := func(name string) func(*strategies.Consensus) {
		return func(c *strategies.Consensus) { c.Best = name }
	}
	escalate := func(to strategies.Target) func(*strategies.Consensus) {
		return func(c *strategies.Consensus) { c.Escalate = &to }
	}
	play(t, []traceCase{{
		name:     "the best one has answered",
		strategy: panelOf(t, "a@100 b@200 c@300", best("2")),
		want:     []string{"1@0 unused@100", "2@0 won@200", "3@0 unused@300", "ok@300"},
		notes:    []string{"vote@100ms", "vote@200ms", "vote@300ms", "disagreed@300ms"},
	}, {
		name:     "the best one is waited for, the others are not",
		strategy: panelOf(t, "a@100 !@200 !@250 c@900 !@270 d@950", best("4")),
		want:     []string{"1@0 unused@100", "2@0 failed@200", "3@0 failed@250", "4@0 won@900", "5@0 failed@270", "6@0 lost@270", "ok@900"},
	}, {
		name:     "the best one fails while it is waited for",
		strategy: panelOf(t, "a@100 b@200 !@300", func(c *strategies.Consensus) { c.Quorum, c.Best = 3, "3" }),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 failed@300", "server_error@300"},
	}, {
		name:     "the best one had failed",
		strategy: panelOf(t, "!@100 b@200 c@300", best("1")),
		want:     []string{"1@0 failed@100", "2@0 unused@200", "3@0 unused@300", "server_error@300"},
	}, {
		name:     "a stronger target is asked, and who still runs is not waited for",
		strategy: panelOf(t, "a@100 b@200 c@900", func(c *strategies.Consensus) { c.Quorum = 3; escalate(model("S", ok(500)))(c) }),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 lost@200", "S@200 won@700", "ok@700"},
		notes:    []string{"vote@100ms", "vote@200ms", "disagreed@200ms", "escalated@200ms"},
	}, {
		name:     "the stronger target fails",
		strategy: panelOf(t, "a@100 b@200", escalate(model("S", fails(50, llm.Overloaded)))),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "S@200 failed@250", "overloaded@250"},
	}, {
		name:     "it is not asked when the panel agrees",
		strategy: panelOf(t, "a@100 a@200", escalate(model("S", ok(500)))),
		want:     []string{"1@0 won@100", "2@0 unused@200", "ok@200"},
	}, {
		name:     "a panel that cannot agree is not asked at all",
		strategy: panelOf(t, "a@100 a@200", func(c *strategies.Consensus) { c.Quorum = 3; escalate(model("S", ok(500)))(c) }),
		want:     []string{"S@0 won@500", "ok@500"},
	}})
}

// Numbers agree within the tolerance of the first of their group; an answer
// that is not sure of itself abstains.
func TestConsensusNumbers(t *testing.T) {
	t.Parallel()
	within := func(tolerance float64) func(*strategies.Consensus) {
		return func(c *strategies.Consensus) { c.Extract, c.Tolerance = strategies.ExtractNumber, tolerance }
	}
	play(t, []traceCase{{
		name:     "near ones agree",
		strategy: panelOf(t, "42@100 17@200 42.5@300", within(0.5)),
		want:     []string{"1@0 won@100", "2@0 unused@200", "3@0 unused@300", "ok@300"},
	}, {
		name:     "nearness is to the first, and does not add up",
		strategy: panelOf(t, "42@100 42.4@200 42.8@300", func(c *strategies.Consensus) { within(0.5)(c); c.Quorum = 3 }),
		want:     []string{"1@0 unused@100", "2@0 unused@200", "3@0 unused@300", "disagreement@300"},
	}, {
		name:     "the order of arrival makes the groups",
		strategy: panelOf(t, "42@200 42.4@100 42.8@300", func(c *strategies.Consensus) { within(0.5)(c); c.Quorum = 3 }),
		want:     []string{"1@0 unused@200", "2@0 won@100", "3@0 unused@300", "ok@300"},
	}, {
		name:     "a distance of the tolerance in decimals is within it",
		strategy: panelOf(t, "0.6@100 0.8@200", within(0.2)),
		want:     []string{"1@0 won@100", "2@0 unused@200", "ok@200"},
	}, {
		name:     "without a tolerance numbers must be equal, however they are written",
		strategy: panelOf(t, "1,000@100 1e3@200 1000.0@300", within(0)),
		want:     []string{"1@0 won@100", "2@0 unused@200", "3@0 lost@200", "ok@200"},
	}})
	out := runVirtual(t, panelOf(t, "42@100 17@200 42.5@300", within(0.5))(), 0, 0)[0]
	if got := out.Notes[2].Text; got != "42" {
		t.Errorf("a vote for 42.5 is noted as %q, want the 42 that it agrees with", got)
	}
}

// learner is a panel that learns from two requests: the second target is right
// always, the first on the second request, the third never.
func learner() (strategies.Strategy, *strategies.LearnedWeights) {
	learned := strategies.NewLearnedWeights(2)
	return strategies.Consensus{
		Targets: targets(byRequest("1", 100, "no", "yes", "no", "no"), byRequest("2", 200, "Yes.", "yes", "yes", "yes"),
			byRequest("3", 300, "no", "no", "no", "no")),
		Learned: learned, Extract: strategies.ExtractNormalized,
	}, learned
}

// Weights are the log-odds of the accuracy, and count from the end of the
// warm-up, during which every vote is waited for.
func TestConsensusLearns(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s, learned := learner()
			out := d.run(t, s, 0, 0, 1000*ms, 2000*ms, 3000*ms)
			want := []string{"no@300ms", "yes@300ms", "yes@200ms", "yes@200ms"}
			var got []string
			for i := range out {
				text, _ := strategies.ExtractNormalized(out[i].Answer.Text)
				got = append(got, text+"@"+out[i].Took.String())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answers (-want +got)\n%s", diff)
			}
			// Right 1, 2 and 0 times of 2: (1+1)/(1+1), (2+1)/(0+1), (0+1)/(2+1).
			if diff := cmp.Diff([]float64{0, math.Log(3), 0}, learned.Weights()); diff != "" {
				t.Errorf("weights (-want +got)\n%s", diff)
			}
		})
	}
}

// Where nobody is right more often than not, all votes weigh the same.
func TestConsensusLearnsNothing(t *testing.T) {
	t.Parallel()
	learned := strategies.NewLearnedWeights(1)
	s := strategies.Consensus{Targets: voters(t, "a@100 b@200 !@300"), Learned: learned}
	runVirtual(t, s, 0, 0)
	if diff := cmp.Diff([]float64{1, 1, 1}, learned.Weights()); diff != "" {
		t.Errorf("weights (-want +got)\n%s", diff)
	}
}
