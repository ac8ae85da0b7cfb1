package strategies

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tailgate-bench/tailgate/llm"
)

// A decision comes exactly when it is certain: after every vote, a ballot is
// open if and only if the votes to come can make a difference. All that may come
// is tried out: each voter that is left votes for something voted for before,
// for one of two new things, or not at all, in every order of the voters.
func TestBallotIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := drawBallot(rt)
		order := rapid.Permutation(positions(len(b.seats))).Draw(rt, "order")
		for n := 0; ; n++ {
			want := futures(b, order[n:])
			switch got := b.decide(); {
			case len(want) == 1 && !want[fmt.Sprint(got, b.winner(got))]:
				rt.Fatalf("after %d votes: decided %d for %q, and whatever comes makes it %v", n, got, b.winner(got), want)
			case len(want) > 1 && got != open:
				rt.Fatalf("after %d votes: decided %d for %q, and what comes may make it %v", n, got, b.winner(got), want)
			case got != open:
				return
			}
			b.add(order[n], rapid.SampledFrom([]string{"a", "b", "c", ""}).Draw(rt, "vote"), llm.Answer{})
		}
	})
}

func positions(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func drawBallot(rt *rapid.T) *ballot {
	n := rapid.IntRange(1, 4).Draw(rt, "voters")
	c := Consensus{
		Plurality: rapid.Bool().Draw(rt, "plurality"),
		Tie:       Tie(rapid.IntRange(0, 2).Draw(rt, "tie")), //nolint:gosec // small
		Share:     rapid.SampledFrom([]float64{0, 0, 0.3, 0.5, 0.75, 1}).Draw(rt, "share"),
	}
	b := &ballot{seats: make([]seat, n)}
	weights := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.1, 0.2, 0.3, 1, 1, 1}), n, n).Draw(rt, "weights")
	b.rule = c.rule(b.seat(weights))
	return b
}

// winner is what has won if the ballot was decided.
func (b *ballot) winner(d decision) string {
	if d != agreed {
		return ""
	}
	return b.leader().vote
}

// futures returns every end that a ballot may come to. A quorum once reached
// stands; otherwise the end is when nobody is left to vote.
func futures(b *ballot, left []int) map[string]bool {
	if most := b.leader(); !b.rule.plurality && b.cast > 0 && b.rule.met(most.weight) {
		return map[string]bool{fmt.Sprint(agreed, most.vote): true}
	}
	if len(left) == 0 {
		return map[string]bool{end(b): true}
	}
	ends := map[string]bool{}
	for k := range left {
		rest := append(append([]int(nil), left[:k]...), left[k+1:]...)
		for _, vote := range []string{"", "a", "b", "c", "new", "newer"} {
			next := *b
			next.groups = append([]group(nil), b.groups...)
			next.seats = append([]seat(nil), b.seats...)
			next.add(left[k], vote, llm.Answer{})
			for e := range futures(&next, rest) {
				ends[e] = true
			}
		}
	}
	return ends
}

// end is the result of a ballot in which everybody has voted, counted the plain
// way.
func end(b *ballot) string {
	nobody := fmt.Sprint(lost, "")
	if !b.rule.plurality || len(b.groups) == 0 {
		return nobody
	}
	most, ties := b.groups[0], 1
	for _, g := range b.groups[1:] {
		switch d := g.weight - most.weight; {
		case d > b.rule.slack:
			most, ties = g, 1
		case d >= -b.rule.slack:
			ties++
			if b.rule.tie == TieOrder && g.rank < most.rank {
				most = g
			}
		}
	}
	if ties > 1 && b.rule.tie == TieFail {
		return nobody
	}
	return fmt.Sprint(agreed, most.vote)
}
