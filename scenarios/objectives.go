package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/tailgate-bench/tailgate/internal/objective"
)

// readObjectives reads the section "objectives".
func readObjectives(v value) []*objective.Objective {
	var all []*objective.Objective
	for _, it := range v.list("objectives such as hedge.p95 <= 3s") {
		text, ok := it.text("an objective such as hedge.p95 <= 3s")
		if !ok {
			continue
		}
		o, err := objective.Parse(text)
		if syntax, ok := errors.AsType[*objective.SyntaxError](err); ok {
			it.failAt(it.within(syntax.Column), "%s", syntax.Message)
			continue
		}
		it.checkNames(o)
		all = append(all, o)
	}
	return all
}

// checkNames checks that what an objective speaks of is there.
func (v value) checkNames(o *objective.Objective) {
	for _, ref := range o.Refs() {
		if !slices.Contains(v.r.strategies, ref.Strategy) {
			v.failAt(v.within(ref.Column), "%s", unknown("strategy "+strconv.Quote(ref.Strategy), ref.Strategy, v.r.strategies))
		}
		if ref.Fault != "" && !slices.Contains(v.r.faults, ref.Fault) {
			v.failAt(v.within(ref.FaultColumn), "%s", unknown("fault "+strconv.Quote(ref.Fault), ref.Fault, slices.DeleteFunc(slices.Clone(v.r.faults), isEmpty)))
		}
	}
}

func isEmpty(name string) bool { return name == "" }

// within returns the place of a column of the value's text, counted from 1, as
// far as the way the text is written shows it.
func (v value) within(column int) place {
	at := v.place()
	s, ok := v.node.(*ast.StringNode)
	if !ok {
		return at
	}
	switch s.GetToken().Type {
	case token.StringType:
		at.column += column - 1
	case token.SingleQuoteType, token.DoubleQuoteType:
		at.column += column
	default:
	}
	return at
}

// WithObjectives returns a copy of s with more objectives, after its own. The
// error says which of the texts is wrong and what would be allowed.
func (s *Scenario) WithObjectives(texts ...string) (*Scenario, error) {
	extended := *s
	extended.Objectives = slices.Clone(s.Objectives)
	for _, text := range texts {
		o, err := objective.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("objective %q: %w", text, err)
		}
		if err := s.has(o); err != nil {
			return nil, fmt.Errorf("objective %q: %w", text, err)
		}
		extended.Objectives = append(extended.Objectives, o)
	}
	return &extended, nil
}

// has checks that what an objective speaks of is there.
func (s *Scenario) has(o *objective.Objective) error {
	var strategies, faults []string
	for _, one := range s.Strategies {
		strategies = append(strategies, one.Name)
	}
	for _, f := range s.Faults {
		if f.Name != "" {
			faults = append(faults, f.Name)
		}
	}
	for _, ref := range o.Refs() {
		switch {
		case !slices.Contains(strategies, ref.Strategy):
			return errors.New(unknown("strategy "+strconv.Quote(ref.Strategy), ref.Strategy, strategies))
		case ref.Fault != "" && !slices.Contains(faults, ref.Fault):
			return errors.New(unknown("fault "+strconv.Quote(ref.Fault), ref.Fault, faults))
		}
	}
	return nil
}
