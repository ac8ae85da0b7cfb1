package tune

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// search runs the grid with a few seeds, looks around the best of it, and goes on
// with more seeds for what the data cannot tell from the best.
func (b *Breaker) search(ctx context.Context) error {
	for b.seen < firstSeeds { // one by one, so that there is something when time is up
		if err := b.round(ctx, 1); err != nil {
			return err
		}
	}
	if err := b.refine(ctx); err != nil {
		return err
	}
	for b.seen < len(b.choice) && (len(b.racing()) > len(b.arenas)+1 || b.seen < 2*firstSeeds) {
		if err := b.round(ctx, stepSeeds); err != nil {
			return err
		}
	}
	return nil
}

// round runs more seeds of all that is left, and drops what they beat.
func (b *Breaker) round(ctx context.Context, seeds int) error {
	to := min(b.seen+seeds, len(b.choice))
	if err := b.learn(ctx, b.choice[b.seen:to]); err != nil {
		return err
	}
	if err := b.extend(ctx, b.racing(), b.seen, to); err != nil {
		return err
	}
	b.seen = to
	if b.seen >= firstSeeds {
		b.drop()
	}
	return nil
}

// learn finds out which calls would have been answered.
func (b *Breaker) learn(ctx context.Context, seeds []uint64) error {
	n := len(b.arenas) * len(seeds)
	known := make([][]bool, n)
	b.workers.plan(n)
	err := b.workers.each(ctx, n, func(ctx context.Context, i int) (err error) {
		known[i], err = b.arenas[i/len(seeds)].know(ctx, seeds[i%len(seeds)])
		return err
	})
	for i := range known {
		if err == nil {
			b.arenas[i/len(seeds)].healthy[seeds[i%len(seeds)]] = known[i]
		}
	}
	return err
}

// extend runs a range of the seeds for some entrants.
func (b *Breaker) extend(ctx context.Context, entrants []*breakerEntrant, from, to int) error {
	runs, err := b.fight(ctx, entrants, b.choice[from:to])
	if err != nil {
		return err
	}
	for i, t := range entrants {
		for c := range b.arenas {
			t.runs[c] = append(t.runs[c], runs[i][c]...)
		}
	}
	return nil
}

// fight runs every entrant in every scenario with every seed.
func (b *Breaker) fight(ctx context.Context, entrants []*breakerEntrant, seeds []uint64) ([][][]bout, error) {
	all := make([][][]bout, len(entrants))
	for i := range all {
		all[i] = make([][]bout, len(b.arenas))
		for c := range all[i] {
			all[i][c] = make([]bout, len(seeds))
		}
	}
	per := len(b.arenas) * len(seeds)
	b.workers.plan(len(entrants) * per)
	err := b.workers.each(ctx, len(entrants)*per, func(ctx context.Context, n int) (err error) {
		i, c, k := n/per, n%per/len(seeds), n%len(seeds)
		all[i][c][k], err = b.arenas[c].fight(ctx, entrants[i].setting, seeds[k])
		return err
	})
	return all, err
}

func (b *Breaker) racing() []*breakerEntrant {
	return slices.DeleteFunc(slices.Clone(b.entrants), func(t *breakerEntrant) bool { return t.state != InRace || b.seen > 0 && len(t.runs[0]) == 0 })
}

func losses(runs []bout, worth float64) []float64 {
	all := make([]float64, len(runs))
	for i, r := range runs {
		all[i] = r.loss(worth)
	}
	return all
}

// loss is the mean loss of an entrant in a scenario.
func (b *Breaker) loss(t *breakerEntrant, scenario int) float64 {
	return stats.Across(losses(t.runs[scenario], b.FailureWorth)).Value
}

// champions returns the best entrant of each scenario: the first of equals.
func (b *Breaker) champions() []*breakerEntrant {
	all := make([]*breakerEntrant, len(b.arenas))
	racing := b.racing()
	for c := range b.arenas {
		all[c] = slices.MinFunc(racing, func(s, t *breakerEntrant) int { return sign(b.loss(s, c) - b.loss(t, c)) })
	}
	return all
}

// regrets returns the regret of an entrant in a scenario for each seed.
func (b *Breaker) regrets(t *breakerEntrant, scenario int, champions []*breakerEntrant) []float64 {
	return differences(losses(t.runs[scenario], b.FailureWorth), losses(champions[scenario].runs[scenario], b.FailureWorth))
}

// worst returns the greatest regret of an entrant for each seed: that of the scenario
// in which its mean is greatest.
func (b *Breaker) worst(t *breakerEntrant, champions []*breakerEntrant) (regret []float64) {
	for c := range b.arenas {
		r := b.regrets(t, c, champions)
		if c == 0 || stats.Across(r).Value > stats.Across(regret).Value {
			regret = r
		}
	}
	return regret
}

// best returns the entrant whose greatest regret is smallest.
func (b *Breaker) best() *breakerEntrant {
	champions := b.champions()
	return slices.MinFunc(b.racing(), func(s, t *breakerEntrant) int {
		return sign(stats.Across(b.worst(s, champions)).Value - stats.Across(b.worst(t, champions)).Value)
	})
}

// against is how probable it is that t only seems to have more regret than best.
func (b *Breaker) against(t, best *breakerEntrant, champions []*breakerEntrant) float64 {
	more := differences(b.worst(t, champions), b.worst(best, champions))
	if !(stats.Across(more).Value > 0) {
		return 1
	}
	return stats.AcrossPValue(more)
}

// drop takes out of the race what has more regret than the best so far by more
// than chance. The best of a scenario stays, since regret is measured by it, and
// so does the current setting.
func (b *Breaker) drop() {
	champions, best := b.champions(), b.best()
	for _, t := range b.racing() {
		if t != best && t != b.entrants[0] && !slices.Contains(champions, t) && b.against(t, best, champions) < dropLevel {
			t.state = Beaten
		}
	}
}

// tied returns the entrants that the data cannot tell from the best.
func (b *Breaker) tied(best *breakerEntrant) []*breakerEntrant {
	champions := b.champions()
	var all []*breakerEntrant
	for _, t := range b.racing() {
		if t != best && b.against(t, best, champions) >= tieLevel {
			all = append(all, t)
		}
	}
	return all
}

// refine enters settings around the best: open times between those of the grid,
// and more probes at a time.
func (b *Breaker) refine(ctx context.Context) error {
	near := b.neighbours(b.best().setting)
	from := len(b.entrants)
	for _, s := range near {
		b.add(s)
	}
	return b.extend(ctx, b.entrants[from:], 0, b.seen)
}

// neighbours are settings around one. What was given as a list by the caller is
// varied as well, since lists are where the search begins.
func (b *Breaker) neighbours(s Setting) []Setting {
	i := slices.IndexFunc(s.Changes, func(c scenarios.Change) bool { return c.Key == openKey })
	if i < 0 || slices.ContainsFunc(s.Changes, func(c scenarios.Change) bool { return c.Key == probesKey }) {
		return nil
	}
	open, err := time.ParseDuration(s.Changes[i].Value)
	if err != nil {
		return nil
	}
	var all []Setting
	for _, factor := range []float64{0.6, 1, 1.7} {
		for _, probes := range []int{1, 3} {
			changes := slices.Clone(s.Changes)
			changes[i].Value = formatDuration(time.Duration(significant(float64(open)*factor, 2)))
			changes = append(changes, scenarios.Change{Key: probesKey, Value: strconv.Itoa(probes)})
			all = append(all, Setting{Changes: changes})
		}
	}
	return all
}

// verify runs with fresh seeds the choice, the current setting, the best of each
// scenario and a few of those that tie.
func (b *Breaker) verify(ctx context.Context, best *breakerEntrant) error {
	ties := b.tied(best)
	picked := slices.Concat([]*breakerEntrant{b.entrants[0], best}, b.champions(), ties[:min(len(ties), shownTies)])
	var all []*breakerEntrant
	for _, t := range b.entrants {
		if slices.Contains(picked, t) {
			all = append(all, t)
		}
	}
	if err := b.learn(ctx, b.fresh); err != nil {
		return err
	}
	runs, err := b.fight(ctx, all, b.fresh)
	if err != nil {
		return err
	}
	for i, t := range all {
		t.fresh = runs[i]
	}
	return nil
}
