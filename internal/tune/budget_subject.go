package tune

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// subject is a strategy whose budget is tuned.
type subject struct {
	place   scenarios.Place
	current string
	changes []scenarios.Change // beside the budget
	cells   []*cell
	largest []string // by level: the largest budget that it recovers with; ""
}

const budgetKey = ".budget"

func (s *subject) key() string { return s.place.Key + budgetKey }

// known says whether the boundary at any level is known.
func (s *subject) known() bool { return s.largest != nil }

// findSubjects finds the budgets and reads the scenario with each value once.
func (b *Budget) findSubjects() error {
	for _, kind := range []string{"retry", "hedge"} {
		for _, p := range b.Scenario.Places(kind) {
			if len(b.Strategies) == 0 || slices.Contains(b.Strategies, p.Strategy) {
				b.subjects = append(b.subjects, b.subject(p))
			}
		}
	}
	for _, name := range b.Strategies {
		if !slices.ContainsFunc(b.subjects, func(s *subject) bool { return s.place.Strategy == name }) {
			return mistake("scenario %s has no strategy %q that retries or hedges", b.Scenario.Name, name)
		}
	}
	if len(b.subjects) == 0 {
		return mistake("scenario %s has neither a retry nor a hedge: there is no budget to tune", b.Scenario.Name)
	}
	for _, s := range b.subjects {
		if err := b.enter(s); err != nil {
			return err
		}
	}
	return nil
}

// enter makes the cells of a subject, its current budget among them.
func (b *Budget) enter(s *subject) error {
	var shares []float64
	for _, budget := range append(slices.Clone(b.Budgets), s.current) {
		share, err := shareOf(budget)
		if err != nil {
			return err
		}
		if slices.Contains(shares, share) {
			continue
		}
		shares = append(shares, share)
		for level := range b.Levels {
			s.cells = append(s.cells, &cell{budget: budget, share: share, level: level})
		}
		if _, err := b.Scenario.With(s.with(budget)...); err != nil {
			return err
		}
	}
	return nil
}

// subject describes the strategy at a place.
func (b *Budget) subject(p scenarios.Place) *subject {
	s := &subject{place: p, current: "10%"}
	if p.Kind == "retry" {
		s.current = "20%"
	}
	if text, ok := b.Scenario.Current(s.key()); ok {
		s.current = text
	}
	if target, ok := b.Scenario.Current(p.Key + ".target"); ok && p.Kind == "retry" && b.Timeout > 0 {
		s.changes = []scenarios.Change{{
			Key: p.Key + ".target", Value: fmt.Sprintf("{fallback: {targets: [%s], timeout: %s}}", target, formatDuration(b.Timeout)),
		}}
	}
	return s
}

// with are the changes that give a subject a budget.
func (s *subject) with(budget string) []scenarios.Change {
	return append(slices.Clone(s.changes), scenarios.Change{Key: s.key(), Value: budget})
}

// shareOf reads a budget; no limit is +Inf.
func shareOf(text string) (float64, error) {
	if text == unlimited {
		return math.Inf(1), nil
	}
	digits, percents := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if percents {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 10) {
		return 0, mistake("budget %q: must be a share of requests from 0%% to 1000%%, or none", text)
	}
	return v, nil
}

// adopted are the changes for budgets that are too large as they are.
func (b *Budget) adopted() []scenarios.Change {
	var all []scenarios.Change
	for _, s := range b.subjects {
		if !s.known() || s.largest[b.here()] == "" {
			continue
		}
		now, err := shareOf(s.current)
		largest, _ := shareOf(s.largest[b.here()])
		if err == nil && now > largest {
			all = append(all, s.with(s.largest[b.here()])...)
		}
	}
	return all
}
