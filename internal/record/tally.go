package record

import "github.com/tailgate-bench/tailgate/internal/stats"

// tally counts what happened over a whole run.
type tally struct {
	requests, succeeded int
	right, wrong        int
	errors              [kinds]int // of requests
	attempts            Attempts
	roles               map[string]int
	hedges              Hedges
	retries             Retries
	restarts            int
	cost                Range
	used                float64 // the part of cost.Value that paid for returned answers
}

func (t *tally) add(q *Request, cost Range) {
	t.requests++
	if q.OK {
		t.succeeded++
	} else {
		t.errors[q.Kind%kinds]++
	}
	switch q.Correct {
	case Right:
		t.right++
	case Wrong:
		t.wrong++
	case Unknown:
	}
	if a := q.winner(); a != nil && a.Role == roleHedge {
		t.hedges.Won++
	}
	t.hedges.Fired += q.HedgesFired
	t.hedges.Denied += q.HedgesDenied
	t.retries.Made += q.RetriesMade
	t.retries.Denied += q.RetriesDenied
	t.restarts += q.Restarts
	t.cost.add(cost)
}

func (t *tally) addAttempt(a *Attempt) {
	switch a.State {
	case StateWon:
		t.attempts.Won++
	case StateUnused, StateLost:
		t.attempts.Lost++
	case StateRejected:
		t.attempts.Rejected++
		return
	default:
		t.attempts.Failed++
	}
	t.attempts.Total++
	t.roles[a.Role]++
}

// Attempts counts calls to models by what became of them. Lost ones were
// cancelled or answered unused. Rejected ones were never sent, so neither Total
// nor PerRequest counts them.
type Attempts struct {
	Total      int
	PerRequest float64
	Won        int
	Lost       int
	Failed     int
	Rejected   int
}

// Attempts returns the counts of calls to models.
func (r *Recorder) Attempts() Attempts {
	a := r.tally.attempts
	a.PerRequest = r.perRequest(float64(a.Total))
	return a
}

// Calls returns the number of attempts per request by role.
func (r *Recorder) Calls() map[string]float64 {
	calls := map[string]float64{}
	for role, n := range r.tally.roles {
		calls[role] = r.perRequest(float64(n))
	}
	return calls
}

func (r *Recorder) perRequest(total float64) float64 {
	return stats.Round(total / float64(max(1, r.tally.requests)))
}

// Hedges counts hedges: started, returned as the answer, not allowed by the
// budget.
type Hedges struct{ Fired, Won, Denied int }

// Hedges returns the counts of hedges.
func (r *Recorder) Hedges() Hedges { return r.tally.hedges }

// Retries counts retries: started, and not allowed by the budget.
type Retries struct{ Made, Denied int }

// Retries returns the counts of retries.
func (r *Recorder) Retries() Retries { return r.tally.retries }

// Cost returns the money spent by all attempts, in US dollars.
func (r *Recorder) Cost() Range { return r.tally.cost }

// Wasted returns the share of the cost's Value, from 0 to 1, that was not spent
// on the answers that were returned, or on a judge's.
func (r *Recorder) Wasted() float64 {
	if r.tally.cost.Value <= 0 {
		return 0
	}
	return max(0, 1-r.tally.used/r.tally.cost.Value)
}
