package mockprovider

import (
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Taken is an attempt that a [Server] has taken on, with the plan it is about to
// carry out: the truth about what it will do and cost.
type Taken struct {
	Model   string
	Request uint64
	Ordinal int
	// At is when the plan began.
	At   time.Time
	Plan fault.Plan
}

// observe tells the observer about an attempt.
func (s *Server) observe(p *performance, model string, request uint64, ordinal int) {
	if s.Observer != nil {
		s.Observer(Taken{Model: model, Request: request, Ordinal: ordinal, At: time.Now(), Plan: p.plan})
	}
}
