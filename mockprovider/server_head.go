package mockprovider

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// introduce puts into the head what the plan knows of it.
func (p *performance) introduce() {
	p.head.Input, p.head.Request = p.plan.Input, &p.in.Request
	p.head.Took = p.took()
	p.head.Limits = p.limits()
}

// took returns how long the server takes until the headers.
func (p *performance) took() time.Duration {
	if d, ends := p.plan.Lasts(); ends && !p.in.Stream {
		return d
	}
	return p.plan.Wait
}

// limits returns what the response tells of rate limits: the state of those that
// the attempt has met, or else that of an ordinary account. A response that turns
// the attempt away tells nothing but what is.
func (p *performance) limits() wire.Limits {
	if met := p.plan.Limits; met != (fault.Limits{}) {
		return told(met)
	}
	if p.plan.End == fault.EndFail {
		return wire.Limits{}
	}
	return p.format.UsualLimits(llm.Usage{Input: p.plan.Input, Output: p.plan.Tokens})
}

// told returns limits as a response tells them.
func told(l fault.Limits) wire.Limits {
	return wire.Limits{Requests: wire.Limit(l.Requests), Tokens: wire.Limit(l.Tokens)}
}
