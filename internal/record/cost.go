package record

import "github.com/tailgate-bench/tailgate/llm"

// Range is an amount between two bounds that are not statistical.
type Range struct {
	Low, Value, High float64
}

func (r *Range) add(o Range) {
	r.Low += o.Low
	r.Value += o.Value
	r.High += o.High
}

// attemptCost returns what an attempt costs in US dollars. Only of a cancelled
// attempt is it uncertain: Low bills the tokens produced until the cancel, High
// the whole answer.
func (c *Config) attemptCost(a *Attempt) Range {
	if a.Model < 0 {
		return Range{}
	}
	price := c.Models[a.Model].Price
	used := price.Cost(a.Usage)
	if a.State != StateLost {
		return Range{Low: used, Value: used, High: used}
	}
	whole := price.Cost(llm.Usage{Input: a.Usage.Input, Output: max(a.Usage.Output, a.Whole)})
	if c.BillWhole {
		return Range{Low: used, Value: whole, High: whole}
	}
	return Range{Low: used, Value: used, High: whole}
}
