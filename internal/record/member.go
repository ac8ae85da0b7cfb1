package record

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Ballot is what one member of a panel voted for.
type Ballot struct {
	// Voter is the name of the target.
	Voter string
	// Vote is "" for an abstention.
	Vote string
	// Correct says whether the vote is the right answer.
	Correct Truth
}

// Member is a member of a panel.
type Member struct {
	Name string
	// Votes and Abstained count its answers with and without a vote. Answers
	// that came too late to count, and failures, are neither.
	Votes, Abstained int
	// Accuracy is the share of right votes, where the truth is known.
	Accuracy stats.Estimate
}

// Pair is how often two members of a panel give the same vote.
type Pair struct {
	Agree stats.Estimate
	N     int // how often both voted
}

// members counts the votes of the members of panels.
type members struct {
	names  []string // in the order of their first votes
	counts []memberCounts
	pairs  stats.Matrix
	voters []int    // scratch
	hashes []uint64 // scratch
}

type memberCounts struct{ right, wrong, abstained int }

func (m *members) add(ballots []Ballot) {
	m.voters, m.hashes = m.voters[:0], m.hashes[:0]
	for i := range ballots {
		b := &ballots[i]
		who := m.member(b.Voter)
		if b.Vote == "" {
			m.counts[who].abstained++
			continue
		}
		switch b.Correct {
		case Right:
			m.counts[who].right++
		case Wrong:
			m.counts[who].wrong++
		case Unknown:
		}
		m.voters, m.hashes = append(m.voters, who), append(m.hashes, draw.Hash(b.Vote))
	}
	m.pairs.Add(m.voters, m.hashes)
}

// member returns the number of the member of the given name. Panels are small,
// so a search serves better than a map.
func (m *members) member(name string) int {
	if i := slices.Index(m.names, name); i >= 0 {
		return i
	}
	m.names, m.counts = append(m.names, name), append(m.counts, memberCounts{})
	return len(m.names) - 1
}

// table returns the members in the order of models, and their pairs.
func (m *members) table(models []ModelInfo) ([]Member, [][]Pair) {
	place := func(i int) int {
		if p := slices.IndexFunc(models, func(info ModelInfo) bool { return info.Name == m.names[i] }); p >= 0 {
			return p
		}
		return len(models)
	}
	order := make([]int, len(m.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(m.names[a], m.names[b]))
	})
	all, pairs := make([]Member, len(order)), make([][]Pair, len(order))
	for row, a := range order {
		all[row] = m.describe(a)
		for _, b := range order {
			pairs[row] = append(pairs[row], m.pair(a, b))
		}
	}
	return all, pairs
}

func (m *members) describe(i int) Member {
	c := m.counts[i]
	out := Member{Name: m.names[i], Votes: m.votes(i), Abstained: c.abstained, Accuracy: stats.Missing("no right answers are known")}
	if n := c.right + c.wrong; n > 0 {
		out.Accuracy = stats.Wilson(c.right, n)
	}
	return out
}

// votes returns how many votes a member cast.
func (m *members) votes(i int) int {
	if i >= m.pairs.Size() { // it abstained always
		return 0
	}
	return m.pairs.Votes(i)
}

func (m *members) pair(a, b int) Pair {
	if max(a, b) >= m.pairs.Size() {
		return Pair{Agree: stats.Missing("they never voted on the same request")}
	}
	if a == b {
		return Pair{Agree: stats.Exactly(1), N: m.votes(a)}
	}
	agree, n := m.pairs.Pair(a, b)
	return Pair{Agree: agree, N: n}
}

// appendPanel appends who voted for what.
func appendPanel(b []byte, q *Request) []byte {
	if q.Escalated {
		b = append(b, `,"escalated":true`...)
	}
	if len(q.Ballots) == 0 {
		return b
	}
	b = append(b, `,"ballots":[`...)
	for i := range q.Ballots {
		v := &q.Ballots[i]
		b = appendString(append(separate(b, i), `{"voter":`...), v.Voter)
		if v.Vote != "" {
			b = appendString(append(b, `,"vote":`...), v.Vote)
		}
		if v.Correct != Unknown {
			b = strconv.AppendBool(append(b, `,"correct":`...), v.Correct == Right)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}
