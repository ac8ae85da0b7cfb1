package strategies

import "github.com/tailgate-bench/tailgate/llm"

// Trigger says what decides between attempts that run at the same time.
type Trigger uint8

// The triggers.
const (
	OnAnswer     Trigger = iota // the first complete answer wins
	OnFirstToken                // the first to speak wins; the others are cancelled then
)

var triggerNames = [...]string{"answer", "first_token"}

// String returns the trigger's name in scenario files.
func (t Trigger) String() string { return triggerNames[t] }

// Race asks all targets at once and returns the first success. It fails only
// when all have failed, with the last failure. With OnFirstToken the race is
// decided by the first token: an attempt that fails after it has won fails the
// race.
type Race struct {
	Targets []Target
	On      Trigger
}

var _ Strategy = Race{}

// Run implements [Strategy].
func (r Race) Run(x *Exchange) (llm.Answer, error) {
	how := Start{Tokens: r.On == OnFirstToken}
	for _, t := range r.Targets {
		x.Start(t, how)
		how.Role = AsParallel
	}
	for running := len(r.Targets); running > 0; {
		ev := x.Next()
		switch ev.Kind {
		case FirstToken:
			return follow(x, ev.Attempt, len(r.Targets))
		case Failed:
			if running--; running == 0 {
				return ev.result()
			}
		default:
			return ev.result()
		}
	}
	return llm.Answer{}, ErrNoTarget
}

// follow commits to an attempt that has begun to speak, cancels the others of
// the started attempts, and waits for its end.
func follow(x *Exchange, winner, started int) (llm.Answer, error) {
	x.Commit(winner)
	for i := range started {
		if i != winner {
			x.Cancel(i)
		}
	}
	for {
		ev := x.Next()
		if ev.Kind != TimerFired && ev.Kind != FirstToken {
			return ev.result()
		}
	}
}
