package strategies

import (
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Fallback asks targets in order of preference, the next when one has failed.
// Its notes say why each earlier target did not answer. The failure it returns
// is the last target's.
type Fallback struct {
	Targets []Target
	// Timeout fails a target that has not answered in time; 0 means 30 s.
	Timeout time.Duration
	// On lists the kinds of failure that move on to the next target; empty
	// means every kind.
	On []llm.Kind
	// FirstToken, unless 0, makes the fallback pass on the stream: a target
	// that has not begun to speak in time fails, and one that has is committed
	// to, so that its failure is the fallback's. Without it nothing is passed on
	// before an answer is complete.
	FirstToken time.Duration
	// Restart asks the next target, from the beginning, when a stream that is
	// committed to breaks.
	Restart bool
}

var _ Strategy = Fallback{}

// Run implements [Strategy].
func (f Fallback) Run(x *Exchange) (llm.Answer, error) {
	how := Start{Timeout: orDefault(f.Timeout, 30*time.Second), FirstToken: f.FirstToken, Tokens: f.FirstToken > 0}
	last := len(f.Targets) - 1
	for i, t := range f.Targets {
		n := x.Start(t, how)
		ev, move := x.Next(), MovedOn
		if ev.Kind == FirstToken {
			ev, move = follow(x, n, 0), Restarted
		}
		if ev.Kind != Failed || i == last || !f.movesOn(ev.Err.Kind) || move == Restarted && !f.Restart {
			return ev.result()
		}
		x.Note(Note{Kind: move, Target: t.name, Why: ev.Err.Kind})
		how.Role = AsFallback
	}
	return llm.Answer{}, ErrNoTarget
}

func (f Fallback) movesOn(k llm.Kind) bool { return len(f.On) == 0 || slices.Contains(f.On, k) }
