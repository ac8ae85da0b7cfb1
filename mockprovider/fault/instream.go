package fault

import "github.com/tailgate-bench/tailgate/llm"

// InStream makes an answer break off with an error event in the middle of its
// stream, after status 200 has long been sent. An answer that is not streamed
// becomes an error response of status 500.
type InStream struct {
	// AfterShare is the share of the tokens sent before, in (0, 1], rounded
	// down; 0 means a place drawn evenly over the answer.
	AfterShare float64
	// Kind is what the error says: overloaded, rate_limited, timeout or
	// server_error, which [llm.Unknown] means. A client takes them all for
	// [llm.InStreamError].
	Kind llm.Kind

	failure *llm.Error // built by Fresh
}

var _ Fresher = InStream{}

// Fresh implements [Fresher]: it builds the error that every hit shares.
func (f InStream) Fresh() Fault {
	f.failure = f.build()
	return f
}

// Apply implements [Fault].
func (f InStream) Apply(p *Plan, in Instant) {
	failure := f.failure
	if failure == nil {
		failure = f.build()
	}
	p.End, p.Until, p.Failure = EndInStream, place(f.AfterShare, p.Tokens, in), failure
}

func (f InStream) build() *llm.Error {
	kind := f.Kind
	if kind == llm.Unknown {
		kind = llm.ServerError
	}
	return &llm.Error{Kind: kind}
}
