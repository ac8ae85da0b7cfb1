package engine

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// warn says what a reader of the report has to keep in mind.
func (j *Job) warn(d *reports.Document, f *figures) []string {
	warnings := append([]string{}, j.warnings...)
	add := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if d.Interrupted {
		add("the run was interrupted; comparisons use the %d requests that every strategy has served", f.replicates.Requests())
	}
	if n := f.replicates.Requests(); n > 0 && f.replicates.Blocks() < 20 {
		add("only %d blocks of requests could be resampled; intervals of comparisons are rough", f.replicates.Blocks())
	}
	if d.Clock == string(Virtual) {
		add("virtual time has no processor load, garbage collection or sockets, " +
			"which cost in the order of a millisecond per call; --clock real measures them")
	}
	j.warnOfTraces(add)
	j.warnOfFaults(add)
	if j.scale != 1 {
		add("times were divided by %v and multiplied back; each millisecond of this machine's own counts as %v ms", j.scale, j.scale)
	}
	for _, s := range d.Strategies {
		if users := unitsOf(s.AB); users > 0 && users < s.Requests {
			add("%s assigned %d users, who made %d requests; its interval takes a user's requests as independent of each other",
				s.Name, users, s.Requests)
		}
	}
	if d.SendLag != nil && f.saturated(d) {
		add("requests were sent up to %.1f ms late (P99 %.1f ms): the load generator was the bottleneck, and no objective was decided",
			d.SendLag.Max, d.SendLag.P99)
	}
	return warnings
}

// warnOfTraces says what a replay cannot show.
func (j *Job) warnOfTraces(add func(format string, args ...any)) {
	names, rows := j.replayed()
	if len(names) == 0 {
		return
	}
	add("%s: replayed from a trace, as fast and as willing as then however much more is asked; "+
		"a second call of a request is drawn from rows nearby", strings.Join(names, ", "))
	if j.planned > rows {
		add("%d requests meet the %d rows of a trace more than once; intervals, which take requests as different, are too narrow",
			j.planned, rows)
	}
}

// replayed returns the models that replay a trace, and the rows of the shortest.
func (j *Job) replayed() (names []string, rows int) {
	rows = math.MaxInt
	for i := range j.scenario.Models {
		if m := &j.scenario.Models[i]; m.Trace != "" {
			names, rows = append(names, m.Name), min(rows, m.Rows())
		}
	}
	return names, rows
}

// saturated says whether sending was so late that it shows in the results: the
// P99 of the lag is over a tenth of the median latency of the fastest strategy.
func (f *figures) saturated(d *reports.Document) bool {
	for _, s := range d.Strategies {
		if p50 := s.LatencyMS.P50; p50.Known() && d.SendLag.P99 > 0.1*p50.Value {
			return true
		}
	}
	return false
}

// lags are the delays between when requests were due and when they were sent.
type lags struct {
	mu  sync.Mutex
	all []time.Duration // guarded by mu
}

func (l *lags) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

// late returns the P99 of the lags if it is more than jitter, else 0.
func (l *lags) late() time.Duration {
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	if p99 := l.all[stats.Rank(len(l.all), 0.99)-1]; p99 > jitter {
		return p99
	}
	return 0
}

// sendLag returns the lags of all lanes, in the scenario's time; nil on the
// virtual clock.
func (j *Job) sendLag(lanes []*lane) *reports.SendLag {
	var all []time.Duration
	for _, l := range lanes {
		all = append(all, l.lags.all...)
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	at := func(p float64) float64 {
		return stats.Round(j.scale * stats.Millis(all[stats.Rank(len(all), p)-1]))
	}
	return &reports.SendLag{P50: at(0.5), P99: at(0.99), Max: at(1)}
}
