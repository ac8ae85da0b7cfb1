package tune

import (
	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// check says what stands in the way of measuring the metrics at all.
func (e *Evaluator) check() error {
	if err := mocked(e.scenario); err != nil {
		return err
	}
	job, err := engine.New(e.scenario, e.engineOptions(0, e.needed()))
	if err != nil {
		return err
	}
	for _, r := range e.refs {
		if has, needs := job.Planned(), needed(r.Metric); has < needs {
			return mistake("%s needs %d requests per seed and the load has %d: give --requests %d or more, or a longer load", r, needs, has, needs)
		}
	}
	return nil
}

// mocked says whether a scenario can be run on the virtual clock.
func mocked(sc *scenarios.Scenario) error {
	if sc.Real() {
		return mistake("models of scenario %s are real, and a search makes thousands of runs: record what they do (tailgate record) and give the trace with --trace", sc.Name)
	}
	return nil
}

// needed returns how many requests a metric needs to have a value.
func needed(metric string) int {
	if p, ok := percentileOf(metric); ok {
		return stats.Needed(p)
	}
	return 1
}

// percentileOf returns the percentile that a metric is.
func percentileOf(metric string) (p float64, ok bool) {
	for _, known := range []struct {
		name string
		p    float64
	}{{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99_9", 0.999}} {
		for _, prefix := range []string{"", "first_token_", "inter_token_"} {
			if metric == prefix+known.name {
				return known.p, true
			}
		}
	}
	return 0, false
}
