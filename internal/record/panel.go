package record

import (
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// panel counts how often panels agreed.
type panel struct {
	agreed, disagreed     int
	rightAgreed, ofAgreed int // of agreed answers: right ones, and known ones
	votes                 stats.Agreement
	hashes                []uint64 // scratch
	escalated             int
	members               members
}

func (p *panel) add(q *Request) {
	switch q.Quorum {
	case Agreed:
		p.agreed++
		p.judge(q.Correct)
	case Disagreed:
		p.disagreed++
	case NoPanel:
	}
	p.hashes = p.hashes[:0]
	for _, v := range q.Votes {
		p.hashes = append(p.hashes, draw.Hash(v))
	}
	p.votes.Add(p.hashes)
	if q.Escalated {
		p.escalated++
	}
	p.members.add(q.Ballots)
}

func (p *panel) judge(t Truth) {
	if t == Unknown {
		return
	}
	p.ofAgreed++
	if t == Right {
		p.rightAgreed++
	}
}

// Agreement says how often panels agreed.
type Agreement struct {
	// Rate is the share of panels with a quorum.
	Rate stats.Estimate
	// Pairwise is the share of pairs of votes that agree; see
	// [stats.Agreement.Pairwise].
	Pairwise stats.Estimate
	// FleissKappa is agreement beyond chance; see [stats.Agreement.Kappa].
	FleissKappa stats.Estimate
	// AccuracyGivenAgreement is the share of right answers among those a quorum
	// agreed on, where the truth is known.
	AccuracyGivenAgreement stats.Estimate
	// Alpha is agreement beyond chance, missing votes allowed; see
	// [stats.Agreement.Alpha].
	Alpha stats.Estimate
	// Escalated is the share of panels that left it to another target.
	Escalated stats.Estimate
	// Members are the members of the panel, in the order of [Config.Models],
	// others after them by name. Pairs has a row for each, with a cell for
	// each: how often the two gave the same vote, where both voted.
	Members []Member
	Pairs   [][]Pair
}

// Agreement returns how often panels agreed, or nil if there was no panel.
func (r *Recorder) Agreement() *Agreement {
	p := &r.panel
	if p.agreed+p.disagreed+p.votes.Panels() == 0 {
		return nil
	}
	given := stats.Missing("no right answers are known")
	if p.ofAgreed > 0 {
		given = stats.Wilson(p.rightAgreed, p.ofAgreed)
	}
	all, pairs := p.members.table(r.cfg.Models)
	return &Agreement{
		Alpha: p.votes.Alpha(), Escalated: stats.Wilson(p.escalated, p.agreed+p.disagreed), Members: all, Pairs: pairs,
		Rate: stats.Wilson(p.agreed, p.agreed+p.disagreed), Pairwise: p.votes.Pairwise(),
		FleissKappa: p.votes.Kappa(), AccuracyGivenAgreement: given,
	}
}
