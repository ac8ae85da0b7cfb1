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
// race, unless it is to Restart.
type Race struct {
	Targets []Target
	On      Trigger
	// Restart asks the next target, from the beginning, when the stream that
	// won breaks. It has no meaning without OnFirstToken.
	Restart bool
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
			return relay(x, r.Targets, ev.Attempt, len(r.Targets), r.Restart)
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
