package reports

import (
	"strings"
	"testing"
)

// The strip of a fault shows its incidents, each named where there is room.
func TestFaultLane_incidents(t *testing.T) {
	t.Parallel()
	d := &Document{Scenario: Scenario{Faults: []ScenarioFault{
		{Name: "provider", ToMS: 100, Incidents: []Span{{10, 12}, {60, 70}}},
		{Name: "outage", FromMS: 30, ToMS: 40},
	}}}
	lane := string(faultLane(d, 100))
	if n := strings.Count(lane, `class="fault"`); n != 3 {
		t.Errorf("%d spans are shaded, want 3:\n%s", n, lane)
	}
	if first, second := strings.Count(lane, ">F1<"), strings.Count(lane, ">F2<"); first != 2 || second != 1 {
		t.Errorf("F1 is named %d times, F2 %d times, want 2 and 1:\n%s", first, second, lane)
	}
}
