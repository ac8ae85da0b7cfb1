package engine

import (
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/strategies"
)

// vote takes over a vote of a panel.
func (c *converter) vote(n *strategies.Note) {
	q := &c.q
	b := record.Ballot{Voter: n.Target, Vote: n.Text}
	if n.Text != "" {
		q.Votes = append(q.Votes, n.Text)
		b.Correct = c.truth(n.Text, c.workload.Item(q.ID))
	}
	q.Ballots = append(q.Ballots, b)
}

// agreement describes how panels agreed, nil if there was none.
func agreement(a *record.Agreement) *reports.Agreement {
	if a == nil {
		return nil
	}
	out := &reports.Agreement{
		Rate: a.Rate, Pairwise: a.Pairwise, FleissKappa: a.FleissKappa, AccuracyGivenAgreement: a.AccuracyGivenAgreement,
		Alpha: a.Alpha, Escalated: a.Escalated,
	}
	if len(a.Members) == 0 {
		return out
	}
	m := &reports.Matrix{}
	for i, one := range a.Members {
		out.Models = append(out.Models, reports.PanelMember{
			Name: one.Name, Votes: one.Votes, Abstained: one.Abstained, Accuracy: one.Accuracy,
		})
		m.Models = append(m.Models, one.Name)
		values, counts := make([]*float64, 0, len(a.Pairs)), make([]int, 0, len(a.Pairs))
		for _, p := range a.Pairs[i] {
			values, counts = append(values, known(p.Agree)), append(counts, p.N)
		}
		m.Values, m.N = append(m.Values, values), append(m.N, counts)
	}
	out.Matrix = m
	return out
}

// known returns the value of an estimate, or nil.
func known(e stats.Estimate) *float64 {
	if !e.Known() {
		return nil
	}
	return number(e.Value)
}

// panelShare returns a share that only panels have.
func panelShare(a *record.Agreement, metric string) stats.Estimate {
	switch {
	case a == nil:
		return stats.Missing("no panel voted")
	case metric == "escalated":
		return a.Escalated
	default:
		return a.AccuracyGivenAgreement
	}
}
