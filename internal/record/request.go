package record

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Request is one finished request and everything that happened to it. A
// Recorder and a Writer only read it and keep no reference to it.
type Request struct {
	// ID is the request's position in the load; see [Config.First].
	ID uint64
	// Due, Sent and End are when the request should have been sent, was sent,
	// and was answered or given up. All times here count from the run's start.
	Due, Sent, End time.Duration
	// FirstToken is when the caller saw the first token; valid if
	// HasFirstToken.
	FirstToken    time.Duration
	HasFirstToken bool
	OK            bool
	// Kind is why the request failed; of no meaning if OK.
	Kind    llm.Kind
	Correct Truth
	// Winner is the index of the attempt whose answer was returned, or -1.
	Winner int
	// Attempts are the calls to models, in order of starting.
	Attempts []Attempt
	// Votes are what the members of a panel voted for, without abstentions;
	// empty for a strategy that has no panel.
	Votes  []string
	Quorum Quorum
	// Ballots are the same votes with who cast them, and the abstentions.
	Ballots []Ballot
	// Escalated is set when a panel without a quorum left it to another target.
	Escalated bool
	// Task is the kind of work, "" if not known; Route is the target a route
	// sent the request to, "" if there is no route.
	Task, Route string
	// Scores are what a judge made of the candidates' answers; empty for a
	// strategy without a judge. Picked says whether the picked answer was right.
	Scores []Score
	Picked Truth

	HedgesFired   int
	HedgesDenied  int
	RetriesMade   int
	RetriesDenied int
	Restarts      int // of streams that broke while they were passed on
	Transitions   []Transition

	// Trial is the request's part in an A/B test.
	Trial Trial
}

// Latency is the time from when the request was due until it ended.
func (r *Request) Latency() time.Duration { return r.End - r.Due }

// winner returns the attempt whose answer was returned, or nil.
func (r *Request) winner() *Attempt {
	if r.Winner < 0 || r.Winner >= len(r.Attempts) {
		return nil
	}
	return &r.Attempts[r.Winner]
}

// Attempt is one call to a model.
type Attempt struct {
	// Model is the index in [Config.Models], or -1 for none of them.
	Model int
	// Role is why it was made: first, retry, fallback, hedge, parallel, judge,
	// shadow.
	Role string
	// State is what became of it, one of the State constants.
	State      string
	Start, End time.Duration
	// FirstToken is when its first token came; valid if HasFirstToken.
	FirstToken    time.Duration
	HasFirstToken bool
	// Shadow is set for an attempt on behalf of a copy that nobody waited for.
	Shadow bool
	// Kind is why it failed, if it did; Timeout if it was lost because the
	// request's time was up.
	Kind llm.Kind
	// Usage is what had been used when it ended.
	Usage llm.Usage
	// Whole is the output tokens of the whole answer, which a lost attempt may
	// be billed for; less than Usage.Output means Usage.Output.
	Whole int
}

// The states of an attempt.
const (
	StateWon      = "won"      // its answer was returned
	StateUnused   = "unused"   // it answered, but another answer was returned
	StateLost     = "lost"     // it was cancelled while it ran
	StateFailed   = "failed"   // it failed
	StateRejected = "rejected" // it was never sent
)

// The roles that are counted apart.
const (
	roleHedge = "hedge"
	roleJudge = "judge"
)

// answered says whether the attempt got to the end of its answer.
func (a *Attempt) answered() bool { return a.State == StateWon || a.State == StateUnused }

// Truth says whether an answer was right.
type Truth uint8

// The values of a Truth.
const (
	Unknown Truth = iota
	Right
	Wrong
)

// Quorum says how a panel's vote ended.
type Quorum uint8

// The values of a Quorum.
const (
	NoPanel Quorum = iota
	Agreed
	Disagreed
)

// Transition is one change of a circuit breaker, caused by a request.
type Transition struct {
	Target string
	At     time.Duration
	// From and To are closed, open or half_open.
	From, To string
	// Why gives the counts that caused it.
	Why string
}
