package strategies

import (
	"sync/atomic"

	"github.com/tailgate-bench/tailgate/llm"
)

// ErrBusy is the failure of a call that [Limited] turned away.
var ErrBusy = &llm.Error{Kind: llm.Rejected, Message: "too many calls run at once"}

// Limited lets a number of requests be at its target at once and turns away
// those beyond, at once and without asking, with kind rejected: a bulkhead
// [Nygard, "Release It!", 2007]. It does not queue, because a place in a queue
// before a provider that is slow is worth less than the next target. It limits
// how many calls run at once, unlike a [Budget], which limits a rate. State is
// kept between requests; a Limited is safe for concurrent use.
type Limited struct {
	target  Target
	places  int64
	running atomic.Int64
}

var _ Strategy = (*Limited)(nil)

// NewLimited returns a limit of so many requests at target at once.
func NewLimited(target Target, concurrency int) *Limited {
	return &Limited{target: target, places: int64(concurrency)}
}

// Run implements [Strategy].
func (l *Limited) Run(x *Exchange) (llm.Answer, error) {
	defer l.running.Add(-1)
	if l.running.Add(1) > l.places {
		x.Note(Note{Kind: CallRejected, Target: l.target.name})
		return llm.Answer{}, ErrBusy
	}
	x.Commit(x.Start(l.target, Start{}))
	return x.Next().result()
}
