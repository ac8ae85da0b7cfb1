package virtual

import (
	"slices"

	"github.com/tailgate-bench/tailgate/strategies"
)

// detach begins an attempt that outlives the exchange of a, which only keeps
// its place there. It runs in an exchange of its own that no strategy waits in
// and that ends with it.
func (s *sim) detach(a *attempt, how strategies.Start) {
	x, r := a.owner, a.owner.req
	own := s.exchange(r, x.key.Word(uint64(a.index)))
	own.aside, own.number, own.request, own.deadline = true, x.number, x.request, r.deadline
	r.asides = append(r.asides, own)
	if r.deadline > 0 {
		s.after(r.deadline-s.now, event{kind: deadlinePasses, exchange: own, generation: own.generation})
	}
	how.Tokens = false
	s.launch(s.attempt(own, a.target), how, a.index)
}

// part ends the exchange of a detached attempt that has ended.
func (s *sim) part(x *exchange) {
	r := x.req
	x.generation++ // voids its deadline
	r.asides = slices.DeleteFunc(r.asides, func(own *exchange) bool { return own == x })
	s.recycle(x)
	s.release(r)
}

// stuck returns an exchange that keeps the request from ending.
func (r *request) stuck() *exchange {
	if r.root != nil {
		return r.root
	}
	return r.asides[0]
}

// stop ends every coroutine that works on the request.
func (r *request) stop() {
	if r.root != nil {
		stopTree(r.root)
	}
	for _, x := range r.asides {
		stopTree(x)
	}
}
