package engine

import (
	"context"
	"fmt"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Measured are the figures of one run on the virtual clock, for those who make
// many runs and want a few numbers of each. One goroutine may use it at a time.
type Measured struct{ f *figures }

// Measure runs the strategies one after the other on the virtual clock and on
// the calling goroutine. There is no report, nothing is kept but 32 bytes per
// request, and the requests are the same as those of [Job.Run]. When ctx is
// cancelled it returns ctx's error.
func (j *Job) Measure(ctx context.Context) (*Measured, error) {
	if j.options.Clock == Real {
		return nil, fmt.Errorf("%w: only the virtual clock can be measured by", ErrOptions)
	}
	lanes, err := j.lanes(nil)
	if err != nil {
		return nil, err
	}
	for _, l := range lanes {
		if err := l.virtual(ctx); err != nil {
			return nil, fmt.Errorf("strategy %s: %w", l.info.Name, err)
		}
	}
	return &Measured{f: newFigures(j, lanes, 0)}, nil
}

// Value returns a metric as objectives know it. Cost is a multiple of the job's
// baseline. The intervals are those that a metric has by itself, if any.
func (m *Measured) Value(ref objective.Ref) stats.Estimate { return m.f.value(ref) }

// Columns returns the requests of a strategy, and whether it was run.
func (m *Measured) Columns(strategy string) (record.Columns, bool) {
	i := m.f.place(strategy)
	if i < 0 {
		return record.Columns{}, false
	}
	return m.f.lanes[i].recorder.Columns(), true
}
