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
	return &Agreement{
		Rate: stats.Wilson(p.agreed, p.agreed+p.disagreed), Pairwise: p.votes.Pairwise(),
		FleissKappa: p.votes.Kappa(), AccuracyGivenAgreement: given,
	}
}
