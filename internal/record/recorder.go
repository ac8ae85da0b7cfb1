package record

import (
	"fmt"
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
)

// Recorder keeps what one strategy did in one run. One goroutine may use it at
// a time.
type Recorder struct {
	cfg      Config
	rows     []row // by ID, from Config.First
	end      time.Duration
	tally    tally
	models   []model
	breakers []breaker
	tokens   Tokens
	gaps     *stats.Histogram // between tokens; nil until there are some
	panel    panel
	judge    judge
	tasks    []taskTotal // in order of appearance
	trial    trial
	sorted   []uint32 // see [Recorder.okMicros]
}

// NewRecorder returns an empty recorder.
func NewRecorder(cfg Config) *Recorder {
	return &Recorder{
		cfg: cfg, rows: make([]row, 0, cfg.Expect), models: make([]model, len(cfg.Models)),
		tally: tally{roles: map[string]int{}},
	}
}

// Add records a finished request. Requests may come in any order, each once: a
// second one of the same ID, or one before [Config.First], is a bug of the
// caller and panics. It keeps no reference to r.
func (r *Recorder) Add(q *Request) {
	slot := r.slot(q.ID)
	w := newRow(q)
	w.task = r.task(q.Task)
	cost := r.addAttempts(q, &w)
	w.low, w.value, w.high = float32(cost.Low), float32(cost.Value), float32(cost.High)
	*slot = w
	r.tasks[w.task].cost += cost.Value
	r.end = max(r.end, q.End)
	r.tally.add(q, cost)
	r.panel.add(q)
	r.judge.add(q)
	if r.cfg.Trial != nil && q.Trial.Arm != NoArm {
		r.trial.add(&r.cfg, q, int(q.ID-r.cfg.First))
	}
	for i := range q.Transitions {
		r.breaker(q.Transitions[i].Target).add(&q.Transitions[i])
	}
	r.sorted = nil
}

// slot returns the place of the request with the given ID.
func (r *Recorder) slot(id uint64) *row {
	if id < r.cfg.First {
		panic(fmt.Sprintf("record: request %d comes before the first, %d", id, r.cfg.First))
	}
	i := int(id - r.cfg.First)
	if i >= len(r.rows) {
		r.rows = slices.Grow(r.rows, i+1-len(r.rows))[:i+1]
	}
	if r.rows[i].is(present) {
		panic(fmt.Sprintf("record: request %d was added twice", id))
	}
	return &r.rows[i]
}

// addAttempts records the attempts of q and returns what they cost.
func (r *Recorder) addAttempts(q *Request, w *row) (cost Range) {
	for i := range q.Attempts {
		a := &q.Attempts[i]
		c := r.cfg.attemptCost(a)
		cost.add(c)
		r.tally.addAttempt(a)
		r.tokens.add(a)
		if a.State != StateRejected && w.attempts < 1<<16-1 {
			w.attempts++
		}
		if a.Model >= 0 {
			r.models[a.Model].add(a, c)
		}
		if a.Role == roleJudge && a.answered() { // what was paid for has been read
			r.tally.used += c.Value
		}
	}
	if a := q.winner(); a != nil {
		w.winner = int16(a.Model)
		r.tally.used += r.cfg.attemptCost(a).Value
		r.addGap(a)
	}
	return cost
}

// Requests returns the number of requests recorded.
func (r *Recorder) Requests() int { return r.tally.requests }

// Succeeded returns the number of requests that were answered.
func (r *Recorder) Succeeded() int { return r.tally.succeeded }

// Success returns the share of requests that were answered.
func (r *Recorder) Success() stats.Estimate {
	return stats.Wilson(r.tally.succeeded, r.tally.requests)
}

// Accuracy returns the share of right answers among those of which it is known
// whether they are right.
func (r *Recorder) Accuracy() stats.Estimate {
	if r.tally.right+r.tally.wrong == 0 {
		return stats.Missing("no right answers are known")
	}
	return stats.Wilson(r.tally.right, r.tally.right+r.tally.wrong)
}

// Errors counts the failed requests by kind.
func (r *Recorder) Errors() map[string]int { return byName(&r.tally.errors) }

// kinds is more than there are kinds of failure.
const kinds = 32

func byName(counts *[kinds]int) map[string]int {
	named := map[string]int{}
	for k, n := range counts {
		if n > 0 {
			named[llm.Kind(k).String()] = n
		}
	}
	return named
}
