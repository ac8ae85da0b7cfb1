package engine

import (
	"sync"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// View looks at a run while it is under way; see [Options.View]. The zero View is
// ready for use, for one run after the other. It is safe for concurrent use; a
// nil View sees nothing.
type View struct {
	mu    sync.Mutex
	job   *Job               // guarded by mu; nil while there is no run
	lanes []*lane            // guarded by mu
	known []reports.Strategy // guarded by mu: of each lane, as it was last
}

func (v *View) begin(j *Job, lanes []*lane) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.job, v.lanes, v.known = j, lanes, make([]reports.Strategy, len(lanes))
}

// end forgets the run: from here on its recorders are the engine's alone.
func (v *View) end() {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.job, v.lanes, v.known = nil, nil, nil
}

// Report returns what has been measured so far, nil if no run is under way. It
// has no verdict, no objectives and no differences with their intervals: these
// are for whole runs. The cost of a strategy is set against the baseline's by the
// requests that each has had so far.
//
// A strategy is described anew only if it has been at work since the last call.
// Meanwhile its requests wait to be recorded, which moves none of their times:
// they have ended.
func (v *View) Report() (*reports.Document, error) {
	if v == nil {
		return nil, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.job == nil {
		return nil, nil
	}
	d := v.job.outline()
	for i, l := range v.lanes {
		if err := l.glance(&v.known[i]); err != nil {
			return nil, err
		}
		d.Strategies = append(d.Strategies, v.known[i])
	}
	multiply(d)
	return d, nil
}

// glance brings s up to what the lane has recorded.
func (l *lane) glance(s *reports.Strategy) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Name != "" && s.Requests == l.recorder.Requests() {
		return nil
	}
	if *s, err = l.describe(); err != nil {
		return err
	}
	usd := l.recorder.Cost()
	s.Cost.USD = reports.Range{Low: stats.Round(usd.Low), Value: stats.Round(usd.Value), High: stats.Round(usd.High)}
	s.Cost.Wasted = stats.Round(l.recorder.Wasted())
	return nil
}

// multiply sets costs per request against the baseline's.
func multiply(d *reports.Document) {
	base := 0.0
	for i := range d.Strategies {
		if s := &d.Strategies[i]; s.Name == d.Baseline {
			base = s.Cost.USD.Value / float64(max(1, s.Requests))
		}
	}
	for i := range d.Strategies {
		s := &d.Strategies[i]
		s.Cost.Multiplier, s.Cost.MultiplierCI = reports.Range{}, stats.Missing("the run is under way")
		if own := s.Cost.USD.Value / float64(max(1, s.Requests)); base > 0 && own > 0 {
			m := stats.Round(own / base)
			s.Cost.Multiplier = reports.Range{Low: m, Value: m, High: m}
		}
	}
}
