package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Single asks one target once. It is the baseline everything is held against.
type Single struct {
	Target Target
}

var _ Strategy = Single{}

// Run implements [Strategy].
func (s Single) Run(x *Exchange) (llm.Answer, error) {
	x.Commit(x.Start(s.Target, Start{}))
	return x.Next().result()
}

// result turns the event that ends an exchange into what Run returns.
func (ev Event) result() (llm.Answer, error) {
	if ev.Kind == Succeeded {
		return ev.Answer, nil
	}
	return llm.Answer{}, ev.Err
}
