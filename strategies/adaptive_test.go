package strategies_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/strategies"
)

// A delay at the primary's P95 hedges 5 % of the requests, whatever the
// latencies are like. Learning from winners alone would hedge about 10 %.
func TestAdaptiveDelayHedgesFivePercent(t *testing.T) {
	t.Parallel()
	for _, d := range []dist{exponential, lognormal, pareto} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			const n, warm = 50_000, 2_000
			hedge := strategies.Hedge{
				Targets: targets(d.model("A"), d.model("B")), Adaptive: strategies.NewAdaptiveDelay(95, time.Hour),
			}
			hedged := 0
			simulate(t, hedge, n+warm, 50*ms, func(o *strategies.Outcome) {
				if o.Request.ID >= warm && len(o.Attempts) > 1 {
					hedged++
				}
			})
			// The delay itself is an estimate from 1,000 latencies.
			if share := float64(hedged) / n; share < 0.045 || share > 0.055 {
				t.Errorf("%.2f %% hedged, want 5 %% ± 0.5", 100*share)
			}
		})
	}
}

// A primary that falls sick cannot drag the delay beyond the cap, and when it
// has healed the delay finds back.
func TestAdaptiveDelayRecovers(t *testing.T) {
	t.Parallel()
	sick := &drawn{
		name: "A", seed: 5, latency: draw.Uniform{Min: 0.5, Max: 1.5},
		fromTill: [2]time.Duration{200 * time.Second, 401 * time.Second},
	}
	backup := strategies.ModelTarget(&drawn{name: "B", seed: 5, latency: draw.Constant(0.1)})
	hedge := strategies.Hedge{
		Targets: targets(strategies.ModelTarget(sick), backup), Adaptive: strategies.NewAdaptiveDelay(90, 2*time.Second),
	}
	var phase [3]struct{ hedged, requests int }
	var longest time.Duration
	simulate(t, hedge, 6000, 100*ms, func(o *strategies.Outcome) {
		i := int(o.Request.ID / 2000) //nolint:gosec // 0 to 2
		if o.Request.ID%2000 < 1200 {
			return // the window still holds the phase before
		}
		phase[i].requests++
		if len(o.Attempts) > 1 {
			phase[i].hedged++
			longest = max(longest, o.Attempts[1].Start)
		}
	})
	if longest > 2*time.Second {
		t.Errorf("hedged only after %v, the cap is 2 s", longest)
	}
	for i, want := range [][2]float64{{0.07, 0.13}, {1, 1}, {0.07, 0.13}} {
		if share := float64(phase[i].hedged) / float64(phase[i].requests); share < want[0] || share > want[1] {
			t.Errorf("phase %d: %.3f hedged, want %v", i, share, want)
		}
	}
}
