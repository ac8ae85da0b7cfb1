package tune

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/tune/singler"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Hedge looks for the best time to hedge: the delay and the probability that make
// a percentile smallest within a budget.
type Hedge struct {
	// Study has the scenario, the seeds and the rest; what is searched is set here.
	Study
	// Target is the percentile: p50 to p99_9, or first_token_ and one of these.
	Target string
	// Budget is the share of extra requests, or of extra cost with OfCost.
	Budget float64
	OfCost bool
	// Strategy is the hedge of the scenario that is tuned; "" means the first
	// there is, if any. Primary and Backup replace its targets, or the first two
	// models of the scenario.
	Strategy, Primary, Backup string
	// Limits are more objectives to keep; the strategy is called tuned in them.
	Limits []string

	original *scenarios.Scenario
	names    hedgeNames
	samples  *singler.Samples
	plan     hedgePlan
	// correlation is between the two targets, if correlated.
	correlation float64
	correlated  bool
}

// hedgeNames are the strategies that are put into the scenario.
type hedgeNames struct{ alone, backup, tuned string }

// ParseBudget reads a share of extra requests such as 5%, or of extra cost such
// as 5%cost. The error wraps [ErrInput].
func ParseBudget(text string) (share float64, ofCost bool, err error) {
	digits, ofCost := strings.CutSuffix(strings.TrimSpace(text), "cost")
	digits, percent := strings.CutSuffix(strings.TrimSpace(digits), "%")
	share, err = strconv.ParseFloat(digits, 64)
	if err != nil || !percent || !(share > 0 && share <= 100) {
		return 0, false, mistake("budget %q: must be a share of extra requests such as 5%%, or of extra cost such as 5%%cost, above 0%% and up to 100%%", text)
	}
	return share / 100, ofCost, nil
}

// Run looks for the best hedge.
func (h *Hedge) Run(ctx context.Context) (*Finding, error) {
	h.original, h.Kind = h.Scenario, reports.TuneHedge
	if err := h.prepare(); err != nil {
		return nil, err
	}
	if err := h.sample(ctx); err != nil {
		return nil, err
	}
	h.plan = h.planned()
	h.race()
	f, err := h.Study.Run(ctx)
	if err != nil {
		return nil, err
	}
	h.describe(f)
	return f, nil
}

// prepare puts the strategies that are measured into the scenario.
func (h *Hedge) prepare() error {
	if err := h.choose(); err != nil {
		return err
	}
	free := func(name string) string {
		for len(h.original.Uses(name)) > 0 || slices.ContainsFunc(h.original.Models, func(m scenarios.Model) bool { return m.Name == name }) {
			name += "-"
		}
		return name
	}
	h.names = hedgeNames{alone: free("alone"), backup: free("backup-alone"), tuned: free("tuned")}
	single := func(name, target string) scenarios.Change {
		return scenarios.Change{Key: strategyKey(name), Value: "{single: {target: " + target + "}}"}
	}
	sc, err := h.original.With(
		single(h.names.tuned, h.Primary), single(h.names.backup, h.Backup), single(h.names.alone, h.Primary),
		scenarios.Change{Key: "baseline", Value: h.names.alone},
	)
	if err != nil {
		return err
	}
	h.Scenario = sc
	limit := fmt.Sprintf("%s.hedge_rate <= %s", h.names.tuned, percent(h.Budget))
	if h.OfCost {
		limit = fmt.Sprintf("%s.cost <= %s", h.names.tuned, strconv.FormatFloat(significant(1+h.Budget, 6), 'f', -1, 64))
	}
	h.Goal, err = ParseGoal(sc, h.names.tuned+"."+h.Target, false, append([]string{limit}, h.Limits...))
	for _, name := range []string{"success", "p50", "p95", "p99", "attempts", costs} {
		h.Shown = append(h.Shown, objective.Ref{Strategy: h.names.tuned, Metric: name})
	}
	return err
}

func strategyKey(name string) string { return strategiesKey + name }

const strategiesKey = "strategies."

func percent(share float64) string { return strconv.FormatFloat(100*share, 'g', 6, 64) + "%" }

// choose finds the two targets.
func (h *Hedge) choose() error {
	if _, ok := percentileOf(h.Target); !ok || strings.HasPrefix(h.Target, "inter_token_") {
		return mistake("target %q: must be p50, p90, p95, p99 or p99_9, or first_token_p50, first_token_p95 or first_token_p99", h.Target)
	}
	sc := h.original
	i := slices.IndexFunc(sc.Strategies, func(s scenarios.Strategy) bool {
		return s.Kind == "hedge" && (h.Strategy == "" || s.Name == h.Strategy)
	})
	switch {
	case i < 0 && h.Strategy != "":
		return mistake("there is no hedge %q in scenario %s: name a strategy of the kind hedge, or leave --strategy out", h.Strategy, sc.Name)
	case i >= 0:
		h.Strategy = sc.Strategies[i].Name
	}
	targets := h.targets()
	if h.Primary == "" && len(targets) > 0 {
		h.Primary = targets[0]
	}
	if h.Backup == "" {
		targets = slices.DeleteFunc(targets, func(t string) bool { return t == h.Primary })
		if len(targets) == 0 {
			return mistake("a hedge needs two models and scenario %s has one: add a second under models, record a trace of two, or give --backup %s to ask the same model again", sc.Name, h.Primary)
		}
		h.Backup = targets[0]
	}
	return nil
}

// targets returns those of the hedge that is tuned, then all models.
func (h *Hedge) targets() []string {
	var all []string
	for i := 0; h.Strategy != ""; i++ {
		target, ok := h.original.Current(fmt.Sprintf("%s.targets[%d]", h.Strategy, i))
		if !ok {
			break
		}
		all = append(all, target)
	}
	for i := range h.original.Models {
		all = append(all, h.original.Models[i].Name)
	}
	return all
}

func (h *Hedge) firstToken() bool { return strings.HasPrefix(h.Target, "first_token_") }

func (h *Hedge) percentile() float64 {
	p, _ := percentileOf(h.Target)
	return p
}

// hedgePlan are the policies that the samples speak for.
type hedgePlan struct {
	budget  float64 // a little less than was asked for
	best    singler.Policy
	pure    singler.Policy
	guarded string // the budget written into a strategy
}

// margins is by how many standard errors the budget is undercut, so that chance
// does not exceed it: the number of hedges has a relative error of 1/√(B·n).
const margins = 3

// planned asks the samples.
func (h *Hedge) planned() hedgePlan {
	p, n := h.percentile(), float64(h.samples.Len())
	budget := h.Budget * max(0.5, 1-margins/math.Sqrt(h.Budget*n))
	plan := hedgePlan{budget: budget}
	plan.best = h.within(budget)
	plan.pure = h.samples.Pure(p, budget)
	plan.pure = h.samples.Policy(p, roundUp(plan.pure.Delay), 1)
	plan.guarded = guard(max(h.hedged(plan.best), h.hedged(plan.pure)))
	return plan
}

// rounded returns the policy with a delay and a probability of three digits that
// keeps the budget.
func (h *Hedge) rounded(budget float64, delay time.Duration) singler.Policy {
	p := h.percentile()
	within := h.samples.Within(p, budget, roundUp(delay))
	q := within.Probability
	if q < 1 {
		unit := math.Pow(10, math.Floor(math.Log10(max(q, 1e-9)))-2)
		q = significant(math.Floor(q/unit+1e-9)*unit, 3)
	}
	return h.samples.Policy(p, within.Delay, q)
}

// roundUp rounds a delay up to three digits.
func roundUp(d time.Duration) time.Duration {
	if d <= 0 || d == singler.Never {
		return d
	}
	unit := math.Pow(10, max(0, math.Floor(math.Log10(float64(d)))-2))
	return time.Duration(unit * math.Ceil(float64(d)/unit))
}

// hedged is the share of requests that a policy hedges.
func (h *Hedge) hedged(p singler.Policy) float64 { return p.Probability * h.samples.Busy(p.Delay) }

// guard is the rate budget written beside a policy: twice what it takes on
// average, which it does not reach by chance, and a bound when everything is slow.
func guard(share float64) string {
	return strconv.FormatFloat(max(1, math.Ceil(200*share-1e-9)), 'f', -1, 64) + "%"
}

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
