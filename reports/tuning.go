package reports

import "github.com/tailgate-bench/tailgate/internal/stats"

// TuningSchema names the version of a [Tuning]. Additions are free; a change of
// meaning needs a new version.
const TuningSchema = "tailgate.tune/v1"

// TuningFile is the name under which a [Tuning] is left in a directory.
const TuningFile = "tune.json"

// The kinds of a [Tuning].
const (
	TuneSearch  = "search"  // any settings of a scenario
	TuneHedge   = "hedge"   // when to hedge
	TuneBreaker = "breaker" // when a circuit breaker opens and closes
	TuneBudget  = "budget"  // how many extra attempts a system recovers from
	TunePanel   = "panel"   // who votes, and how
)

// Tuning is what a search for settings has found. What led to the choice is
// measured on the choice seeds ("predicted"); what it is worth on fresh seeds
// ("realised"), which took no part in the choice.
type Tuning struct {
	Schema   string         `json:"schema"`
	Kind     string         `json:"kind"`
	Scenario TuningScenario `json:"scenario"`
	Tool     Tool           `json:"tool"`
	Command  string         `json:"command"` // reproduces the search
	// Interrupted is set when Ctrl-C, OutOfTime when a time limit ended the search;
	// its result is then the best so far.
	Interrupted bool        `json:"interrupted,omitempty"`
	OutOfTime   bool        `json:"out_of_time,omitempty"`
	Goal        TuningGoal  `json:"goal"`
	Seeds       TuningSeeds `json:"seeds"`
	// Metrics are the names under which settings list figures, in the order in
	// which they are shown.
	Metrics []TuningMetric `json:"metrics"`
	Knobs   []TuningKnob   `json:"knobs"`
	// Settings are all that were run, in the order in which they came up.
	Settings []TuningSetting `json:"settings"`
	// Recommended and Current are their numbers among Settings, counted from 0;
	// null if there is none.
	Recommended *int `json:"recommended"`
	Current     *int `json:"current"`
	// Settled is set if the data tells the recommended setting from every other;
	// otherwise Tied lists those that it cannot tell from it, the best first.
	Settled bool  `json:"settled"`
	Tied    []int `json:"tied"`
	// Headline says what to do, Detail what it rests on.
	Headline string `json:"headline"`
	Detail   string `json:"detail"`
	// YAML are the recommended strategies, to paste into a scenario.
	YAML string `json:"yaml"`
	// TradeOff is what the goal costs: the best value that can be had for so many
	// extra requests.
	TradeOff []TuningPoint `json:"trade_off"`
	// Sensitivity is how the goal changes around the recommended setting, one
	// knob at a time.
	Sensitivity []TuningSensitivity `json:"sensitivity"`
	// Hedge is set for the kind hedge.
	Hedge *TuningHedge `json:"hedge,omitempty"`
	// Breaker, Budget and Panel are set for the kinds of these names.
	Breaker  *TuningBreaker `json:"breaker,omitempty"`
	Budget   *TuningBudget  `json:"budget,omitempty"`
	Panel    *TuningPanel   `json:"panel,omitempty"`
	Warnings []string       `json:"warnings"`
}

// TuningScenario is what was tuned.
type TuningScenario struct {
	Name  string `json:"name"`
	About string `json:"about,omitempty"`
	// Requests is how many one run has.
	Requests int `json:"requests"`
	// Baseline is the strategy that costs are multiples of.
	Baseline string `json:"baseline"`
	Source   string `json:"source"`
}

// TuningGoal is what was asked for.
type TuningGoal struct {
	// Metric is the expression that was made small, or large.
	Metric      string   `json:"metric"`
	Unit        string   `json:"unit"` // ms | ratio | multiple | usd | count | ""
	Maximize    bool     `json:"maximize"`
	Constraints []string `json:"constraints"`
}

// TuningSeeds are the seeds of the runs.
type TuningSeeds struct {
	Choice []uint64 `json:"choice"`
	Fresh  []uint64 `json:"fresh"`
	// Part, if not 0, says that models replay a trace: these are not seeds but
	// numbers of parts of so many requests, from 0.
	Part int `json:"part,omitempty"`
}

// TuningMetric is a metric that is listed for settings.
type TuningMetric struct {
	Name string `json:"name"`
	Unit string `json:"unit"`
}

// TuningKnob is a key of the scenario with the values that were tried.
type TuningKnob struct {
	Key string `json:"key"`
	// Range is what was asked for.
	Range string `json:"range"`
	// Current is the scenario's own value; "" if the key is not there.
	Current string `json:"current"`
}

// The states of a [TuningSetting].
const (
	TuneInRace     = "in_race"    // not dropped
	TuneBeaten     = "beaten"     // worse than another by more than chance
	TuneInfeasible = "infeasible" // a constraint is missed by more than chance
	TuneReference  = "reference"  // beside the race, to compare with
)

// TuningSetting is one setting that was run.
type TuningSetting struct {
	Name   string        `json:"name"`
	Values []TuningValue `json:"values"`
	State  string        `json:"state"`
	// Seeds is for how many of the choice seeds it was run.
	Seeds int `json:"seeds"`
	// Predicted are the figures on these seeds: means over the seeds with their
	// intervals across them. Realised are those on the fresh seeds, for the
	// settings that were run with them.
	Predicted map[string]stats.Estimate `json:"predicted"`
	Realised  map[string]stats.Estimate `json:"realised,omitempty"`
	// VersusCurrent is the difference of the goal to that of the current setting
	// on the fresh seeds, seed by seed.
	VersusCurrent *Delta `json:"versus_current,omitempty"`
	// Constraints are judged on the fresh seeds.
	Constraints []TuningConstraint `json:"constraints,omitempty"`
}

// TuningValue is the value of a key.
type TuningValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// TuningConstraint is a constraint with the verdict on it.
type TuningConstraint struct {
	Text    string `json:"text"`
	Verdict string `json:"verdict"` // pass | fail | undecided
	// Margin is the left side less the right one, in Unit: one of those of goals.
	Margin stats.Estimate `json:"margin"`
	Unit   string         `json:"unit,omitempty"`
}

// TuningPoint is one point of a trade-off.
type TuningPoint struct {
	// Extra is the share of extra requests, 0.05 for 5 %, or of extra cost.
	Extra  float64       `json:"extra"`
	Value  float64       `json:"value"` // of the goal
	Values []TuningValue `json:"values"`
	// Pure is the best value with a pure delay, for the kind hedge.
	Pure *float64 `json:"pure,omitempty"`
}

// TuningSensitivity is how the goal depends on one knob.
type TuningSensitivity struct {
	Key    string              `json:"key"`
	Points []TuningSensitivePt `json:"points"`
	// From and To are the ends of the stretch around the recommended value in
	// which the goal is within 2 % of the best.
	From string `json:"from"`
	To   string `json:"to"`
}

// TuningSensitivePt is the goal at one value of a knob.
type TuningSensitivePt struct {
	Value string  `json:"value"`
	Goal  float64 `json:"goal"`
	Here  bool    `json:"here,omitempty"` // the recommended value
}

// TuningHedge is what the samples of two models say about hedging, before any
// hedge is run.
type TuningHedge struct {
	Primary string `json:"primary"`
	Backup  string `json:"backup"`
	// Percentile is the target, from 0 to 1, and Of what it is of: answer or
	// first_token.
	Percentile float64 `json:"percentile"`
	Of         string  `json:"of"`
	// Budget is the share of extra requests, or of extra cost.
	Budget   float64 `json:"budget"`
	BudgetOf string  `json:"budget_of"` // requests | cost
	Samples  int     `json:"samples"`
	// AloneMS is the percentile without hedging.
	AloneMS *float64 `json:"alone_ms"`
	// SingleR and Pure are the best policies with and without a coin.
	SingleR TuningPolicy `json:"single_r"`
	Pure    TuningPolicy `json:"pure"`
	// PureHelps says whether a pure delay can improve the percentile at all: it
	// cannot if the budget is at most one minus the percentile.
	PureHelps bool `json:"pure_helps"`
	// Correlation is Spearman's, between the two models' latencies for the same
	// request.
	Correlation *float64 `json:"correlation"`
}

// TuningPolicy is a hedge after a delay with a probability.
type TuningPolicy struct {
	DelayMS     float64  `json:"delay_ms"`
	Probability float64  `json:"probability"`
	ValueMS     *float64 `json:"value_ms"` // the percentile it gives; null if that fails
	Extra       float64  `json:"extra"`    // of the budget's kind
}
