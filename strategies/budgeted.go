package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Budgeted bounds what the calls below its target cost. Before each call to a
// model, wherever in the target's tree it is made, the most it can cost is
// reserved:
//
//	price × (tokens of the prompt, estimated; the answer's MaxTokens)
//
// and a call that is not covered fails with kind rejected before anything is
// spent. So a race under a budget for two calls asks two of its three targets.
// When a call has ended it settles for what it has used, a cancelled loser for
// what it had produced. Requests that run at once cannot overspend together, as
// long as answers keep to their MaxTokens and prompts to their estimate; what an
// answer costs beyond its reservation is spent all the same.
type Budgeted struct {
	Target Target
	// PerRequest is how many US dollars one request may spend; 0 means no limit.
	PerRequest float64
	// Purse is what all requests may spend together, also those of other
	// strategies that share it; nil means no limit.
	Purse *Purse
	// Price says what a model charges. Without it nothing costs anything.
	Price func(model string) llm.Price
	// MaxTokens is how long an answer is taken to be at most when the request
	// does not say; 0 means 4096.
	MaxTokens int
}

var _ Strategy = Budgeted{}

// Run implements [Strategy].
func (b Budgeted) Run(x *Exchange) (llm.Answer, error) {
	m := &spending{Budgeted: b}
	if b.PerRequest > 0 {
		m.own = NewPurse(b.PerRequest)
	}
	x.Commit(x.Start(b.Target, Start{Meter: m}))
	return x.Next().result()
}

// spending is the meter of one request.
type spending struct {
	Budgeted
	own *Purse // the request's
}

var _ Meter = (*spending)(nil)

// Reserve implements [Meter].
func (s *spending) Reserve(model string, r *llm.Request) *llm.Error {
	most := s.most(model, r)
	if !s.own.reserve(most) {
		return ErrRequestSpendLimit
	}
	if !s.Purse.reserve(most) {
		s.own.settle(most, 0)
		return ErrSpendLimit
	}
	return nil
}

// Settle implements [Meter].
func (s *spending) Settle(model string, r *llm.Request, used llm.Usage) {
	most, spent := s.most(model, r), s.cost(model, used)
	s.own.settle(most, spent)
	s.Purse.settle(most, spent)
}

// most returns the most a call can cost.
func (s *spending) most(model string, r *llm.Request) nanos {
	return s.cost(model, llm.Usage{
		Input:  llm.EstimateTokens(r.System) + llm.EstimateTokens(r.Prompt),
		Output: orDefault(r.MaxTokens, orDefault(s.MaxTokens, 4096)),
	})
}

func (s *spending) cost(model string, u llm.Usage) nanos {
	if s.Price == nil {
		return 0
	}
	return inNanos(s.Price(model).Cost(u))
}
