package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Consensus asks all targets at once and returns an answer as soon as enough of
// them give the same vote. What an answer votes for is what Extract finds in
// it; an answer without a vote abstains. Of the answers that agree the first to
// arrive is returned.
//
// It decides as soon as the votes to come cannot change the result, not
// earlier. Without a quorum it does what Best or Escalate say, or else fails:
// with the failure that made the quorum impossible, or with kind disagreement
// when it was an answer.
type Consensus struct {
	Targets []Target
	// Weights are what the votes of the targets weigh, in the same order; one
	// that is missing is 1, one below 0 counts as 0. With the log-odds of each
	// target's accuracy as its weight, a vote between two answers is the best
	// there can be if targets err independently [Nitzan, Paroush 1982].
	Weights []float64
	// Learned, if not nil, learns the weights instead.
	Learned *LearnedWeights
	// Quorum is the weight that must agree; 0 means more than half of all.
	Quorum float64
	// Share is the share of all weight, in (0, 1], that must agree, instead of
	// Quorum; 0 means that Quorum counts.
	Share float64
	// Plurality lets the heaviest vote win, however light, instead of Quorum
	// and Share. Tie says what happens when several are the heaviest.
	Plurality bool
	Tie       Tie
	// Extract finds the vote in an answer; nil means [ExtractExact].
	Extract Extractor
	// Tolerance is how far votes that are numbers may be from the first vote
	// of their group and still agree with it; 0 means that they must be equal.
	// A vote that is near enough to several groups joins the one that began
	// first, so the groups depend on the order in which answers arrive, but
	// every vote in one is within the tolerance of the answer returned.
	Tolerance float64
	// WaitAll decides only when every target has answered or failed, which
	// costs time and tells how often the targets agree: a vote that is cut off
	// by an early decision is not missing at random, since it would have been
	// waited for had the others disagreed.
	WaitAll bool
	// Best names the target whose answer is returned when there is no quorum,
	// which is waited for if need be; "" means none.
	Best string
	// Escalate is asked when there is no quorum; nil means nobody. It goes
	// before Best.
	Escalate *Target
}

var _ Strategy = Consensus{}

// Tie says which of several votes of the same weight wins by plurality.
type Tie uint8

// The rules for a tie.
const (
	TieFail  Tie = iota // none: there is no quorum
	TieFirst            // the one that was cast first
	TieOrder            // the one cast by the target that is listed first
)

// errDisagreement is the failure of a panel that answered without a quorum.
var errDisagreement = &llm.Error{Kind: llm.Disagreement, Message: "the panel found no quorum"}

// Run implements [Strategy].
func (c Consensus) Run(x *Exchange) (llm.Answer, error) {
	p := c.convene(x)
	if p.box.decide() == lost { // no votes could make a quorum
		return p.settle(x, errDisagreement)
	}
	p.ask(x)
	for {
		ev := x.Next()
		if ev.Kind == Abandoned {
			return ev.result()
		}
		p.take(x, ev)
		switch p.decide(x) {
		case agreed:
			most := p.box.leader()
			x.Note(Note{Kind: Agreed, Text: most.vote, Count: most.votes, Of: p.box.cast})
			return most.first, nil
		case lost:
			failure := errDisagreement
			if ev.Kind == Failed {
				failure = ev.Err
			}
			return p.settle(x, failure)
		case open:
		}
	}
}

// convene prepares the panel for a request.
func (c Consensus) convene(x *Exchange) *panel {
	p := &panel{Consensus: c, running: len(c.Targets), best: -1}
	if p.Extract == nil {
		p.Extract = ExtractExact
	}
	for i, t := range c.Targets {
		if c.Best != "" && t.name == c.Best && p.best < 0 {
			p.best = i
		}
	}
	p.box = ballot{seats: make([]seat, len(c.Targets)), groups: make([]group, 0, len(c.Targets)), tolerance: c.Tolerance}
	given := c.Weights
	if c.Learned != nil {
		given = c.Learned.Weights()
		p.learning = given == nil && x.Request().Want != "" && len(c.Targets) > 0
	}
	if p.learning {
		p.votes = make([]string, len(c.Targets))
	}
	p.box.rule = c.rule(p.box.seat(given))
	return p
}

// rule returns what it takes to win when all votes weigh total together.
func (c Consensus) rule(total float64) rule {
	r := rule{plurality: c.Plurality, slack: slack * total}
	switch {
	case c.Plurality:
		r.tie = c.Tie
	case c.Share > 0:
		r.need = c.Share * total
	case c.Quorum > 0:
		r.need = c.Quorum
	default:
		r.need, r.strict = total/2, true
	}
	return r
}
