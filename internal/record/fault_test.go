package record_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
)

const s = time.Second

// faulty serves 20 requests a second for the given time; trouble says whether
// a request due then takes 5 s instead of some 100 ms.
func faulty(length time.Duration, faults []record.Window, trouble func(due time.Duration) bool) []record.Fault {
	n := int(length / (50 * ms))
	return run(record.Config{Faults: faults}, n, 50*ms, func(id uint64, due time.Duration) *record.Request {
		if trouble(due) {
			q := request(id, due, 5*s)
			q.Attempts = append(q.Attempts, q.Attempts[0])
			return q
		}
		return request(id, due, 100*ms+time.Duration(id%10)*ms)
	}).Faults()
}

func TestRecorder_Faults(t *testing.T) {
	t.Parallel()
	outage := record.Window{Name: "outage", From: 60 * s, To: 90 * s}
	within := func(from, to time.Duration) func(time.Duration) bool {
		return func(due time.Duration) bool { return from <= due && due < to }
	}
	never := func(time.Duration) bool { return false }
	at := func(ms float64) *float64 { return &ms }
	for _, c := range []struct {
		name          string
		length        time.Duration
		fault         record.Window
		trouble       func(time.Duration) bool
		state         string
		after         *float64
		amplification float64
	}{
		{"unaffected", 180 * s, outage, never, record.Unaffected, at(0), 1},
		{"over with the fault", 180 * s, outage, within(60*s, 90*s), record.Recovered, at(0), 2},
		{"lasts seven seconds longer", 180 * s, outage, within(60*s, 97*s), record.Recovered, at(7000), 2},
		{"a bad second between", 180 * s, outage, func(due time.Duration) bool {
			return within(60*s, 92*s)(due) || within(94*s, 95*s)(due)
		}, record.Recovered, at(5000), 2},
		{"half the fault is bad", 180 * s, outage, within(75*s, 90*s), record.Recovered, at(0), 1.5},
		{"lasts", 180 * s, outage, within(60*s, 180*s), record.NotByTheEnd, nil, 2},
		{"two seconds after", 92 * s, outage, within(60*s, 90*s), record.NoAftermath, nil, 2},
		{"fault without end", 180 * s, record.Window{From: 60 * s, To: 180 * s}, within(60*s, 180*s), record.NoAftermath, nil, 2},
		{"no calm", 60 * s, record.Window{To: 60 * s}, within(0, 60*s), record.NoAftermath, nil, 1},
		{"after the run", 50 * s, outage, never, record.Unaffected, at(0), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := faulty(c.length, []record.Window{c.fault}, c.trouble)[0]
			check(t, "state", f.Recovery, c.state)
			if (f.RecoveredAfterMS == nil) != (c.after == nil) || c.after != nil && *f.RecoveredAfterMS != *c.after {
				t.Errorf("recovered after %v, want %v", deref(f.RecoveredAfterMS), deref(c.after))
			}
			if !near(f.Amplification, c.amplification, 1e-9) {
				t.Errorf("amplification = %v, want %v", f.Amplification, c.amplification)
			}
		})
	}
}

func deref(v *float64) any {
	if v == nil {
		return "nil"
	}
	return *v
}

func TestRecorder_Faults_during(t *testing.T) {
	t.Parallel()
	windows := []record.Window{{Name: "one", From: 30 * s, To: 40 * s}, {Name: "two", From: 60 * s, To: 70 * s}}
	faults := run(record.Config{Faults: windows}, 2400, 50*ms, func(id uint64, due time.Duration) *record.Request {
		if due >= 30*s && due < 40*s && id%4 == 0 {
			return failing(request(id, due, s), llm.Overloaded)
		}
		if due >= 60*s && due < 70*s {
			return request(id, due, 300*ms)
		}
		return request(id, due, 100*ms)
	}).Faults()
	one, two := faults[0], faults[1]
	check(t, "name", one.Name+two.Name, "onetwo")
	check(t, "from", one.FromMS, 30_000)
	check(t, "to", two.ToMS, 70_000)
	check(t, "requests", one.Requests, 200)
	check(t, "success", one.SuccessDuring, stats.Wilson(150, 200))
	check(t, "P95 among failures", one.P95During.Why, "25 % of requests failed")
	check(t, "P95", two.P95During.Value, 300)
	check(t, "success of the other", two.SuccessDuring, stats.Wilson(200, 200))
}

// Of a fault that came in incidents only what is due in them is looked at, and the
// recovery is that from the worst of them.
func TestRecorder_Faults_incidents(t *testing.T) {
	t.Parallel()
	window := record.Window{Name: "w", To: 300 * s, Incidents: []record.Span{{60 * s, 70 * s}, {120 * s, 130 * s}, {290 * s, 300 * s}}}
	bad := func(due time.Duration) bool {
		return due >= 60*s && due < 72*s || due >= 120*s && due < 135*s || due >= 290*s
	}
	f := faulty(300*s, []record.Window{window}, bad)[0]
	check(t, "requests", f.Requests, 600)
	check(t, "state", f.Recovery, record.Recovered)
	check(t, "P95", f.P95During.Value, 5000)
	check(t, "amplification", f.Amplification, 2)
	if f.RecoveredAfterMS == nil || *f.RecoveredAfterMS != 5000 {
		t.Errorf("recovered after %v, want 5000", deref(f.RecoveredAfterMS))
	}
	window.Incidents = []record.Span{}
	f = faulty(300*s, []record.Window{window}, bad)[0]
	check(t, "requests of none", f.Requests, 0)
	check(t, "state of none", f.Recovery, record.Unaffected)
}
