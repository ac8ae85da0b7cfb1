package engine

import (
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// windows are the times in which the scenario's faults are active: a fault without an
// end is until the run's.
func (j *Job) windows() []record.Window {
	mock := j.scenario.Mock(j.seed, 1)
	incidents := mock.Incidents(j.span)
	all := make([]record.Window, len(j.scenario.Faults))
	for i, f := range j.scenario.Faults {
		w := record.Window{Name: f.Name, From: f.From, To: f.To}
		if w.To <= 0 {
			w.To = max(j.span, w.From)
		}
		if incidents[i] != nil {
			w.Incidents = []record.Span{}
		}
		for _, s := range incidents[i] {
			w.Incidents = append(w.Incidents, record.Span(s))
		}
		all[i] = w
	}
	return all
}

// Faults describes the faults of the run as a report does, in the scenario's order.
func (j *Job) Faults() []reports.ScenarioFault {
	all := []reports.ScenarioFault{}
	for i, w := range j.windows() {
		f := &j.scenario.Faults[i]
		shown := reports.ScenarioFault{
			Name: f.Name, Kind: f.Kind, On: f.On, FromMS: stats.Millis(w.From), ToMS: stats.Millis(w.To), Text: f.Text,
		}
		if w.Incidents != nil {
			shown.Incidents = []reports.Span{}
		}
		for _, s := range w.Incidents {
			shown.Incidents = append(shown.Incidents, reports.Span{FromMS: stats.Millis(s.From), ToMS: stats.Millis(s.To)})
		}
		all = append(all, shown)
	}
	return all
}

// warnOfFaults says which faults cannot have hit anybody.
func (j *Job) warnOfFaults(add func(format string, args ...any)) {
	for _, w := range j.windows() {
		switch {
		case w.From >= j.span:
			add("fault %s begins at %v, when the load has ended at %v: it hit nothing", w.Name, w.From, j.span)
		case w.Incidents != nil && len(w.Incidents) == 0:
			add("fault %s has no incident in this run: another seed, a longer run or a higher speed may have some", w.Name)
		}
	}
}
