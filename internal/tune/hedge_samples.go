package tune

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/tune/singler"
)

// sample runs each of the two targets alone, with the seeds of the choice, and
// puts together what both did for the same request. A target that is its own
// backup is run with other seeds for that, since a second call to a model has
// draws of its own.
func (h *Hedge) sample(ctx context.Context) error {
	seeds, _, err := h.seeds()
	if err != nil {
		return err
	}
	e, err := h.evaluator()
	if err != nil {
		return err
	}
	both := make([][2]record.Columns, len(seeds))
	e.stage = stageSample
	e.plan(len(seeds))
	again := uint64(0)
	if h.Primary == h.Backup && h.Evaluator.Part == 0 {
		again = freshOffset / 2
	}
	err = e.each(ctx, len(seeds), func(ctx context.Context, i int) (err error) {
		if both[i][0], err = h.columns(ctx, e, seeds[i], h.names.alone); err == nil {
			both[i][1], err = h.columns(ctx, e, seeds[i]+again, h.names.backup)
		}
		return err
	})
	if err != nil {
		return err
	}
	samples := h.joined(both)
	h.samples = singler.New(samples)
	h.correlation, h.correlated = correlation(samples)
	return nil
}

// columns runs one strategy.
func (h *Hedge) columns(ctx context.Context, e *counted, seed uint64, strategy string) (record.Columns, error) {
	job, err := engine.New(h.Scenario, e.engineOptions(seed, []string{strategy}))
	if err != nil {
		return record.Columns{}, err
	}
	m, err := job.Measure(ctx)
	if err != nil {
		return record.Columns{}, err
	}
	c, _ := m.Columns(strategy)
	return c, nil
}

// joined makes samples of what the primary and the backup did.
func (h *Hedge) joined(both [][2]record.Columns) []singler.Sample {
	var all []singler.Sample
	spent, requests := 0.0, 0
	for _, b := range both {
		for _, usd := range b[0].CostUSD {
			spent += usd
		}
		requests += len(b[0].CostUSD)
	}
	for _, b := range both {
		for i := range min(len(b[0].OK), len(b[1].OK)) {
			extra := 1.0
			if h.OfCost {
				extra = b[1].CostUSD[i] * float64(requests) / max(spent, 1e-300)
			}
			all = append(all, h.joint(b[0], b[1], i, extra))
		}
	}
	return all
}

// ended returns when a call had what is waited for, or failed. A stream that broke
// after it had spoken is spoilt: its strategy had stopped waiting for another.
func (h *Hedge) ended(c record.Columns, i int) (at time.Duration, ok, spoilt bool) {
	if !h.firstToken() || !c.HasFirst[i] {
		return c.Latency[i], c.OK[i], false
	}
	restart, _ := h.own("on_break")
	return c.FirstToken[i], c.OK[i] || restart == "restart", !c.OK[i] && restart != "restart"
}

// joint is what request i met. A failed primary goes on to the backup; what takes
// longer than callers wait is no answer.
func (h *Hedge) joint(a, b record.Columns, i int, extra float64) singler.Sample {
	primary, ok, spoilt := h.ended(a, i)
	backup, backed, broken := h.ended(b, i)
	s := singler.Sample{Alone: primary, Busy: primary, Backup: backup, Extra: extra}
	if !backed || broken || spoilt {
		s.Backup = singler.Never
	}
	if !ok {
		s.Alone = singler.Never
		if after := primary + backup; s.Backup != singler.Never && after <= h.original.Load.Timeout {
			s.Alone = after
		}
	}
	return s
}

// correlation is Spearman's between the times of the two targets, over the
// requests that both answered: Pearson's of the ranks.
func correlation(both []singler.Sample) (rho float64, ok bool) {
	var x, y []time.Duration
	for _, s := range both {
		if s.Alone == s.Busy && s.Backup != singler.Never {
			x, y = append(x, s.Alone), append(y, s.Backup)
		}
	}
	if len(x) < 3 {
		return 0, false
	}
	return pearson(ranks(x), ranks(y))
}

// ranks returns the rank of every time, the mean of theirs for equal ones.
func ranks(times []time.Duration) []float64 {
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	all := make([]float64, len(times))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && times[order[to]] == times[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			all[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return all
}

// pearson is the correlation of two series; there is none of a constant one.
func pearson(x, y []float64) (r float64, ok bool) {
	var meanX, meanY, xx, yy, xy float64
	for i := range x {
		meanX += x[i] / float64(len(x))
		meanY += y[i] / float64(len(y))
	}
	for i := range x {
		a, b := x[i]-meanX, y[i]-meanY
		xx, yy, xy = xx+a*a, yy+b*b, xy+a*b
	}
	if xx == 0 || yy == 0 {
		return 0, false
	}
	return xy / math.Sqrt(xx*yy), true
}
