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
	// differing counts the pairs of different votes, by size of panel.
	differing []int
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
	for len(a.differing) <= len(votes) {
		a.differing = append(a.differing, 0)
	}
	for i, v := range votes {
		a.count(v)
		for _, w := range votes[:i] {
			a.pairs++
			if v == w {
				a.agreeing++
			} else {
				a.differing[len(votes)]++
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
	chance := float64(a.squares()) / (float64(a.votes) * float64(a.votes))
	observed := float64(a.agreeing) / float64(a.pairs)
	return Exactly((observed - chance) / (1 - chance))
}

// squares is the sum of the squared counts of each vote: of integers, so that
// the order of the map cannot show.
func (a *Agreement) squares() int {
	sum := 0
	for _, n := range a.perVote {
		sum += n * n
	}
	return sum
}

// Alpha returns Krippendorff's alpha for nominal data (Krippendorff 2004,
// section 11.3), agreement beyond chance that does not mind missing votes:
// 1 - Do/De. In a panel of m votes each ordered pair of different ones counts
// 1/(m - 1); Do is their sum over the number n of votes, and De the share of
// all ordered pairs of the n votes, from whatever panel, that differ. Panels of
// fewer than two votes do not count. It is 1 where all panels agree, 0 where
// votes are as if drawn at random, and not defined where every vote is the
// same. It has no interval.
func (a *Agreement) Alpha() Estimate {
	switch {
	case a.panels == 0:
		return Missing("no panel has two votes")
	case a.crowded:
		return Missing(fmt.Sprintf("more than %d different votes", mostVotes))
	case len(a.perVote) == 1:
		return Missing("every vote is the same")
	}
	differ := 0.0
	for m, pairs := range a.differing {
		if pairs > 0 {
			differ += 2 * float64(pairs) / float64(m-1)
		}
	}
	n := float64(a.votes)
	return Exactly(1 - (n-1)*differ/(n*n-float64(a.squares())))
}
