package tune

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/tune/singler"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// race sets what is raced: how it is, no hedge, and the policies.
func (h *Hedge) race() {
	h.enter("no hedge", true, "{single: {target: "+h.Primary+"}}")
	h.current()
	h.enter("SingleR", true, h.text(h.plan.best))
	h.enter("pure delay", true, h.text(h.plan.pure))
	share := h.samples.Busy(h.plan.pure.Delay)
	h.enter("adaptive delay", true, h.written("p"+strconv.FormatFloat(significant(min(99.9, max(1, 100*(1-share))), 3), 'f', -1, 64)+
		", cap: "+formatDuration(h.original.Load.Timeout), 1))
	h.enter("SingleR, half the budget", true, h.text(h.within(h.plan.budget/2)))
	for _, p := range h.neighbours() {
		h.enter(inWords(p), false, h.text(p))
	}
	race := "{race: {targets: [" + h.Primary + ", " + h.Backup + "]" + h.kept("race") + "}}"
	if h.OfCost {
		h.cheaper()
		h.enter("race", true, race)
		return
	}
	h.References = append(h.References, Setting{Label: "race", Changes: h.tuned(race), Always: true})
}

// cheaper enters policies for budgets beyond the one asked for: samples count a
// backup's whole answer as extra cost, while a loser that is cancelled costs less,
// and a primary that loses saves some. The race keeps those that stay within.
func (h *Hedge) cheaper() {
	for _, factor := range []float64{1.5, 2, 3, 5, 8, 13} {
		p := h.within(h.plan.budget * factor)
		h.plan.guarded = guard(h.hedged(p))
		h.enter(inWords(p), false, h.text(p))
	}
}

// within returns the best policy within a budget, rounded.
func (h *Hedge) within(budget float64) singler.Policy {
	return h.rounded(budget, h.samples.Optimum(h.percentile(), budget).Delay)
}

// enter adds a strategy to the race, once.
func (h *Hedge) enter(label string, always bool, strategy string) {
	s := Setting{Label: label, Changes: h.tuned(strategy), Always: always}
	if !slices.ContainsFunc(h.Settings, s.same) {
		h.Settings = append(h.Settings, s)
	}
}

// tuned are the changes that put a strategy in the place of the one that is tuned.
func (h *Hedge) tuned(strategy string) []scenarios.Change {
	return []scenarios.Change{{Key: strategyKey(h.names.tuned), Value: strategy}}
}

// inWords names a policy.
func inWords(p singler.Policy) string {
	text := "after " + formatDuration(p.Delay)
	if p.Probability < 1 {
		text += fmt.Sprintf(" with probability %.3g", p.Probability)
	}
	return text
}

// current sets how the scenario hedges now; without a hedge that is no hedge.
func (h *Hedge) current() {
	h.Current = &Setting{Label: h.Settings[0].Label, Changes: h.Settings[0].Changes}
	i := slices.IndexFunc(h.original.Strategies, func(s scenarios.Strategy) bool { return s.Name == h.Strategy })
	if i < 0 {
		return
	}
	s := Setting{Label: h.Strategy, Changes: h.tuned("{hedge: {" + h.original.Strategies[i].Text + "}}")}
	if _, err := h.Scenario.With(s.Changes...); err == nil {
		h.Current = &s
	}
}

// text writes a policy as a strategy.
func (h *Hedge) text(p singler.Policy) string {
	return h.written(formatDuration(p.Delay), p.Probability)
}

func (h *Hedge) written(delay string, q float64) string {
	settings := ""
	if q < 1 {
		settings = ", probability: " + strconv.FormatFloat(q, 'f', -1, 64)
	}
	return fmt.Sprintf("{hedge: {targets: [%s, %s], delay: %s%s, budget: %s%s}}", h.Primary, h.Backup, delay, settings, h.plan.guarded, h.kept("hedge"))
}

// kept are the settings of the scenario's own hedge that have nothing to do with
// when it hedges, as far as a kind of strategy has them.
func (h *Hedge) kept(kind string) string {
	var text strings.Builder
	for _, key := range []string{"max_hedges", "on", "on_break"} {
		value, ok := h.own(key)
		if key == "on" && h.firstToken() {
			value, ok = "first_token", true
		}
		if ok && (kind == "hedge" || key != "max_hedges") {
			text.WriteString(", " + key + ": " + value)
		}
	}
	return text.String()
}

// own returns a setting of the scenario's own hedge.
func (h *Hedge) own(key string) (value string, ok bool) {
	if h.Strategy == "" {
		return "", false
	}
	return h.original.Current(h.Strategy + "." + key)
}

// neighbours are policies around the best that use up the budget: hedging fewer
// requests earlier, or more of them later.
func (h *Hedge) neighbours() []singler.Policy {
	var all []singler.Policy
	busy := h.samples.Busy(h.plan.best.Delay)
	for _, factor := range []float64{0.5, 0.7, 0.85, 1.2, 1.4, 2} {
		if share := busy * factor; share < 1 {
			p := h.rounded(h.plan.budget, h.samples.Outlasting(share))
			if p.Probability > 0 && p.Delay > 0 {
				all = append(all, p)
			}
		}
	}
	return all
}
