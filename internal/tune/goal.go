package tune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Goal is what a good setting has: as little of an expression as possible, or as
// much, while all constraints hold.
type Goal struct {
	Of          *objective.Expression
	Maximize    bool
	Constraints []*objective.Objective
	// OnAverage is how many of the constraints, from the first, are kept as well by
	// a setting that keeps them on average as by one that does with its whole
	// interval. They are those that all settings undercut by design.
	OnAverage int
}

// ParseGoal reads a goal's expression and constraints and checks that the
// scenario has what they speak of. The error wraps [ErrInput].
func ParseGoal(sc *scenarios.Scenario, expression string, maximize bool, constraints []string) (Goal, error) {
	of, err := objective.ParseExpression(expression)
	if err != nil {
		return Goal{}, mistake("goal %q: %w", expression, err)
	}
	g := Goal{Of: of, Maximize: maximize}
	for _, text := range constraints {
		o, err := objective.Parse(text)
		if err != nil {
			return Goal{}, mistake("constraint %q: %w", text, err)
		}
		g.Constraints = append(g.Constraints, o)
	}
	for _, r := range g.Refs() {
		if err := known(sc, r); err != nil {
			return Goal{}, err
		}
	}
	return g, nil
}

// known says whether a scenario has what a metric is of.
func known(sc *scenarios.Scenario, r objective.Ref) error {
	if len(sc.Uses(r.Strategy)) == 0 {
		return mistake("%s: there is no strategy %q in scenario %s", r, r.Strategy, sc.Name)
	}
	if r.Fault != "" && !slices.ContainsFunc(sc.Faults, func(f scenarios.Fault) bool { return f.Name == r.Fault }) {
		return mistake("%s: there is no fault %q in scenario %s", r, r.Fault, sc.Name)
	}
	return nil
}

// Refs returns the metrics that the goal speaks of.
func (g Goal) Refs() []objective.Ref {
	var refs []objective.Ref
	if g.Of != nil {
		refs = g.Of.Refs()
	}
	for _, c := range g.Constraints {
		refs = append(refs, c.Refs()...)
	}
	return refs
}

// scores returns the goal for every seed such that less is better. A percentile
// among failures is slower than any success: it counts as twice the timeout, so
// that settings that fail can be compared at all.
func (g Goal) scores(r Runs, timeoutMS float64) ([]float64, error) {
	vector, err := finiteVector(r, g.Of, timeoutMS)
	if err != nil || !g.Maximize {
		return vector, err
	}
	for i := range vector {
		vector[i] = -vector[i]
	}
	return vector, nil
}

// finiteVector is [Runs.Vector] with twice the timeout in the place of infinity.
func finiteVector(r Runs, f formula, timeoutMS float64) ([]float64, error) {
	vector, err := r.Vector(f)
	for i, v := range vector {
		if math.IsInf(v, 0) {
			vector[i] = math.Copysign(2*timeoutMS, v)
		}
	}
	return vector, err
}

// standing is whether a setting keeps the constraints.
type standing int

// The standings, the best first.
const (
	keeps   standing = iota // the whole interval of every margin holds
	perhaps                 // every margin's mean holds
	misses                  // some margin's mean does not hold
)

// judge returns the standing of a setting, and by how much it misses constraints,
// in units of their limits.
func (g Goal) judge(r Runs, timeoutMS float64) (worst standing, by float64, err error) {
	for i, c := range g.Constraints {
		margins, err := finiteVector(r, margin{c}, timeoutMS)
		if err != nil {
			return misses, 0, err
		}
		e := stats.Across(margins)
		if !e.HasInterval() {
			e.Low, e.High = e.Value, e.Value
		}
		switch {
		case c.Holds(e.Low, 0) && c.Holds(e.High, 0):
		case c.Holds(e.Value, 0) && i < g.OnAverage:
		case c.Holds(e.Value, 0):
			worst = max(worst, perhaps)
		default:
			worst = misses
			by += math.Abs(e.Value)
		}
	}
	return worst, by, nil
}

// hopeless says whether a constraint is missed by more than chance.
func (g Goal) hopeless(r Runs, timeoutMS float64) (bool, error) {
	for _, c := range g.Constraints {
		margins, err := finiteVector(r, margin{c}, timeoutMS)
		if err != nil {
			return false, err
		}
		if !c.Holds(stats.Across(margins).Value, 0) && stats.AcrossPValue(margins) < dropLevel {
			return true, nil
		}
	}
	return false, nil
}

func isCancel(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// needs says in one line how far the nearest setting is from a constraint.
func needs(c *objective.Objective, r Runs) string {
	lefts, err := r.Vector(margin{c})
	if err != nil {
		return c.String()
	}
	return fmt.Sprintf("%s is missed by %.4g on average", c, math.Abs(stats.Across(lefts).Value))
}
