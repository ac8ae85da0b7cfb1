package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Consensus asks all targets at once and returns an answer as soon as Quorum of
// them give the same vote. What an answer votes for is what Extract finds in
// it; an answer without a vote abstains. Of the answers that agree the first to
// arrive is returned. It fails as soon as the votes and calls that are left
// cannot make a quorum: with the failure that made it so, or with kind
// disagreement when it was an answer.
type Consensus struct {
	Targets []Target
	// Quorum is how many votes must agree; 0 means the majority of Targets.
	Quorum int
	// Extract finds the vote in an answer; nil means [ExtractExact].
	Extract Extractor
}

var _ Strategy = Consensus{}

// errDisagreement is the failure of a panel that answered without a quorum.
var errDisagreement = &llm.Error{Kind: llm.Disagreement, Message: "the panel found no quorum"}

// Run implements [Strategy].
func (c Consensus) Run(x *Exchange) (llm.Answer, error) {
	quorum := orDefault(c.Quorum, len(c.Targets)/2+1)
	if quorum > len(c.Targets) { // nothing to ask for
		x.Note(Note{Kind: Disagreed})
		return llm.Answer{}, errDisagreement
	}
	how := Start{}
	for _, t := range c.Targets {
		x.Start(t, how)
		how.Role = AsParallel
	}
	box := ballot{names: make([]tally, 0, len(c.Targets))}
	for running := len(c.Targets); ; {
		ev := x.Next()
		if ev.Kind == Abandoned {
			return ev.result()
		}
		running--
		if ev.Kind == Succeeded {
			box.cast(c.vote(x, ev), ev)
		}
		most := box.leader()
		switch {
		case most.votes >= quorum:
			x.Note(Note{Kind: Agreed, Text: most.vote, Count: most.votes, Of: box.cards})
			return most.first, nil
		case most.votes+running < quorum:
			x.Note(Note{Kind: Disagreed, Text: most.vote, Count: most.votes, Of: box.cards})
			if ev.Kind == Failed {
				return ev.result()
			}
			return llm.Answer{}, errDisagreement
		}
	}
}

// vote extracts and notes the vote of an answer; "" abstains.
func (c Consensus) vote(x *Exchange, ev Event) string {
	extract := c.Extract
	if extract == nil {
		extract = ExtractExact
	}
	vote, ok := extract(ev.Answer.Text)
	if !ok {
		vote = ""
	}
	x.Note(Note{Kind: Voted, Target: c.Targets[ev.Attempt].name, Attempt: ev.Attempt, Text: vote})
	return vote
}

// ballot counts votes. Panels are small, so a slice serves better than a map.
type ballot struct {
	names []tally
	cards int // votes cast, without abstentions
}

type tally struct {
	vote  string
	votes int
	first llm.Answer // the first answer with this vote
}

func (b *ballot) cast(vote string, ev Event) {
	if vote == "" {
		return
	}
	b.cards++
	for i := range b.names {
		if b.names[i].vote == vote {
			b.names[i].votes++
			return
		}
	}
	b.names = append(b.names, tally{vote: vote, votes: 1, first: ev.Answer})
}

// leader returns the vote with the most votes, the earliest of equals.
func (b *ballot) leader() tally {
	var most tally
	for _, t := range b.names {
		if t.votes > most.votes {
			most = t
		}
	}
	return most
}
