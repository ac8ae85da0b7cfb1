package strategies

import (
	"math"

	"github.com/tailgate-bench/tailgate/llm"
)

// panel is one request before a [Consensus].
type panel struct {
	Consensus
	box      ballot
	asked    bool // the targets have been started
	running  int
	learning bool
	votes    []string // by target, while learning
	best     int      // the position of Best, or -1
	answer   llm.Answer
	answered bool // answer is that of the target at best
	failure  *llm.Error
}

// ask starts all targets.
func (p *panel) ask(x *Exchange) {
	p.asked = true
	how := Start{}
	for _, t := range p.Targets {
		x.Start(t, how)
		how.Role = AsParallel
	}
}

// right says whether a vote is the right answer.
func (p *panel) right(vote, want string) bool {
	if p.Tolerance > 0 {
		if d := math.Abs(asNumber(vote) - asNumber(want)); !math.IsNaN(d) {
			return d <= p.Tolerance*(1+slack)
		}
	}
	vote, _ = ExtractNormalized(vote)
	want, _ = ExtractNormalized(want)
	return vote != "" && vote == want
}

// take takes in the end of an attempt.
func (p *panel) take(x *Exchange, ev Event) {
	i := ev.Attempt
	p.running--
	if ev.Kind == Failed {
		p.box.drop(i)
		if i == p.best {
			p.failure = ev.Err
		}
		return
	}
	if i == p.best {
		p.answer, p.answered = ev.Answer, true
	}
	vote, ok := p.Extract(ev.Answer.Text)
	if !ok {
		vote = ""
	}
	counted := p.box.add(i, vote, ev.Answer)
	x.Note(Note{Kind: Voted, Target: p.Targets[i].name, Attempt: i, Text: counted})
	if p.learning {
		p.votes[i] = vote
	}
}

// decide says what the votes so far have come to. A panel that learns waits for
// all votes, since those that come before the decision are a biased choice.
func (p *panel) decide(x *Exchange) decision {
	if (p.learning || p.WaitAll) && p.running > 0 {
		return open
	}
	if p.learning {
		p.learning = false
		p.Learned.learn(p.votes, func(vote string) bool { return p.right(vote, x.Request().Want) })
	}
	return p.box.decide()
}

// settle does what is to be done without a quorum.
func (p *panel) settle(x *Exchange, failure *llm.Error) (llm.Answer, error) {
	most := p.box.leader()
	x.Note(Note{Kind: Disagreed, Text: most.vote, Count: most.votes, Of: p.box.cast})
	switch {
	case p.Escalate != nil:
		return p.escalate(x)
	case p.best >= 0:
		return p.single(x, failure)
	default:
		return llm.Answer{}, failure
	}
}

// escalate asks a stronger target.
func (p *panel) escalate(x *Exchange) (llm.Answer, error) {
	p.cancel(x, -1)
	x.Note(Note{Kind: Escalated, Target: p.Escalate.name})
	how := Start{Role: AsFallback}
	if !p.asked {
		how.Role = AsFirst
	}
	x.Commit(x.Start(*p.Escalate, how))
	return x.Next().result()
}

// single returns the answer of the best target.
func (p *panel) single(x *Exchange, failure *llm.Error) (llm.Answer, error) {
	switch {
	case p.answered:
		return p.answer, nil
	case p.failure != nil:
		return llm.Answer{}, p.failure
	case !p.asked:
		return llm.Answer{}, failure
	}
	p.cancel(x, p.best)
	x.Commit(p.best)
	return x.Next().result()
}

// cancel ends the attempts that still run, but for one.
func (p *panel) cancel(x *Exchange, but int) {
	for i, s := range p.box.seats {
		if s.waiting && i != but && p.asked {
			x.Cancel(i)
		}
	}
}
