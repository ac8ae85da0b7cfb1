package strategies

import "github.com/tailgate-bench/tailgate/llm"

// A strategy that decides at the first token is committed from then on: its
// caller is reading along. When the stream it has committed to breaks there are
// two ways, fail or restart: the next target answers from the beginning, and
// the caller has to discard what it has shown. A request's first token remains
// the first one, and the tokens of the broken stream remain paid for.

// relay follows the attempt that has begun to speak, the winner of the started
// ones, which are at targets in order, round and round. If it breaks and restart
// is set, the targets after it are asked in turn.
func relay(x *Exchange, targets []Target, winner, started int, restart bool) (llm.Answer, error) {
	ev := follow(x, winner, started)
	at := winner % len(targets)
	for range len(targets) - 1 {
		if ev.Kind != Failed || !restart {
			break
		}
		x.Note(Note{Kind: Restarted, Target: targets[at].name, Why: ev.Err.Kind})
		at = (at + 1) % len(targets)
		ev = follow(x, x.Start(targets[at], Start{Role: AsFallback}), 0)
	}
	return ev.result()
}

// follow commits to an attempt, cancels the others of the started ones, and
// waits for its end.
func follow(x *Exchange, winner, started int) Event {
	x.Commit(winner)
	for i := range started {
		if i != winner {
			x.Cancel(i)
		}
	}
	for {
		ev := x.Next()
		if ev.Kind != TimerFired && ev.Kind != FirstToken {
			return ev
		}
	}
}
