package engine

import (
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
)

// The kinds of an [Event].
const (
	BreakerChanged = "breaker"      // a circuit breaker changed its state
	FaultStarted   = "fault_start"  // a fault of the scenario began
	FaultEnded     = "fault_end"    // and ended
	HedgeDenied    = "hedge_denied" // the first hedge the budget did not allow
	RetryDenied    = "retry_denied" // the first retry the budget did not allow
)

// Event is something an operator would want to be told while a run is under way.
type Event struct {
	Event    string `json:"event"`
	Strategy string `json:"strategy"`
	// AtMS is when it happened, in the scenario's time since the run's start.
	AtMS float64 `json:"at_ms"`
	// Request is the request that caused it; nil for faults.
	Request *uint64 `json:"request,omitempty"`
	Fault   string  `json:"fault,omitempty"`
	// Target, From, To and Why tell of a breaker.
	Target string `json:"target,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Why    string `json:"why,omitempty"`
}

// watch tells the events of one lane.
type watch struct {
	strategy     string
	tell         func(Event)
	edges        []edge // of faults still to come, by time
	hedge, retry bool   // a denial was told
}

// edge is the beginning or the end of a fault.
type edge struct {
	at    time.Duration
	kind  string
	fault string
}

// newWatch returns the watch of a lane; without a listener it is nil.
func newWatch(strategy string, faults []record.Window, tell func(Event)) *watch {
	if tell == nil {
		return nil
	}
	w := &watch{strategy: strategy, tell: tell}
	for i := range faults {
		for _, s := range faults[i].Spans() {
			w.edges = append(w.edges, edge{s.From, FaultStarted, faults[i].Name}, edge{s.To, FaultEnded, faults[i].Name})
		}
	}
	slices.SortStableFunc(w.edges, func(a, b edge) int { return int(a.at - b.at) })
	return w
}

// see tells what the finished request shows.
func (w *watch) see(q *record.Request) {
	w.passed(q.End)
	at := stats.Millis(q.End)
	if q.HedgesDenied > 0 && !w.hedge {
		w.hedge = true
		w.tell(Event{Event: HedgeDenied, Strategy: w.strategy, AtMS: at, Request: new(q.ID)})
	}
	if q.RetriesDenied > 0 && !w.retry {
		w.retry = true
		w.tell(Event{Event: RetryDenied, Strategy: w.strategy, AtMS: at, Request: new(q.ID)})
	}
	for _, t := range q.Transitions {
		w.tell(Event{
			Event: BreakerChanged, Strategy: w.strategy, AtMS: stats.Millis(t.At), Request: new(q.ID),
			Target: t.Target, From: t.From, To: t.To, Why: t.Why,
		})
	}
}

// passed tells the edges of faults up to a time.
func (w *watch) passed(now time.Duration) {
	for len(w.edges) > 0 && w.edges[0].at <= now {
		e := w.edges[0]
		w.edges = w.edges[1:]
		w.tell(Event{Event: e.kind, Strategy: w.strategy, AtMS: stats.Millis(e.at), Fault: e.fault})
	}
}
