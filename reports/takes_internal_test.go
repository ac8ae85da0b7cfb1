package reports

import (
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// lossyRun is a strategy that lost a share of its requests, in one fault and
// over all, and how it came back.
func lossyRun(name string, success float64, recovery string, calls float64) Strategy {
	s := Strategy{Name: name, Requests: 10_000, Succeeded: int(10_000 * success), Success: stats.Exactly(success)}
	s.Attempts.PerRequest = calls
	s.Faults = []Fault{{Name: "outage", ToMS: 60_000, Requests: 1000, SuccessDuring: stats.Exactly(success), Recovery: recovery}}
	return s
}

// A strategy that loses requests, fault or no fault, is not counted as unaffected
// in the same breath.
func TestTimelineTake(t *testing.T) {
	t.Parallel()
	fault := Scenario{Faults: []ScenarioFault{{Name: "outage", ToMS: 60_000}}}
	for want, list := range map[string][]Strategy{
		"1 of 2 strategies lost more than 1% of its requests during a fault; 1 of 2 came through unaffected": {
			lossyRun("vote", 0.915, "unaffected", 3), lossyRun("single", 1, "unaffected", 1),
		},
		"2 of 2 strategies lost more than 1% of their requests during a fault": {
			lossyRun("a", 0.5, "recovered", 1), lossyRun("b", 0.5, "recovered", 1),
		},
		"No strategy lost more than 1% of its requests during a fault": {lossyRun("a", 1, "recovered", 1)},
	} {
		if got := timelineTake(&Document{Scenario: fault, Strategies: list}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A superlative names everyone who shares it.
func TestCallsTake(t *testing.T) {
	t.Parallel()
	d := &Document{Verdict: Verdict{Recommend: "best_of"}, Strategies: []Strategy{
		{Name: "best_of", Attempts: Attempts{PerRequest: 6}},
		{Name: "single", Attempts: Attempts{PerRequest: 1}},
		{Name: "sharp", Attempts: Attempts{PerRequest: 6}},
	}}
	if got, want := callsTake(d), "At most 6.00 calls per request, by best_of and sharp"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Verdict.Recommend = "single"
	if got, want := callsTake(d), "single makes 1.00 calls per request; the most is 6.00, by best_of and sharp"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A difference in cost that its interval does not bear out is not claimed.
func TestSpend(t *testing.T) {
	t.Parallel()
	for want, cost := range map[string]stats.Estimate{
		"for 2% less spend, which may be chance": {Value: 0.98, Low: 0.88, High: 1.04},
		"for 2% less spend":                      {Value: 0.98, Low: 0.96, High: 0.99},
		"for 23% more spend":                     {Value: 1.23, Low: 1.21, High: 1.24},
		"for the same spend":                     {Value: 1.001, Low: 0.99, High: 1.01},
	} {
		if got := spend(cost); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Whoever fails more than one request in twenty has no P95 either.
func TestLost(t *testing.T) {
	t.Parallel()
	d := &Document{Strategies: []Strategy{lossyRun("a", 0.7, "recovered", 1), lossyRun("fine", 1, "recovered", 1)}}
	names, missing := d.lost()
	if len(names) != 1 || names[0] != "a" || !strings.HasPrefix(missing, "no P95: more than 5%") {
		t.Errorf("%q have %s", names, missing)
	}
	d.Strategies = append(d.Strategies, lossyRun("b", 0.97, "recovered", 1))
	if names, missing = d.lost(); len(names) != 2 || !strings.HasPrefix(missing, "no P99: more than 1%") {
		t.Errorf("%q have %s", names, missing)
	}
}

// A fault that lasts as long as the run leaves no calm: what is over before the
// end is not said to have ended with it, and nobody's recovery is shown.
func TestRecovery_noCalm(t *testing.T) {
	t.Parallel()
	s := lossyRun("a", 1, "no_aftermath", 1)
	if got := faultCellOf(&s, "outage", 0, 120_000).Note; got != "no calm to compare with" {
		t.Errorf("the run went on after the fault: %q", got)
	}
	if got := faultCellOf(&s, "outage", 0, 60_000).Note; got != "the run ended with it" {
		t.Errorf("the run ended with the fault: %q", got)
	}
	if showsRecovery(&Document{Strategies: []Strategy{s}}) {
		t.Error("a recovery that is unknown everywhere is shown")
	}
}
