package mockprovider_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// TestConfig_Incidents: what is said of incidents beforehand is what attempts meet,
// each fault by itself, kept to its window.
func TestConfig_Incidents(t *testing.T) {
	t.Parallel()
	const length = 10 * time.Minute
	often := func() fault.Fault {
		return &fault.Incidents{
			Gap: draw.Exponential{Mean: float64(time.Minute)}, Duration: draw.Exponential{Mean: float64(20 * time.Second)},
			Outage: fault.Outage{Unavailable: 1},
		}
	}
	c := mockprovider.Config{
		Seed: 3, Models: []mockprovider.Settings{steady("a"), steady("b")},
		Faults: []fault.Window{
			{Kind: "incidents", On: []string{"a"}, Fault: often()},
			{Kind: "hang", From: length, Fault: fault.Hang{}},
			{Kind: "incidents", On: []string{"b"}, From: time.Minute, To: 8 * time.Minute, Fault: often()},
		},
	}
	all := c.Incidents(length)
	if all[1] != nil || len(all[0]) < 3 || len(all[2]) < 3 || cmp.Equal(all[0], all[2]) {
		t.Fatalf("incidents %v", all)
	}
	for i, m := range models(t, c) {
		for at := time.Duration(0); at < length; at += 100 * time.Millisecond {
			var p fault.Plan
			m.Plan(&p, &llm.Request{ID: 1, Prompt: "hi"}, 0, at)
			within := false
			for _, s := range all[2*i] {
				within = within || s.From <= at && at < s.To
			}
			if down := p.End == fault.EndFail; down != within {
				t.Fatalf("%s at %v: down %t, in an incident %t", m.Name(), at, down, within)
			}
		}
	}
}

// Incidents that nobody could tell apart are not told, and those of a run that has
// none are no incidents instead of unknown ones.
func TestConfig_Incidents_bounds(t *testing.T) {
	t.Parallel()
	ms := draw.Constant(time.Millisecond)
	c := mockprovider.Config{Seed: 3, Faults: []fault.Window{
		{Name: "many", Fault: &fault.Incidents{Gap: ms, Duration: ms}},
		{Name: "none", Fault: &fault.Incidents{Gap: draw.Constant(time.Hour)}},
	}}
	if all := c.Incidents(time.Minute); all[0] != nil || all[1] == nil || len(all[1]) != 0 {
		t.Errorf("many: %d, none: %v", len(all[0]), all[1])
	}
}
