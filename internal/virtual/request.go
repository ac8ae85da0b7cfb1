package virtual

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// request is one request under way. It is used again when it has finished.
type request struct {
	question llm.Request
	outcome  strategies.Outcome
	root     *exchange     // nil once it has a result
	asides   []*exchange   // of the detached attempts that still run
	deadline time.Duration // 0: none
	place    int           // in sim.live
	calls    []calls
}

// calls counts a request's calls to one model.
type calls struct {
	model llm.Model
	n     int
}

// ordinal counts a call to m and returns how many there were before.
func (r *request) ordinal(m llm.Model) int {
	for i := range r.calls {
		if r.calls[i].model == m {
			r.calls[i].n++
			return r.calls[i].n
		}
	}
	r.calls = append(r.calls, calls{model: m})
	return 0
}

// request returns an unused request.
func (s *sim) request() *request {
	if n := len(s.finished); n > 0 {
		r := s.finished[n-1]
		s.finished = s.finished[:n-1]
		return r
	}
	return &request{}
}

// arrive begins a request.
func (s *sim) arrive(r *request) {
	r.outcome = strategies.Outcome{
		Request: &r.question, Began: epoch.Add(s.now),
		Attempts: r.outcome.Attempts[:0], Notes: r.outcome.Notes[:0],
	}
	r.calls = r.calls[:0]
	r.place = len(s.live)
	s.live = append(s.live, r)

	x := s.exchange(r, s.key.Word(r.question.ID).Name("strategy"))
	r.root, r.deadline = x, 0
	x.strategy, x.request = s.cfg.Strategy, &r.question
	if s.cfg.Timeout > 0 {
		r.deadline = s.now + s.cfg.Timeout
		x.deadline = r.deadline
		s.after(s.cfg.Timeout, event{kind: deadlinePasses, exchange: x, generation: x.generation})
	}
	s.begin(x)
}

// settle ends a request with what its root exchange returned.
func (s *sim) settle(r *request) {
	x := r.root
	if at, ok := x.spoke(); ok {
		r.outcome.Spoke, r.outcome.HasSpoken = at, true
	}
	r.outcome.Conclude(x.answer, x.failure, x.elapsed())
	r.root = nil
	s.release(r)
}

// release shows the outcome of a request of which nothing is left to run.
func (s *sim) release(r *request) {
	if r.root != nil || len(r.asides) > 0 {
		return
	}
	if s.cfg.Settled != nil {
		s.cfg.Settled(&r.outcome)
	}
	last := len(s.live) - 1
	s.live[r.place] = s.live[last]
	s.live[r.place].place = r.place
	s.live = s.live[:last]
	s.finished = append(s.finished, r)
}
