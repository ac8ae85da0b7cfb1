package strategies

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Strategy decides which targets to try, when, and which answer to return.
//
// Run is ordinary blocking code over x, which is its only way to wait: it must
// not sleep, start goroutines or ask what time it is elsewhere. Returning
// cancels whatever still runs. One Strategy value serves many requests at
// once, so state that it keeps between requests must be safe for concurrent
// use; state of one request lives in local variables of Run.
type Strategy interface {
	Run(x *Exchange) (llm.Answer, error)
}

// Driver is what stands behind an [Exchange]: the clock, the models and the
// queue of events. There are two, the real one ([Client]) and the virtual one
// of this module's simulator; strategies see neither.
//
//nolint:interfacebloat // the verbs of an exchange; splitting them would split one object
type Driver interface {
	Now() time.Time
	Start(t Target, how Start) int
	After(d time.Duration) int
	Next() Event
	Cancel(attempt int)
	Commit(attempt int)
	Note(n Note)
}

// Role says why an attempt was made. An attempt of a nested strategy that has
// the role AsFirst counts as whatever the nested strategy was started as.
type Role uint8

// The roles of an attempt.
const (
	AsFirst    Role = iota // the first try
	AsRetry                // the same target again after a failure
	AsFallback             // another target after a failure
	AsHedge                // another target because the first is slow
	AsParallel             // one of several asked at once
	AsJudge                // asked to judge others' answers
	AsShadow               // a copy nobody waits for
)

var roleNames = [...]string{"first", "retry", "fallback", "hedge", "parallel", "judge", "shadow"}

// String returns the role's name, such as "hedge".
func (r Role) String() string { return roleNames[r] }

// Start says how an attempt is started.
type Start struct {
	Role Role
	// Tokens asks for a FirstToken event when the attempt begins to speak.
	Tokens bool
	// Timeout fails the attempt with kind timeout when it has not come to its
	// end so long after its start; 0 means no limit but the exchange's own.
	Timeout time.Duration
	// FirstToken fails the attempt with kind timeout when it has not begun to
	// speak so long after its start; 0 means no limit.
	FirstToken time.Duration
	// Meter watches what the calls to models below the attempt cost, beside
	// those that watch the exchange already; nil means no other.
	Meter Meter
	// Request is asked instead of the exchange's own request, as of a judge; nil
	// means the exchange's own. It is one more call on behalf of the same user's
	// request, so its ID must be that of the exchange's request, and it counts in
	// the ordinals of the same models. It must not be changed afterwards.
	Request *llm.Request
	// Detached lets the attempt outlive the exchange: nobody waits for it, no
	// event comes from it, and neither returning nor Cancel ends it. It runs to
	// its own end, its Timeout or the deadline of the whole request, whichever
	// is first, and only then is the [Outcome] shown. A caller who gives up
	// earlier does not end it either.
	Detached bool
}

// EventKind tells what an [Event] is about.
type EventKind uint8

// The events an exchange delivers.
const (
	Succeeded  EventKind = iota // attempt Event.Attempt has a complete answer
	Failed                      // attempt Event.Attempt failed with Event.Err
	FirstToken                  // attempt Event.Attempt began to speak
	TimerFired                  // timer Event.Timer is due
	Abandoned                   // the caller gave up or the deadline passed
)

// Event is something that happened to an exchange.
type Event struct {
	Kind EventKind
	// Attempt is the number Start returned, for Succeeded, Failed, FirstToken.
	Attempt int
	// Timer is the number After returned, for TimerFired.
	Timer int
	// Answer is the answer of a Succeeded attempt.
	Answer llm.Answer
	// Err is why, for Failed and Abandoned; never nil there.
	Err *llm.Error
}

// Exchange is one request as its strategy sees it: start attempts, set timers,
// wait for events. It belongs to the one call of Run it was made for and must
// not be used by another goroutine or after Run has returned.
type Exchange struct {
	driver   Driver
	request  *llm.Request
	key      draw.Key
	deadline time.Time
	meter    Meter
}

// NewExchange returns the exchange a driver hands to a strategy. A zero
// deadline means none, and so does a nil meter. Only drivers need it.
func NewExchange(d Driver, r *llm.Request, key draw.Key, deadline time.Time, m Meter) Exchange {
	return Exchange{driver: d, request: r, key: key, deadline: deadline, meter: m}
}

// Request returns the request; it must not be changed.
func (x *Exchange) Request() *llm.Request { return x.request }

// asks returns the request of an attempt started so.
func (x *Exchange) asks(how Start) *llm.Request {
	if how.Request != nil {
		return how.Request
	}
	return x.request
}

// Now returns the current time of the clock the exchange runs on.
func (x *Exchange) Now() time.Time { return x.driver.Now() }

// Left returns how much time remains until the deadline; ok is false when
// there is none.
func (x *Exchange) Left() (left time.Duration, ok bool) {
	if x.deadline.IsZero() {
		return 0, false
	}
	return x.deadline.Sub(x.driver.Now()), true
}

// Draw returns the key for random choices with the given purpose. The same
// request, place in the tree of strategies and purpose always give the same
// key; add [draw.Key.Word] with a counter to draw more than once.
func (x *Exchange) Draw(purpose string) draw.Key { return x.key.Name(purpose) }

// Start begins an attempt at t and returns its number, counted from 0 in the
// order of starting within this exchange. It does not block: what becomes of
// the attempt arrives as events.
func (x *Exchange) Start(t Target, how Start) int {
	how.Request = t.ask(x.asks(how))
	how.Meter = besides(x.meter, how.Meter)
	return x.driver.Start(t, how)
}

// After sets a timer for d from now and returns its number, counted from 0. A
// timer that is no longer of interest is ignored when it fires.
func (x *Exchange) After(d time.Duration) int { return x.driver.After(d) }

// Next waits for the next event. Of events at the same instant, completions
// come before timers and lower attempt numbers first. After Abandoned it
// returns Abandoned again at once. Calling it when no attempt runs and no
// timer is set is a bug in the strategy and panics.
func (x *Exchange) Next() Event { return x.driver.Next() }

// Cancel ends an attempt that still runs; no further event comes from it.
func (x *Exchange) Cancel(attempt int) { x.driver.Cancel(attempt) }

// Commit declares that the answer will be this attempt's, so that its first
// token is the first token of the exchange. Without it an exchange speaks when
// it returns.
func (x *Exchange) Commit(attempt int) { x.driver.Commit(attempt) }

// Note adds a remark to the request's [Outcome]; the driver fills in the time.
func (x *Exchange) Note(n Note) { x.driver.Note(n) }
