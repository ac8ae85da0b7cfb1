package engine

import (
	"context"
	"time"

	"github.com/tailgate-bench/tailgate/internal/virtual"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/strategies"
)

// virtual runs the lane in simulated time.
func (l *lane) virtual(ctx context.Context) error {
	schedule, err := l.job.schedule()
	if err != nil {
		return err
	}
	s, err := l.build(time.Now(), func(m *mockprovider.Model) (llm.Model, error) { return m, nil })
	if err != nil {
		return err
	}
	cfg := virtual.Config{
		Strategy: s, Seed: l.job.seed, Timeout: l.job.timeout(),
		Settled: func(o *strategies.Outcome) {
			due := virtual.Since(o.Began)
			l.settle(o, due, due, due)
		},
	}
	next := uint64(l.job.options.First) //nolint:gosec // not negative
	return virtual.Run(ctx, cfg, func(r *llm.Request) (time.Duration, bool) {
		due, ok := schedule.Next()
		if ok {
			l.request(r, next)
			next++
		}
		return due, ok
	})
}
