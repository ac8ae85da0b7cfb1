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
	if err := h.sample(ctx); isCancel(err) && ctx.Err() != nil {
		return h.unbegun()
	} else if err != nil {
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

// unbegun is the result of a search that was interrupted before it began.
func (h *Hedge) unbegun() (*Finding, error) {
	f, err := h.Study.unbegun()
	if err == nil {
		f.Document.Scenario.Source = h.original.Source
	}
	return f, err
}

// prepare puts the strategies that are measured into the scenario.
func (h *Hedge) prepare() error {
	if err := h.choose(); err != nil {
		return err
	}
	free := func(name string) string { return freeName(h.original, name) }
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
	if !h.OfCost {
		h.Goal.OnAverage = 1 // see margins: else the coin that fell a little too often would rule out a policy
	}
	for _, name := range []string{"success", "p50", "p95", "p99", "attempts", costs} {
		h.Shown = append(h.Shown, objective.Ref{Strategy: h.names.tuned, Metric: name})
	}
	return err
}

// freeName returns the name, with dashes behind it until a scenario has neither a
// strategy nor a model of that name.
func freeName(sc *scenarios.Scenario, name string) string {
	for len(sc.Uses(name)) > 0 || slices.Contains(modelNames(sc), name) {
		name += "-"
	}
	return name
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
	for flag, target := range map[string]string{"primary": h.Primary, "backup": h.Backup} {
		if len(sc.Uses(target)) == 0 && !slices.Contains(modelNames(sc), target) {
			return mistake("%s %q: scenario %s has no such model or strategy: models are %s", flag, target, sc.Name, strings.Join(modelNames(sc), ", "))
		}
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
	return append(all, modelNames(h.original)...)
}

func modelNames(sc *scenarios.Scenario) []string {
	all := make([]string, len(sc.Models))
	for i := range sc.Models {
		all[i] = sc.Models[i].Name
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
