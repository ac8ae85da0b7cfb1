package strategies_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

func TestFallbackTells(t *testing.T) {
	t.Parallel()
	f := strategies.Fallback{Targets: targets(
		model("A", fails(100, llm.RateLimited)), model("B", hangs()), model("C", ok(50)), model("D", ok(1)),
	), Timeout: time.Second}
	for _, d := range drivers {
		out := d.run(t, f, 0, 0)[0]
		want := []strategies.Note{
			{Kind: strategies.MovedOn, At: 100 * ms, Target: "A", Why: llm.RateLimited},
			{Kind: strategies.MovedOn, At: 1100 * ms, Target: "B", Why: llm.Timeout},
		}
		if diff := cmp.Diff(want, out.Notes); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", d.name, diff)
		}
		if out.Answer.Model != "C" || out.Attempts[1].Role != strategies.AsFallback {
			t.Errorf("%s: answered by %s, role %s", d.name, out.Answer.Model, out.Attempts[1].Role)
		}
	}
}

// The failure of a fallback is the last target's, for which no note is left.
func TestFallbackFails(t *testing.T) {
	t.Parallel()
	f := strategies.Fallback{Targets: targets(model("A", fails(1, llm.Auth)), model("B", fails(2, llm.ServerError)))}
	out := runVirtual(t, f, 0, 0)[0]
	if out.Err == nil || out.Err.Kind != llm.ServerError || len(out.Notes) != 1 {
		t.Errorf("%v with notes %v, want kind server_error and one note", out.Err, notes(&out))
	}
	for _, s := range []strategies.Strategy{strategies.Fallback{}, strategies.Race{}, strategies.Single{}} {
		if out := runVirtual(t, s, 0, 0)[0]; out.Err == nil || out.Err.Kind != llm.Internal {
			t.Errorf("%T of nothing: %v, want kind internal", s, out.Err)
		}
	}
}
