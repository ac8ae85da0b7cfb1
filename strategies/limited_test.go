package strategies_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// asking is a model that remembers how long an answer it was asked for.
type asking struct{ most int }

func (m *asking) Name() string { return "A" }

func (m *asking) Call(_ context.Context, c llm.Call) (llm.Answer, error) {
	m.most = c.Request.MaxTokens
	return llm.Answer{Text: "yes"}, nil
}

// Two places: the third request at once is turned away, and one that comes when
// a place is free again is not, whether the first answered, failed or was given
// up.
func TestLimited(t *testing.T) {
	t.Parallel()
	a := model("A", streams(100, 900))
	for _, d := range drivers {
		out := d.run(t, strategies.NewLimited(a, 2), 0, 0, 100*ms, 200*ms, 950*ms)
		for i, want := range [][]string{
			{"A@0 won@900", "ok@900"}, {"A@0 won@900", "ok@900"}, {"rejected@0"}, {"A@0 won@900", "ok@900"},
		} {
			if diff := cmp.Diff(want, trace(&out[i])); diff != "" {
				t.Errorf("%s: request %d (-want +got)\n%s", d.name, i, diff)
			}
		}
		if diff := cmp.Diff([]string{"rejected@0s"}, notes(&out[2])); diff != "" {
			t.Errorf("%s: notes (-want +got)\n%s", d.name, diff)
		}
	}
}

func TestLimitedFreesThePlaceOfTheCancelled(t *testing.T) {
	t.Parallel()
	for _, d := range drivers {
		limited := strategies.NestedTarget("limited", strategies.NewLimited(model("A", hangs()), 1))
		race := strategies.Race{Targets: targets(limited, model("B", ok(50)))}
		out := d.run(t, race, 0, 0, 25*ms, 100*ms)
		for i, want := range []string{"(limited@0 lost@50)", "(limited@0 rejected@0)", "(limited@0 lost@50)"} {
			if got := trace(&out[i])[0]; got != want {
				t.Errorf("%s: request %d: %s, want %s", d.name, i, got, want)
			}
		}
	}
}
