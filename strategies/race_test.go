package strategies_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

func TestRaceTraces(t *testing.T) {
	t.Parallel()
	race := func(on strategies.Trigger, ts ...strategies.Target) func() strategies.Strategy {
		return func() strategies.Strategy { return strategies.Race{Targets: ts, On: on} }
	}
	play(t, []traceCase{{
		name:     "all fail, with the last failure",
		strategy: race(strategies.OnAnswer, model("A", fails(100, llm.Auth)), model("B", fails(300, llm.RateLimited)), model("C", fails(200, llm.ServerError))),
		want:     []string{"A@0 failed@100", "B@0 failed@300", "C@0 failed@200", "rate_limited@300"},
	}, {
		name:     "on the answer, who speaks first does not matter",
		strategy: race(strategies.OnAnswer, model("A", streams(10, 900)), model("B", streams(400, 500))),
		want:     []string{"A@0 lost@500", "B@0 won@500", "ok@500"},
	}, {
		name:     "on the first token, a failure before it changes nothing",
		strategy: race(strategies.OnFirstToken, model("A", fails(10, llm.Overloaded)), model("B", streams(400, 500))),
		want:     []string{"A@0 failed@10", "B@0 won@500", "ok@500"},
	}, {
		name:     "on the first token, a failure after it fails the race",
		strategy: race(strategies.OnFirstToken, model("A", breaksOff(100, 600)), model("B", streams(400, 500))),
		want:     []string{"A@0 failed@600", "B@0 lost@100", "truncated@600"},
	}, {
		name:     "on the first token, nobody speaks",
		strategy: race(strategies.OnFirstToken, model("A", fails(10, llm.Overloaded)), model("B", fails(20, llm.Timeout))),
		want:     []string{"A@0 failed@10", "B@0 failed@20", "timeout@20"},
	}})
}

func TestTriggerString(t *testing.T) {
	t.Parallel()
	if a, f := strategies.OnAnswer.String(), strategies.OnFirstToken.String(); a != "answer" || f != "first_token" {
		t.Errorf("triggers are called %q and %q", a, f)
	}
}
