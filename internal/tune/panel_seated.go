package tune

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// seated is a panel: its members and its rules.
type seated struct {
	members   []int // numbers of models, the best first
	names     []string
	quorum    int // votes; 0 for plurality
	weights   []float64
	weighted  bool
	way       way
	other     int // the model asked without a quorum, or the member trusted
	otherName string

	figures figures
	played  played
}

// way is what a panel without a quorum does.
type way int

const (
	fails      way = iota // the request fails
	bestSingle            // the best member's answer counts
	escalates             // another model is asked
)

// figures are by seed.
type figures struct{ right, success, cost []float64 } // cost: US dollars per 1,000 requests

// played are figures of runs.
type played struct {
	right, success, cost []float64
	p95                  []float64
}

func (s *seated) size() int      { return len(s.members) }
func (s *seated) right() float64 { return stats.Across(s.figures.right).Value }
func (s *seated) cost() float64  { return stats.Across(s.figures.cost).Value }

// better orders panels by cost, and equal ones by how often they are right.
func (s *seated) better(o *seated) int {
	if s.cost() != o.cost() {
		return sign(s.cost() - o.cost())
	}
	return sign(o.right() - s.right())
}

// every returns all panels.
func (p *Panel) every() ([]*seated, error) {
	order, weights := p.ranking()
	var all []*seated
	for mask := 1; mask < 1<<len(order); mask++ {
		var members []int
		for i, m := range order {
			if mask&(1<<i) != 0 {
				members = append(members, m)
			}
		}
		if len(members) > p.Size {
			continue
		}
		all = append(all, p.rules(members, weights)...)
		if len(all) > mostPanels {
			return nil, mistake("more than %d panels: name fewer --models, or give a smaller --size", mostPanels)
		}
	}
	return all, nil
}

// ranking returns the models by how often they are right, and what their votes
// weigh.
func (p *Panel) ranking() (order []int, weights []float64) {
	right := p.votes.right()
	hits, cast := make([]int, len(p.Models)), make([]int, len(p.Models))
	for _, r := range p.votes.rows {
		for m, vote := range r.cast {
			if vote != 0 {
				cast[m]++
			}
			if vote != 0 && right(vote, r.want) {
				hits[m]++
			}
		}
	}
	for m := range p.Models {
		order, weights = append(order, m), append(weights, logOdds(hits[m], cast[m]))
	}
	slices.SortStableFunc(order, func(a, b int) int { return hits[b] - hits[a] })
	return order, weights
}

// rules returns the panels of some members: every quorum that only one vote can
// reach, plurality, and weights; each with every way to go on without a quorum.
func (p *Panel) rules(members []int, weights []float64) []*seated {
	seat := func(quorum int, weighted bool, w way, other int) *seated {
		s := &seated{members: members, quorum: quorum, weighted: weighted, way: w, other: other}
		for _, m := range members {
			s.names, s.weights = append(s.names, p.Models[m]), append(s.weights, weights[m])
		}
		if w != fails {
			s.otherName = p.Models[other]
		}
		return s
	}
	n := len(members)
	if n == 1 {
		return []*seated{seat(1, false, fails, 0)}
	}
	var all []*seated
	ways := func(quorum int, weighted bool) {
		all = append(all, seat(quorum, weighted, fails, 0), seat(quorum, weighted, bestSingle, members[0]))
		for m := range p.Models {
			if !slices.Contains(members, m) {
				all = append(all, seat(quorum, weighted, escalates, m))
			}
		}
	}
	for quorum := n/2 + 1; quorum <= n; quorum++ {
		ways(quorum, false)
	}
	if n > 2 {
		all = append(all, seat(0, false, fails, 0))
		if slices.Max(seat(0, true, fails, 0).weights) > 0 {
			all = append(all, seat(0, true, fails, 0))
			ways(-1, true) // a majority of the weight
		}
	}
	return all
}

// consensus is the panel as a strategy that decides on votes.
func (s *seated) consensus() strategies.Consensus {
	c := strategies.Consensus{Targets: make([]strategies.Target, len(s.members)), Quorum: float64(max(0, s.quorum))}
	if s.quorum == 0 {
		c.Plurality, c.Tie = true, strategies.TieOrder
	}
	if s.weighted {
		c.Weights = s.weights
	}
	return c
}

// evaluate counts what the panel makes of votes.
func (s *seated) evaluate(p *Panel, patterns []*pattern) figures {
	seeds := len(p.choice)
	f := figures{right: make([]float64, seeds), success: make([]float64, seeds), cost: make([]float64, seeds)}
	total := make([]float64, seeds)
	c := s.consensus()
	ballots := make([]strategies.Ballot, 0, len(s.members))
	for _, pt := range patterns {
		vote, asked := s.decide(c, pt, ballots)
		for k, n := range pt.count {
			total[k] += n
			if vote != "" {
				f.success[k] += n
			}
			if pt.right[vote] {
				f.right[k] += n
			}
			for _, m := range s.members {
				f.cost[k] += pt.cost[k][m]
			}
			if asked {
				f.cost[k] += pt.cost[k][s.other]
			}
		}
	}
	for k := range total {
		f.right[k] /= max(1, total[k])
		f.success[k] /= max(1, total[k])
		f.cost[k] *= 1000 / max(1, total[k])
	}
	return f
}

// decide returns the vote that counts, "" if there is none, and whether another
// model was asked.
func (s *seated) decide(c strategies.Consensus, pt *pattern, ballots []strategies.Ballot) (vote string, asked bool) {
	if len(s.members) == 1 {
		return pt.cast[s.members[0]], false
	}
	ballots = ballots[:0]
	for i, m := range s.members {
		ballots = append(ballots, strategies.Ballot{Position: i, Vote: pt.cast[m]})
	}
	vote, ok := c.Decide(ballots)
	if ok || s.way == fails {
		return vote, false
	}
	return pt.cast[s.other], s.way == escalates
}

// changes put the panel into the scenario under a name.
func (s *seated) changes(name string, p *Panel) []scenarios.Change {
	return []scenarios.Change{{Key: strategyKey(name), Value: s.text(p.reading)}}
}

// text writes the panel as a strategy that reads votes as given.
func (s *seated) text(reading string) string {
	if len(s.members) == 1 {
		return "{single: {target: " + s.names[0] + "}}"
	}
	text := "{consensus: {targets: [" + strings.Join(s.names, ", ") + "]"
	if s.weighted {
		all := make([]string, len(s.weights))
		for i, w := range s.weights {
			all[i] = strconv.FormatFloat(w, 'f', -1, 64)
		}
		text += ", weights: [" + strings.Join(all, ", ") + "]"
	}
	switch {
	case s.quorum == 0:
		text += ", quorum: plurality, tie: order"
	case s.quorum > 0:
		text += ", quorum: " + strconv.Itoa(s.quorum)
	}
	text += ", " + reading
	switch s.way {
	case bestSingle:
		text += ", on_disagreement: {best_single: " + s.otherName + "}"
	case escalates:
		text += ", on_disagreement: {escalate: " + s.otherName + "}"
	case fails:
	}
	return text + "}}"
}

// String describes the panel.
func (s *seated) String() string {
	if len(s.members) == 1 {
		return s.names[0] + " alone"
	}
	text := strings.Join(s.names, ", ")
	switch {
	case s.quorum == 0:
		text += " by plurality"
	case s.quorum < 0:
		text += " by majority"
	default:
		text += fmt.Sprintf(", %d of %d", s.quorum, len(s.members))
	}
	if s.weighted {
		text += " of weights"
	}
	switch s.way {
	case bestSingle:
		text += ", else " + s.otherName + "'s"
	case escalates:
		text += ", else ask " + s.otherName
	case fails:
	}
	return text
}

// rightly says whether a vote gives the answer.
func rightly(vote, want string) bool {
	var w mockprovider.Workload
	right, _ := w.Correct(vote, &mockprovider.Item{Answer: want})
	return right
}
