package record

import (
	"cmp"
	"math"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// mostSteps is how many steps a timeline has at most, if nobody says otherwise.
const mostSteps = 300

// Timeline is a table of figures by due time.
type Timeline struct {
	StepMS  float64
	Columns []string
	Rows    [][]*float64 // nil where there is no value
}

// timelineColumns are when a step begins, its requests, those of them that failed,
// the P50 and P95 of their latencies (a failure is slower than any success), and
// attempts.
func timelineColumns() []string {
	return []string{"at_ms", "requests", "failed", "p50_ms", "p95_ms", "attempts"}
}

// Timeline returns what happened over time, in steps of [Config.Step], up to
// the planned end or the last due time. Percentiles are those of the step's
// requests, however few, and so for pictures only.
func (r *Recorder) Timeline() Timeline {
	rows := r.byDue()
	span := r.cfg.Duration
	if len(rows) > 0 {
		span = max(span, rows[len(rows)-1].dueAt()+1)
	}
	step := r.cfg.Step
	if step <= 0 {
		step = StepFor(span, cmp.Or(r.cfg.Steps, mostSteps))
	}
	t := Timeline{StepMS: stats.Millis(step), Columns: timelineColumns(), Rows: [][]*float64{}}
	var buf []uint32
	for at := time.Duration(0); at < span; at += step {
		bin := rows.between(at, at+step)
		buf = bin.latencies(buf)
		t.Rows = append(t.Rows, bin.figures(at, buf))
	}
	return t
}

func (s schedule) figures(at time.Duration, ok []uint32) []*float64 {
	_, attempts := s.count()
	failed := len(s) - len(ok)
	return []*float64{
		new(stats.Millis(at)), new(float64(len(s))), new(float64(failed)),
		drawn(pointMS(ok, failed, 0.5)), drawn(pointMS(ok, failed, 0.95)), new(float64(attempts)),
	}
}

// drawn rounds to four significant digits, more than a picture shows: timelines
// are the larger part of a report.
func drawn(ms *float64) *float64 {
	if ms == nil || *ms == 0 {
		return ms
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(*ms)))-3)
	return new(stats.Round(math.Round(*ms/unit) * unit))
}

// pointMS returns a quantile of microseconds in milliseconds, or nil.
func pointMS(ok []uint32, failed int, p float64) *float64 {
	v, known := stats.Point(ok, failed, p)
	if !known {
		return nil
	}
	return new(float64(v) / 1e3)
}

// StepFor returns the step of a timeline over span: the smallest of 1, 2, 5,
// 10, 15, 30 s, 1, 2, 5, 10, 15, 30 min, 1 h and its doublings that gives at
// most so many steps.
func StepFor(span time.Duration, most int) time.Duration {
	for _, seconds := range []int{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800} {
		if step := time.Duration(seconds) * time.Second; step*time.Duration(most) >= span {
			return step
		}
	}
	step := time.Hour
	for step*time.Duration(most) < span {
		step *= 2
	}
	return step
}
