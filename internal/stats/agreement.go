package stats

import "fmt"

// mostVotes is the number of different votes [Agreement] tells apart.
const mostVotes = 1 << 16

// Agreement accumulates the votes of panels. The zero Agreement is empty. One
// goroutine may use it at a time. It keeps no panel, only counts per different
// vote, up to 65,536 of them.
type Agreement struct {
	panels   int // with at least two votes
	full     int // panels with as many votes as the largest
	largest  int
	pairs    int
	agreeing int
	// perVote counts each vote over the panels, under its hash.
	perVote map[uint64]int
	votes   int
	crowded bool
}

// Add adds the votes of one panel, each given by a hash of what was voted for,
// without abstentions. A panel of fewer than two votes says nothing about
// agreement and is left out.
func (a *Agreement) Add(votes []uint64) {
	if len(votes) < 2 {
		return
	}
	a.panels++
	switch {
	case len(votes) > a.largest:
		a.largest, a.full = len(votes), 1
	case len(votes) == a.largest:
		a.full++
	}
	for i, v := range votes {
		a.count(v)
		for _, w := range votes[:i] {
			a.pairs++
			if v == w {
				a.agreeing++
			}
		}
	}
}

func (a *Agreement) count(vote uint64) {
	if a.perVote == nil {
		a.perVote = map[uint64]int{}
	}
	a.votes++
	if _, known := a.perVote[vote]; !known && len(a.perVote) == mostVotes {
		a.crowded = true
		return
	}
	a.perVote[vote]++
}

// Panels returns the number of panels with at least two votes.
func (a *Agreement) Panels() int { return a.panels }

// Pairwise returns the share of pairs of votes of one panel that agree. The
// pairs of a panel are not independent, so the Wilson interval counts panels.
func (a *Agreement) Pairwise() Estimate {
	if a.panels == 0 {
		return Missing("no panel has two votes")
	}
	return wilson(float64(a.agreeing)/float64(a.pairs), float64(a.panels))
}

// Kappa returns Fleiss' kappa (Fleiss 1971), agreement beyond chance:
// (P - Pe)/(1 - Pe), P the share of pairs that agree and Pe the sum of the
// squared shares of each vote. It is defined for complete panels only, and not
// where every vote is the same. It has no interval.
func (a *Agreement) Kappa() Estimate {
	switch {
	case a.panels == 0:
		return Missing("no panel has two votes")
	case a.full < a.panels:
		return Missing(fmt.Sprintf("%d of %d panels have votes missing", a.panels-a.full, a.panels))
	case a.crowded:
		return Missing(fmt.Sprintf("more than %d different votes", mostVotes))
	case len(a.perVote) == 1:
		return Missing("every vote is the same")
	}
	squares := 0 // integers, so that the order of the map cannot show
	for _, n := range a.perVote {
		squares += n * n
	}
	chance := float64(squares) / (float64(a.votes) * float64(a.votes))
	observed := float64(a.agreeing) / float64(a.pairs)
	return Exactly((observed - chance) / (1 - chance))
}
