package tune

import (
	"context"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/scenarios"
)

// Breaker looks for the settings of a circuit breaker that do well in several
// scenarios at once: the ones whose greatest regret is smallest.
//
// What a breaker costs in a run is its loss, per 100 requests:
//
//	loss = 100 · (FailureWorth·failed + wasted + rejected) / requests
//
// where wasted are the calls sent to the model that failed and rejected those
// refused although the model would have answered them: a run without the
// breaker, with the same seed, knows. The regret of a setting in a scenario is
// its loss less that of the setting that is best there [Savage, "The Theory of
// Statistical Decision", JASA 1951].
type Breaker struct {
	// Study has the seeds and the rest; its scenario is not used.
	Study
	// Scenarios are what the breaker is to stand. Their names must differ.
	Scenarios []*scenarios.Scenario
	// Strategy is the strategy of each whose breaker is tuned; "" means the first
	// that has one.
	Strategy string
	// Rules are the grids to search: knobs of a breaker's settings, such as
	// failures and open. None means [DefaultBreakerRules].
	Rules [][]Knob
	// FailureWorth is how many wasted calls a failed request is as bad as; 0 means
	// [DefaultFailureWorth].
	FailureWorth float64

	arenas   []*arena
	entrants []*breakerEntrant
	seen     int // seeds that all entrants in the race have
	choice   []uint64
	fresh    []uint64
	workers  *counted
}

// DefaultFailureWorth is how many wasted calls a failed request is as bad as.
const DefaultFailureWorth = 10

// Keys of a breaker's settings.
const (
	failuresKey    = "failures"
	failureRateKey = "failure_rate"
	windowKey      = "window"
	minimumKey     = "minimum"
	openKey        = "open"
	probesKey      = "probes"
)

// DefaultBreakerRules returns the grids that are searched unless told otherwise:
// failures in a row, and a failure rate within a window.
func DefaultBreakerRules() [][]Knob {
	open := ListKnob(openKey, "2s", "5s", "15s", "45s")
	return [][]Knob{
		{ListKnob(failuresKey, "2", "3", "5", "8", "15"), open},
		{ListKnob(failureRateKey, "0.3", "0.5", "0.8"), ListKnob(windowKey, "10s", "30s"), ListKnob(minimumKey, "5", "20"), open},
	}
}

// BreakerRules makes grids of knobs that were given: one for each of the two
// rules that has any, or for both if there are only knobs of neither. The error
// wraps [ErrInput].
func BreakerRules(knobs []Knob) ([][]Knob, error) {
	byKey := func(key string) (Knob, bool) {
		i := slices.IndexFunc(knobs, func(k Knob) bool { return k.Key == key })
		if i < 0 {
			return Knob{}, false
		}
		return knobs[i], true
	}
	_, row := byKey(failuresKey)
	rate := slices.ContainsFunc(knobs, func(k Knob) bool {
		return k.Key == failureRateKey || k.Key == windowKey || k.Key == minimumKey
	})
	var rules [][]Knob
	for i, rule := range DefaultBreakerRules() {
		if wanted := [...]bool{row, rate}[i]; !wanted && (row || rate) {
			continue
		}
		for j := range rule {
			if k, ok := byKey(rule[j].Key); ok {
				rule[j] = k
			}
		}
		if k, ok := byKey(probesKey); ok {
			rule = append(rule, k)
		}
		rules = append(rules, rule)
	}
	for _, k := range knobs {
		if !slices.Contains([]string{failuresKey, failureRateKey, windowKey, minimumKey, openKey, probesKey}, k.Key) {
			return nil, mistake("%q is no setting of a breaker that can be tuned", k.Key)
		}
	}
	return rules, nil
}

// breakerEntrant is a setting with its runs.
type breakerEntrant struct {
	setting Setting
	state   State
	runs    [][]bout // by scenario and seed of the choice
	fresh   [][]bout // by scenario and fresh seed; nil if it was not run with them
}

// Run looks for the settings. When ctx is cancelled it returns the best so far,
// marked as interrupted. The error wraps [ErrInput], or says what went wrong.
func (b *Breaker) Run(ctx context.Context) (*Finding, error) {
	if err := b.prepare(); err != nil {
		return nil, err
	}
	limited, stop := b.limit(ctx)
	defer stop()
	stopped := b.search(limited)
	switch {
	case stopped != nil && !isCancel(stopped):
		return nil, stopped
	case b.seen == 0 && ctx.Err() == nil:
		return nil, mistake("the time limit of %v ended before the first seed of every setting: give more time, fewer values or fewer scenarios", b.TimeLimit)
	}
	var best *breakerEntrant
	if b.seen > 0 {
		best = b.best()
		b.workers.stage = stageVerify
		if err := b.verify(ctx, best); err != nil && !isCancel(err) {
			return nil, err
		}
	}
	d := b.document(best)
	d.Interrupted = ctx.Err() != nil
	d.OutOfTime = stopped != nil && ctx.Err() == nil
	d.Settled = d.Settled && stopped == nil
	b.conclude(d, best)
	f := &Finding{Document: d}
	if best != nil {
		f.Scenario, f.Changes = b.arenas[0].scenario, b.arenas[0].changes(best.setting)
		d.YAML = b.paste(best)
	}
	return f, nil
}

// prepare checks what was given and finds the breakers.
func (b *Breaker) prepare() error {
	if len(b.Scenarios) == 0 {
		return mistake("no scenario is given")
	}
	if b.FailureWorth == 0 {
		b.FailureWorth = DefaultFailureWorth
	}
	if b.FailureWorth < 0 {
		return mistake("failure worth is %v, must be more than 0", b.FailureWorth)
	}
	for i, sc := range b.Scenarios {
		if slices.ContainsFunc(b.Scenarios[:i], func(o *scenarios.Scenario) bool { return o.Name == sc.Name }) {
			return mistake("scenario %s is given twice", sc.Name)
		}
		a, err := newArena(sc, b.Strategy, b.Evaluator.Requests)
		if err != nil {
			return err
		}
		b.arenas = append(b.arenas, a)
	}
	b.Scenario = b.Scenarios[0]
	b.workers = b.crew()
	var err error
	if b.choice, b.fresh, err = b.seeds(); err != nil {
		return err
	}
	return b.enter()
}

// enter makes the entrants of the grids, the current settings first, and reads
// every scenario with them once.
func (b *Breaker) enter() error {
	if len(b.Rules) == 0 {
		b.Rules = DefaultBreakerRules()
	}
	b.add(Setting{Label: "as it is"})
	for _, rule := range b.Rules {
		grid, err := Grid(rule)
		if err != nil {
			return err
		}
		for _, s := range grid {
			b.add(s)
		}
	}
	for _, t := range b.entrants {
		for _, a := range b.arenas {
			if _, err := a.scenario.With(a.changes(t.setting)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// add enters a setting, once.
func (b *Breaker) add(s Setting) {
	s = tidy(s)
	if !slices.ContainsFunc(b.entrants, func(t *breakerEntrant) bool { return t.setting.same(s) }) {
		b.entrants = append(b.entrants, &breakerEntrant{setting: s, state: InRace, runs: make([][]bout, len(b.arenas))})
	}
}

// tidy leaves out what a breaker does by default.
func tidy(s Setting) Setting {
	s.Changes = slices.DeleteFunc(slices.Clone(s.Changes), func(c scenarios.Change) bool { return c.Key == probesKey && c.Value == "1" })
	return s
}

// settingText writes a setting as those of a breaker.
func settingText(s Setting) string {
	all := make([]string, len(s.Changes))
	for i, c := range s.Changes {
		all[i] = c.Key + ": " + c.Value
	}
	return strings.Join(all, ", ")
}

// paste returns the strategies with the breaker of the choice, equal ones once.
func (b *Breaker) paste(best *breakerEntrant) string {
	if len(best.setting.Changes) == 0 {
		return ""
	}
	var texts []string
	where := map[string][]string{}
	for _, a := range b.arenas {
		changed, err := a.scenario.With(a.changes(best.setting)...)
		if err != nil {
			continue // cannot be: it was run
		}
		text := changed.Excerpt(a.place.Strategy)
		if where[text] == nil {
			texts = append(texts, text)
		}
		where[text] = append(where[text], a.scenario.Name)
	}
	var all strings.Builder
	for _, text := range texts {
		if len(b.arenas) > 1 {
			all.WriteString("# " + strings.Join(where[text], ", ") + "\n")
		}
		all.WriteString(text)
	}
	return all.String()
}
