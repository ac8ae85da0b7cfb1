package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Ballot is the vote of one target of a [Consensus].
type Ballot struct {
	// Position is that of the target, from 0.
	Position int
	// Vote is what its answer votes for; "" abstains.
	Vote string
}

// Decide returns the vote that wins when the given ballots, in the order in which
// they were cast, are all there will be, and whether any does. It is what Run
// decides by, for those who have votes and no models: it looks at neither Learned
// nor Best nor Escalate, and of Targets only at how many there are.
func (c Consensus) Decide(ballots []Ballot) (vote string, ok bool) {
	b := ballot{seats: make([]seat, len(c.Targets)), groups: make([]group, 0, len(c.Targets)), tolerance: c.Tolerance}
	b.rule = c.rule(b.seat(c.Weights))
	for i := range b.seats {
		b.drop(i)
	}
	for _, v := range ballots {
		b.add(v.Position, v.Vote, llm.Answer{})
	}
	if b.decide() != agreed {
		return "", false
	}
	return b.leader().vote, true
}
