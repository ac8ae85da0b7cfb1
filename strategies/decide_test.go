package strategies_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/strategies"
)

func TestConsensus_Decide(t *testing.T) {
	t.Parallel()
	three := make([]strategies.Target, 3)
	cast := func(votes ...string) []strategies.Ballot {
		var all []strategies.Ballot
		for i, v := range votes {
			all = append(all, strategies.Ballot{Position: i, Vote: v})
		}
		return all
	}
	for name, c := range map[string]struct {
		panel   strategies.Consensus
		ballots []strategies.Ballot
		want    string
	}{
		"majority":              {strategies.Consensus{}, cast("x", "y", "x"), "x"},
		"no majority":           {strategies.Consensus{}, cast("x", "y", "z"), ""},
		"majority of all seats": {strategies.Consensus{}, cast("x"), ""},
		"unanimous":             {strategies.Consensus{Quorum: 3}, cast("x", "x", "y"), ""},
		"weights":               {strategies.Consensus{Weights: []float64{3, 1, 1}}, cast("x", "y", "y"), "x"},
		"plurality":             {strategies.Consensus{Plurality: true}, cast("y", "", ""), "y"},
		"a tie by order":        {strategies.Consensus{Plurality: true, Tie: strategies.TieOrder}, cast("x", "y", "z"), "x"},
		"nobody":                {strategies.Consensus{Plurality: true, Tie: strategies.TieOrder}, nil, ""},
	} {
		c.panel.Targets = three
		got, ok := c.panel.Decide(c.ballots)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", name, got, ok, c.want)
		}
	}
}
