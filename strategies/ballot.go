package strategies

import (
	"cmp"
	"math"
	"strconv"

	"github.com/tailgate-bench/tailgate/llm"
)

// decision is what a ballot has come to.
type decision uint8

const (
	open   decision = iota // the votes to come can change it
	agreed                 // its leader has won, whatever comes
	lost                   // nobody can win any more
)

// ballot counts the votes of one panel. Panels are small, so a slice serves
// better than a map.
type ballot struct {
	seats     []seat // by target
	tolerance float64
	rule      rule
	groups    []group
	cast      int // votes, without abstentions
}

// seat is the place of one target.
type seat struct {
	weight  float64
	waiting bool // its vote may still come
}

// group is the votes that agree with each other.
type group struct {
	vote   string  // of the first to arrive
	number float64 // the same as a number, NaN if it is none
	votes  int
	weight float64
	first  llm.Answer
	rank   int // the lowest position of a target in it
	began  int // how many groups began before it
}

// slack is the share of all weight by which weights may differ and still count
// as equal: sums of fractions are not exact.
const slack = 1e-9

// rule says when a group has won.
type rule struct {
	need      float64 // weight to be reached; of no meaning with plurality
	strict    bool    // the weight must be above need, not at it
	plurality bool    // the heaviest group wins, however light
	tie       Tie     // between groups of the same weight, with plurality
	slack     float64 // weights this near to each other are equal
}

// met says whether a weight reaches what is needed.
func (r rule) met(weight float64) bool {
	if r.strict {
		return weight > r.need+r.slack
	}
	return weight >= r.need-r.slack
}

// seat gives every target its weight, 1 if it is not given, and returns the
// weight of all.
func (b *ballot) seat(weights []float64) (total float64) {
	for i := range b.seats {
		b.seats[i] = seat{weight: 1, waiting: true}
		if i < len(weights) {
			b.seats[i].weight = max(weights[i], 0)
		}
		total += b.seats[i].weight
	}
	return total
}

// add counts the vote of the target at position i, "" for an abstention, and
// returns the vote of the group that it joined: the first group whose own vote
// is equal, or no farther away than the tolerance.
func (b *ballot) add(i int, vote string, ans llm.Answer) string {
	b.seats[i].waiting = false
	if vote == "" {
		return ""
	}
	b.cast++
	g := b.join(vote)
	if g.votes == 0 {
		g.first, g.rank = ans, i
	}
	g.votes++
	g.weight += b.seats[i].weight
	g.rank = min(g.rank, i)
	return g.vote
}

// join returns the group for a vote, a new one if there is none.
func (b *ballot) join(vote string) *group {
	number := math.NaN()
	if b.tolerance > 0 {
		number = asNumber(vote)
	}
	for i := range b.groups {
		g := &b.groups[i]
		if g.vote == vote || math.Abs(g.number-number) <= b.tolerance*(1+slack) {
			return g
		}
	}
	b.groups = append(b.groups, group{vote: vote, number: number, began: len(b.groups)})
	return &b.groups[len(b.groups)-1]
}

// asNumber returns a vote as a number, NaN if it is none.
func asNumber(vote string) float64 {
	v, err := strconv.ParseFloat(vote, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// drop takes note that no vote comes from the target at position i.
func (b *ballot) drop(i int) { b.seats[i].waiting = false }

// left returns the weight of the votes that may still come, and the lowest
// position of a target that may cast one; more says whether there is any.
func (b *ballot) left() (weight float64, rank int, more bool) {
	for i, s := range b.seats {
		if !s.waiting {
			continue
		}
		if !more {
			rank, more = i, true
		}
		weight += s.weight
	}
	return weight, rank, more
}

// leader returns the group that is ahead of all others; of groups that tie, the
// one that began first.
func (b *ballot) leader() group {
	var most group
	for i, g := range b.groups {
		if i == 0 || b.rule.compare(&g, &most) > 0 {
			most = g
		}
	}
	return most
}

// compare returns 1 if g is ahead of h, -1 if it is behind, 0 if they tie.
func (r rule) compare(g, h *group) int {
	switch d := g.weight - h.weight; {
	case d > r.slack:
		return 1
	case d < -r.slack:
		return -1
	}
	switch r.tie {
	case TieFirst:
		return cmp.Compare(h.began, g.began)
	case TieOrder:
		return cmp.Compare(h.rank, g.rank)
	default:
		return 0
	}
}

// decide says what the ballot has come to. It is exact: open means that the
// votes to come can change the result.
func (b *ballot) decide() decision {
	if b.rule.plurality {
		return b.pluralityOf(b.leader())
	}
	most := b.leader()
	left, _, more := b.left()
	switch {
	case b.cast > 0 && b.rule.met(most.weight):
		return agreed
	case !more || !b.rule.met(most.weight+left):
		return lost
	default:
		return open
	}
}

// pluralityOf decides by plurality. The worst that can happen to the leader is
// that all votes to come go to one rival, old or new; if it stays ahead even
// then, it has won.
func (b *ballot) pluralityOf(most group) decision {
	left, rank, more := b.left()
	ahead := b.cast > 0
	for _, rival := range b.groups {
		if rival.began == most.began {
			continue
		}
		if more {
			rival.weight, rival.rank = rival.weight+left, min(rival.rank, rank)
		}
		ahead = ahead && b.rule.compare(&most, &rival) > 0
	}
	newcomer := group{weight: left, rank: rank, began: len(b.groups)}
	switch {
	case ahead && (!more || b.rule.compare(&most, &newcomer) > 0):
		return agreed
	case !more, b.cast > 0 && !ahead && left <= b.rule.slack && b.rule.tie == TieFail: // a tie for good
		return lost
	default:
		return open
	}
}
