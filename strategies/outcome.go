package strategies

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Outcome is everything that happened to one request: its answer or failure,
// every attempt, every remark. A driver builds it and shows it once, when the
// last attempt has ended.
type Outcome struct {
	Request *llm.Request
	// Began is when the driver took the request on.
	Began time.Time
	// Took is the time from Began to the answer or the failure.
	Took time.Duration
	// Spoke is the time from Began to the first token the caller could see;
	// it equals Took when the answer came in one piece. Valid if HasSpoken.
	Spoke     time.Duration
	HasSpoken bool
	// Answer is the answer; valid if Err is nil.
	Answer llm.Answer
	Err    *llm.Error
	// Attempts are all attempts, nested ones included, in order of starting.
	// The index of an attempt is its number.
	Attempts []Attempt
	Notes    []Note
}

// Succeeded says whether the request was answered.
func (o *Outcome) Succeeded() bool { return o.Err == nil }

// State is what became of an attempt.
type State uint8

// The states of an attempt.
const (
	Running State = iota // not yet ended; never seen in a finished Outcome
	Won                  // its answer was returned
	Unused               // it answered, but another answer was returned
	Lost                 // it was cancelled while it ran
	Broke                // it failed
	Refused              // it was turned away on this side (breaker open)
)

var stateNames = [...]string{"running", "won", "unused", "lost", "failed", "rejected"}

// String returns the state's name as it appears in records.
func (s State) String() string { return stateNames[s] }

// Attempt is one call to one target on behalf of a request. Times count from
// [Outcome.Began].
type Attempt struct {
	// Target is the target's name.
	Target string
	// Parent is the number of the attempt whose nested strategy started this
	// one, or -1.
	Parent int
	// Index is what Start returned: the position among its parent's attempts.
	Index int
	// Leaf is set for a call to a model, clear for a nested strategy.
	Leaf bool
	// Ordinal counts the request's earlier calls to the same model.
	Ordinal int
	Role    Role
	State   State
	Start   time.Duration
	End     time.Duration
	// Spoke is when the first token came; valid if HasSpoken.
	Spoke     time.Duration
	HasSpoken bool
	// Err is why the attempt failed; nil unless State is Broke or Refused, or it
	// is Lost because the time ran out, not because it was not needed.
	Err *llm.Error
	// Text is the answer's text; empty unless State is Won or Unused.
	Text string
	// Usage is what had been used when the attempt ended: for a lost attempt
	// the tokens produced until the cancel.
	Usage llm.Usage
	// Whole is the output tokens of the whole answer, as far as it is known,
	// for an attempt that did not get to its end; else equal to Usage.Output.
	Whole int
}

// NoteKind tells what a [Note] is about.
type NoteKind uint8

// The kinds of notes.
const (
	HedgeFired     NoteKind = iota // a hedge was started because Target was slow
	HedgeDenied                    // the budget did not allow a hedge
	RetryDenied                    // the budget did not allow a retry
	BreakerChanged                 // the breaker of Target went From → To
	CallRejected                   // the breaker or limit of Target refused a call
	Voted                          // attempt Attempt voted for Text; "" abstained
	Agreed                         // Count of Of votes agreed on Text
	Disagreed                      // no quorum; Count of Of was the most
	MovedOn                        // Target failed with Why; the next one is asked
	Scored                         // the judge gave Text, the answer of attempt Attempt at Target, Score
	Unreadable                     // the same, but Score is the default: the judge said something else
	JudgeFailed                    // the judge failed with Why over Text, the answer of attempt Attempt at Target
	Picked                         // of Of answers, Count with a score, Text, that of attempt Attempt at Target
	Routed                         // the request of task Text ("" when nothing tells it) goes to Target
	Assigned                       // an A/B test chose its arm Text, which is Target, to answer
	Escalated                      // the panel found no quorum; Target is asked instead
	Restarted                      // the stream of Target broke with Why after it was committed to; the next one starts again
)

var noteNames = [...]string{
	"hedge_fired", "hedge_denied", "retry_denied", "breaker", "rejected", "vote", "agreed", "disagreed", "moved_on",
	"scored", "unreadable", "judge_failed", "picked", "routed", "assigned", "escalated",
	"restarted",
}

// String returns the kind's name as it appears in records.
func (k NoteKind) String() string { return noteNames[k] }

// Note is a remark a strategy leaves about what it did.
type Note struct {
	Kind NoteKind
	// At counts from [Outcome.Began]; the driver sets it.
	At     time.Duration
	Target string
	// Attempt is an attempt's number within its exchange, where one is meant.
	Attempt int
	Text    string
	// Why is the failure that caused the note, for MovedOn.
	Why llm.Kind
	// From and To are the states of a breaker, for BreakerChanged.
	From, To BreakerState
	// Score is a judge's, from 1 to 10; in Picked 0 means that there is none.
	Score float64
	// Count and Of are the numbers that caused the note, such as 5 failures of
	// 5 calls, or 2 votes of 3.
	Count, Of int
}

// Begin adds an attempt and returns its number. The role AsFirst becomes the role
// of the parent. Only drivers need it.
func (o *Outcome) Begin(t Target, parent, index int, role Role, at time.Duration) int {
	if role == AsFirst && parent >= 0 {
		role = o.Attempts[parent].Role
	}
	o.Attempts = append(o.Attempts, Attempt{
		Target: t.name, Parent: parent, Index: index, Leaf: t.strategy == nil, Role: role, Start: at,
	})
	return len(o.Attempts) - 1
}

// Finish records that the attempt came to its end by itself, with a failure or
// (nil) an answer that is unused so far. Only drivers need it.
func (a *Attempt) Finish(at time.Duration, failure *llm.Error) {
	a.End, a.Err, a.State = at, failure, Unused
	switch {
	case failure == nil:
	case failure.Kind == llm.Rejected:
		a.State = Refused
	default:
		a.State = Broke
	}
}

// Lose records that the attempt was cancelled. Only drivers need it.
func (a *Attempt) Lose(at time.Duration) { a.End, a.State = at, Lost }

// Speak records the attempt's first token. Only drivers need it.
func (a *Attempt) Speak(at time.Duration) { a.Spoke, a.HasSpoken = at, true }

// Conclude records the request's result. The attempt that gave the answer, and
// the nested strategies it came through, have won. Only drivers need it.
func (o *Outcome) Conclude(ans llm.Answer, failure *llm.Error, at time.Duration) {
	o.Took, o.Answer, o.Err = at, ans, failure
	if failure != nil {
		return
	}
	if !o.HasSpoken {
		o.Spoke, o.HasSpoken = at, true
	}
	for n := ans.Attempt; n >= 0 && n < len(o.Attempts); n = o.Attempts[n].Parent {
		o.Attempts[n].State = Won
	}
}
