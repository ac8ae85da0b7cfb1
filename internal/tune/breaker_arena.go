package tune

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// arena is a scenario with the breaker in it that is tuned.
type arena struct {
	scenario *scenarios.Scenario
	requests int // 0: those of the scenario
	planned  int
	place    scenarios.Place
	target   string // the model behind the breaker
	model    int    // its number
	kept     string // settings that are not tuned, as text
	episodes []stretch
	healthy  map[uint64][]bool // by seed and request: whether the model would have answered
}

// stretch is a time from the beginning of a run.
type stretch struct{ from, to time.Duration }

// bout is how one setting did in one run.
type bout struct {
	requests, failed int
	wasted           int // calls that were sent and failed
	rejected         int // calls refused that would have been answered
	overhang         time.Duration
}

// loss is the loss per 100 requests.
func (b bout) loss(worth float64) float64 {
	return 100 * (worth*float64(b.failed) + float64(b.wasted+b.rejected)) / float64(b.requests)
}

// newArena finds the breaker of a scenario. The error wraps [ErrInput].
func newArena(sc *scenarios.Scenario, strategy string, requests int) (*arena, error) {
	if err := simulated(sc); err != nil {
		return nil, err
	}
	places := sc.Places("breaker")
	i := slices.IndexFunc(places, func(p scenarios.Place) bool { return strategy == "" || p.Strategy == strategy })
	switch {
	case len(places) == 0:
		return nil, mistake("there is no breaker in scenario %s: add one, such as guarded: {fallback: {targets: [{breaker: {target: MODEL}}, OTHER]}}, or leave the scenario out", sc.Name)
	case i < 0:
		var names []string
		for _, p := range places {
			names = append(names, p.Strategy)
		}
		return nil, mistake("strategy %q of scenario %s has no breaker: those that have are %s", strategy, sc.Name, strings.Join(slices.Compact(names), ", "))
	}
	a := &arena{scenario: sc, requests: requests, place: places[i], healthy: map[uint64][]bool{}}
	a.target, _ = sc.Current(a.place.Key + ".target")
	a.model = slices.IndexFunc(sc.Models, func(m scenarios.Model) bool { return m.Name == a.target })
	if a.model < 0 {
		return nil, mistake("the breaker at %s of scenario %s guards %q: only one before a model can be tuned", a.place.Key, sc.Name, a.target)
	}
	for _, key := range []string{"slow_call", "successes"} {
		if value, ok := sc.Current(a.place.Key + "." + key); ok {
			a.kept += ", " + key + ": " + value
		}
	}
	job, err := engine.New(sc, engine.Options{Requests: requests})
	if err != nil {
		return nil, err
	}
	a.planned = job.Planned()
	a.episodes = episodes(sc, a.target)
	return a, nil
}

// simulated says whether a scenario is another for every seed.
func simulated(sc *scenarios.Scenario) error {
	if (&Study{Scenario: sc}).rows() > 0 {
		return mistake("models of scenario %s replay a trace, which is the same for every seed: this needs models with a latency of their own", sc.Name)
	}
	return nil
}

// Suits says whether a breaker can be tuned in a scenario: there is one before a
// model, and a fault of that model comes to an end.
func Suits(sc *scenarios.Scenario) bool {
	a, err := newArena(sc, "", 0)
	return err == nil && len(a.episodes) > 0
}

// episodes returns when a model is hit by faults that end, those that overlap as
// one, in order.
func episodes(sc *scenarios.Scenario, model string) []stretch {
	var all []stretch
	for i := range sc.Faults {
		if f := &sc.Faults[i]; f.Hits(model) && f.To > 0 {
			all = append(all, phases(f)...)
		}
	}
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && s.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, s.to)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// phases returns when a fault is on.
func phases(f *scenarios.Fault) []stretch {
	if f.Period <= 0 {
		return []stretch{{f.From, f.To}}
	}
	on := f.OnFor
	if on <= 0 {
		on = f.Period / 2
	}
	var all []stretch
	for from := f.From; from < f.To; from += f.Period {
		all = append(all, stretch{from, min(from+on, f.To)})
	}
	return all
}

// changes are those that give the breaker a setting; none keep it as it is.
func (a *arena) changes(s Setting) []scenarios.Change {
	if len(s.Changes) == 0 {
		return nil
	}
	return a.breaker(settingText(s) + a.kept)
}

func (a *arena) breaker(settings string) []scenarios.Change {
	return []scenarios.Change{{Key: a.place.Key, Value: fmt.Sprintf("{breaker: {target: %s, %s}}", a.target, settings)}}
}

// never is a breaker that does not open.
const never = "failures: 1000000000"

// know runs the scenario with a seed and a breaker that never opens, and says of
// every request whether the model answered.
func (a *arena) know(ctx context.Context, seed uint64) ([]bool, error) {
	healthy := make([]bool, a.planned)
	err := a.each(ctx, a.breaker(never), seed, func(r *record.Request) {
		for uint64(len(healthy)) <= r.ID {
			healthy = append(healthy, false)
		}
		for i := range r.Attempts {
			t := &r.Attempts[i]
			healthy[r.ID] = healthy[r.ID] || t.Model == a.model && (t.State == record.StateWon || t.State == record.StateUnused)
		}
	})
	return healthy, err
}

// fight runs a setting with a seed of which the truth is known.
func (a *arena) fight(ctx context.Context, s Setting, seed uint64) (bout, error) {
	var b bout
	var changes []record.Transition
	var end time.Duration
	healthy := a.healthy[seed]
	err := a.each(ctx, a.changes(s), seed, func(r *record.Request) {
		b.requests++
		if !r.OK {
			b.failed++
		}
		for i := range r.Attempts {
			switch t := &r.Attempts[i]; {
			case t.Model != a.model:
			case t.State == record.StateFailed && t.Kind.ProviderFault(), t.State == record.StateLost && t.Kind == llm.Timeout:
				b.wasted++
			case t.State == record.StateRejected && healthy[r.ID]:
				b.rejected++
			}
		}
		for _, t := range r.Transitions {
			if t.Target == a.target {
				changes = append(changes, t)
			}
		}
		end = max(end, r.Due)
	})
	b.overhang = overhang(changes, a.episodes, end)
	return b, err
}

// each runs the strategy of the breaker and shows all requests.
func (a *arena) each(ctx context.Context, changes []scenarios.Change, seed uint64, see func(*record.Request)) error {
	sc, err := a.scenario.With(changes...)
	if err != nil {
		return err
	}
	job, err := engine.New(sc, engine.Options{
		Seed: &seed, Only: []string{a.place.Strategy}, Requests: a.requests,
		OnRequest: func(_ string, r *record.Request) { see(r) },
	})
	if err != nil {
		return err
	}
	_, err = job.Measure(ctx)
	return err
}

// overhang is for how long after a fault's end the breaker was not closed, until
// it was, the next fault began or the run ended: the mean over all faults that
// ended before the run did.
func overhang(changes []record.Transition, faults []stretch, end time.Duration) time.Duration {
	slices.SortStableFunc(changes, func(a, b record.Transition) int { return cmp.Compare(a.At, b.At) })
	var sum time.Duration
	n := 0
	for i, f := range faults {
		if f.to >= end {
			break
		}
		limit := end
		if i+1 < len(faults) {
			limit = min(limit, faults[i+1].from)
		}
		sum += closedAfter(changes, f.to, limit)
		n++
	}
	if n == 0 {
		return 0
	}
	return sum / time.Duration(n)
}

// closedAfter returns how long after a time the breaker closed, 0 if it was
// closed then.
func closedAfter(changes []record.Transition, at, limit time.Duration) time.Duration {
	closed := true
	for _, c := range changes {
		if c.At <= at {
			closed = c.To == "closed"
			continue
		}
		if closed || c.At >= limit {
			break
		}
		if c.To == "closed" {
			return c.At - at
		}
	}
	if closed {
		return 0
	}
	return limit - at
}

// over returns a figure over some runs.
func over(runs []bout, figure func(bout) float64) stats.Estimate {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = figure(r)
	}
	return across(values)
}

// across is [stats.Across], without an interval where no run differs.
func across(values []float64) stats.Estimate {
	e := stats.Across(values)
	if e.Low == e.High {
		return stats.Exactly(e.Value)
	}
	return e
}
