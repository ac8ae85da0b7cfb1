// Package reports holds the report document and one file per output format.
//
// A [Document] is what a run measured, each number with its interval or the
// reason there is none. [Decide] draws the conclusion by a published rule;
// [WriteJSON], [WriteHTML], [WriteTerminal], [WriteMarkdown] and [WriteCSV]
// print the same document for a program, a browser, a person at a prompt, a
// pull request and a spreadsheet, [WriteJUnit], [WritePrometheus] and [WriteHgrm]
// for the tools of those names. All of them are pure: the same document gives the
// same bytes, and none reads the clock, the environment or the network.
// [IntervalLog] and [WriteVegeta] write single requests, a [Comparison] has
// writers of its own, and so has a [Site] of many runs; [Progress] and [WriteLive]
// show a run while it is under way.
package reports

import (
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Schema names the version of the document. Additions are free; a change of
// meaning needs a new version.
const Schema = "tailgate.report/v1"

// Document is a report: what a run measured, with its uncertainty, and what
// follows from it. It is written as report.json and embedded in report.html.
type Document struct {
	Schema   string    `json:"schema"`
	Scenario Scenario  `json:"scenario"`
	Clock    string    `json:"clock"` // virtual | real
	Seed     uint64    `json:"seed"`
	Started  time.Time `json:"started"`
	Tool     Tool      `json:"tool"`
	// Interrupted is set when the run was stopped early; Planned then tells how
	// many requests per strategy there should have been, over all seeds.
	Interrupted bool       `json:"interrupted,omitempty"`
	Planned     int        `json:"planned"`
	Baseline    string     `json:"baseline"`
	Strategies  []Strategy `json:"strategies"`
	// Comparisons is the number of differences to the baseline that have been
	// tested; Holm's method holds the probability of calling any of them
	// significant by chance to 5 %.
	Comparisons int         `json:"comparisons,omitempty"`
	Verdict     Verdict     `json:"verdict"`
	Objectives  []Objective `json:"objectives"`
	// Repeats is set if several seeds were run and this is the report of all.
	Repeats *Repeats `json:"repeats,omitempty"`
	// SendLag is how late requests were sent, on the real clock.
	SendLag *SendLag `json:"send_lag_ms,omitempty"`
	// Interleaving says how strategies took turns at real models.
	Interleaving *Interleaving `json:"interleaving,omitempty"`
	// Spending is what the run has cost, with real models.
	Spending *Spending `json:"spending,omitempty"`
	Command  string    `json:"command"` // reproduces the run
	Warnings []string  `json:"warnings"`
}

// Tool identifies the program.
type Tool struct {
	Version string `json:"version"`
}

// Repeats says over which runs the values of a report are means. Counts are
// sums, intervals are across the seeds, and histograms are merged.
type Repeats struct {
	Count int      `json:"count"`
	Seeds []uint64 `json:"seeds"`
	// Why says what the intervals are and why.
	Why string `json:"why"`
}

// Interleaving says how strategies took turns, so that a drift of the providers
// hits all of them alike: the load is cut into blocks, and in each of them every
// strategy sends the same requests as the others, one strategy after the other.
type Interleaving struct {
	TurnMS float64 `json:"turn_ms"` // how long a block is
	// Order has the strategies of each block in the order of their turns, which
	// is drawn from the seed, as far as turns have begun.
	Order [][]string `json:"order"`
}

// Spending is what the calls of a run have cost, those before the load and those
// cut off at its end included.
type Spending struct {
	Calls int `json:"calls"` // that were begun
	// USD has the calls that were cut off at what they had produced, for low and
	// value, and at their longest answer, for high.
	USD Range `json:"usd"`
	// LimitUSD is what the run was allowed to cost; 0 means anything.
	LimitUSD float64 `json:"limit_usd,omitempty"`
	// Stopped is set if the next call could have passed the limit, and the run
	// was stopped before it.
	Stopped bool `json:"stopped,omitempty"`
}

// Scenario is what was run, as far as a reader of the report needs it.
type Scenario struct {
	Name       string          `json:"name"`
	About      string          `json:"about"`
	RatePerS   float64         `json:"rate_per_s"`
	DurationMS float64         `json:"duration_ms"`
	Arrivals   string          `json:"arrivals"`
	TimeoutMS  float64         `json:"timeout_ms"`
	TimeScale  float64         `json:"time_scale"` // 1 unless shortened
	Models     []ScenarioModel `json:"models"`
	Faults     []ScenarioFault `json:"faults"`
	Source     string          `json:"source"` // the scenario file's text
}

// ScenarioModel describes a model of the scenario.
type ScenarioModel struct {
	Name        string  `json:"name"`
	Provider    string  `json:"provider"`
	Upstream    string  `json:"upstream,omitempty"` // which real model is asked where
	PriceInput  float64 `json:"price_input"`        // USD per million tokens
	PriceOutput float64 `json:"price_output"`       // USD per million tokens
	// Accuracy is the share of right answers, null where it is not known.
	Accuracy *float64 `json:"accuracy"`
}

// ScenarioFault describes a fault of the scenario.
type ScenarioFault struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	On     []string `json:"on"`
	FromMS float64  `json:"from_ms"`
	ToMS   float64  `json:"to_ms"`
	Text   string   `json:"text"` // its settings in words
	// Incidents are the times in which it was active, where those were drawn; nil
	// means from FromMS to ToMS.
	Incidents []Span `json:"incidents,omitzero"`
}

// Span is a time of a run, counted from its beginning.
type Span struct {
	FromMS float64 `json:"from_ms"`
	ToMS   float64 `json:"to_ms"`
}

// Spans are the times in which the fault was active.
func (f *ScenarioFault) Spans() []Span {
	if f.Incidents != nil {
		return f.Incidents
	}
	return []Span{{f.FromMS, f.ToMS}}
}

// Strategy is what one strategy did. Latencies are in milliseconds.
type Strategy struct {
	Name      string         `json:"name"`
	Kind      string         `json:"kind"`
	Text      string         `json:"text"` // its settings in one line
	Requests  int            `json:"requests"`
	Succeeded int            `json:"succeeded"`
	Success   stats.Estimate `json:"success"`
	// LatencyMS counts from due time over all requests; a failure is slower
	// than any success.
	LatencyMS    Latency `json:"latency_ms"`
	LatencyOKMS  Latency `json:"latency_ok_ms"`
	FirstTokenMS Latency `json:"first_token_ms"`
	// InterTokenMS is the mean time between the tokens of an answer, over the
	// answers that came token by token; nil if none did.
	InterTokenMS *Latency `json:"inter_token_ms,omitempty"`
	Tokens       *Tokens  `json:"tokens,omitempty"`
	// Restarts counts streams that broke while they were passed on and were
	// begun again by another target.
	Restarts int      `json:"restarts,omitempty"`
	Attempts Attempts `json:"attempts"`
	// Calls is the number of attempts per request by role: first, retry,
	// fallback, hedge, parallel, judge.
	Calls     map[string]float64 `json:"calls"`
	Cost      Cost               `json:"cost"`
	Agreement *Agreement         `json:"agreement,omitempty"`
	Accuracy  stats.Estimate     `json:"accuracy"`
	Hedges    Hedges             `json:"hedges"`
	Retries   Retries            `json:"retries"`
	Breakers  []Breaker          `json:"breakers"`
	Models    []Model            `json:"models"`
	// Errors counts the failed requests by kind.
	Errors   map[string]int `json:"errors"`
	Faults   []Fault        `json:"faults"`
	Timeline Timeline       `json:"timeline"`
	Spectrum Spectrum       `json:"spectrum"`
	// FirstTokenSpectrum is that of the time to the first token; nil if every
	// answer came in one piece.
	FirstTokenSpectrum *Spectrum `json:"first_token_spectrum,omitempty"`
	// Histogram is an HdrHistogram (V2, compressed, base64) of the latencies of
	// successes in microseconds.
	Histogram      string          `json:"histogram"`
	Judge          *Judge          `json:"judge,omitempty"`           // of a strategy with a judge
	Tasks          []Task          `json:"tasks,omitempty"`           // if there is more than one
	VersusBaseline *VersusBaseline `json:"versus_baseline,omitempty"` // nil for the baseline
	AB             *AB             `json:"ab,omitempty"`              // of an A/B test only
}

// Latency holds the percentiles of a latency.
type Latency struct {
	P50  stats.Estimate `json:"p50"`
	P90  stats.Estimate `json:"p90"`
	P95  stats.Estimate `json:"p95"`
	P99  stats.Estimate `json:"p99"`
	P999 stats.Estimate `json:"p99_9"`
	// Mean and Max are of successes.
	Mean stats.Estimate `json:"mean"`
	Max  *float64       `json:"max"`
}

// Attempts counts calls to models by what became of them. Lost ones were
// cancelled or answered unused; rejected ones were never sent.
type Attempts struct {
	Total      int     `json:"total"`
	PerRequest float64 `json:"per_request"`
	Won        int     `json:"won"`
	Lost       int     `json:"lost"`
	Failed     int     `json:"failed"`
	Rejected   int     `json:"rejected"`
}

// Cost is money spent and the ratio to the baseline's. Low bills a cancelled
// loser for the tokens produced until the cancel, High for the whole answer.
type Cost struct {
	USD        Range `json:"usd"`
	Multiplier Range `json:"multiplier"`
	// MultiplierCI is the multiplier's sampling uncertainty (paired bootstrap).
	MultiplierCI stats.Estimate `json:"multiplier_ci"`
	// Wasted is the share of Value spent on answers that were not used.
	Wasted float64 `json:"wasted"`
}

// Range is a value between two bounds that are not statistical.
type Range struct {
	Low   float64 `json:"low"`
	Value float64 `json:"value"`
	High  float64 `json:"high"`
}

// Agreement says how often panels agreed.
type Agreement struct {
	// Rate is the share of requests with a quorum.
	Rate stats.Estimate `json:"rate"`
	// Pairwise is the share of pairs of votes that agree.
	Pairwise stats.Estimate `json:"pairwise"`
	// FleissKappa needs complete panels; null where votes are missing.
	FleissKappa stats.Estimate `json:"fleiss_kappa"`
	// AccuracyGivenAgreement is null where the truth is not known.
	AccuracyGivenAgreement stats.Estimate `json:"accuracy_given_agreement"`
	// Alpha is Krippendorff's alpha, for which votes may be missing.
	Alpha stats.Estimate `json:"alpha,omitzero"`
	// Escalated is the share of requests that a panel without a quorum left to
	// another target.
	Escalated stats.Estimate `json:"escalated,omitzero"`
	Matrix    *Matrix        `json:"matrix,omitempty"`
	Models    []PanelMember  `json:"models,omitempty"`
}

// Matrix says how often each pair of models of a panel gives the same vote. It
// is symmetric.
type Matrix struct {
	Models []string     `json:"models"`
	Values [][]*float64 `json:"values"` // shares; null where the two never both voted
	N      [][]int      `json:"n"`      // requests on which both voted
}

// PanelMember is a model that votes. Votes that came after the panel had
// decided are not counted.
type PanelMember struct {
	Name      string         `json:"name"`
	Votes     int            `json:"votes"`
	Abstained int            `json:"abstained"`
	Accuracy  stats.Estimate `json:"accuracy"` // of its votes
}

// Hedges counts hedges.
type Hedges struct {
	Fired  int `json:"fired"`
	Won    int `json:"won"`
	Denied int `json:"denied"`
}

// Retries counts retries.
type Retries struct {
	Made   int `json:"made"`
	Denied int `json:"denied"`
}

// Breaker is the history of one circuit breaker.
type Breaker struct {
	Target       string       `json:"target"`
	OpenFraction float64      `json:"open_fraction"` // of the run's time, half-open included
	Opens        int          `json:"opens"`
	Transitions  []Transition `json:"transitions"` // at most 500
}

// Transition is one change of a breaker.
type Transition struct {
	AtMS float64 `json:"at_ms"`
	From string  `json:"from"` // closed | open | half_open
	To   string  `json:"to"`
	// Why gives the counts that caused it.
	Why string `json:"why,omitempty"`
}

// Model is what one model did for a strategy.
type Model struct {
	Name      string         `json:"name"`
	Attempts  int            `json:"attempts"`
	Won       int            `json:"won"`
	Errors    map[string]int `json:"errors"`
	LatencyMS Latency        `json:"latency_ms"` // of its own successful attempts
	CostUSD   float64        `json:"cost_usd"`
	Tokens    *ModelTokens   `json:"tokens,omitempty"`
}

// Fault is how a strategy fared in and after one fault.
type Fault struct {
	Name          string         `json:"name"`
	FromMS        float64        `json:"from_ms"`
	ToMS          float64        `json:"to_ms"`
	Requests      int            `json:"requests"` // due in the window
	SuccessDuring stats.Estimate `json:"success_during"`
	P95During     stats.Estimate `json:"p95_during_ms"`
	// RecoveredAfterMS counts from the fault's end; nil if it never did, or
	// the run ended too early to tell: see Recovery. Of incidents it is that of
	// the one that took longest.
	RecoveredAfterMS *float64 `json:"recovered_after_ms"`
	Recovery         string   `json:"recovery"` // recovered | unaffected | not_by_the_end | no_aftermath
	// Amplification is attempts per request in the window over that outside
	// any fault.
	Amplification float64 `json:"amplification"`
}

// Timeline is a table of figures over time, by due time.
type Timeline struct {
	StepMS  float64      `json:"step_ms"`
	Columns []string     `json:"columns"` // at_ms requests failed p50_ms p95_ms attempts
	Rows    [][]*float64 `json:"rows"`    // null where there is no value
}

// Spectrum is the latency over the percentile, for the chart.
type Spectrum struct {
	Percentile []float64  `json:"percentile"` // in percent
	MS         []*float64 `json:"ms"`         // null from the success rate on
}

// VersusBaseline compares with the baseline, request by request: differences
// are this strategy's value minus the baseline's. Cost and attempts are per
// request; the mean is of successes.
type VersusBaseline struct {
	P50MS           Delta          `json:"p50_ms"`
	P90MS           Delta          `json:"p90_ms,omitzero"`
	P95MS           Delta          `json:"p95_ms"`
	P99MS           Delta          `json:"p99_ms"`
	P999MS          Delta          `json:"p99_9_ms,omitzero"`
	MeanMS          Delta          `json:"mean_ms,omitzero"`
	FirstTokenP50MS Delta          `json:"first_token_p50_ms,omitzero"`
	FirstTokenP95MS Delta          `json:"first_token_p95_ms,omitzero"`
	Success         Delta          `json:"success"`
	Accuracy        Delta          `json:"accuracy,omitzero"`
	Attempts        Delta          `json:"attempts,omitzero"`
	CostUSD         Delta          `json:"cost_usd,omitzero"`
	P95Ratio        stats.Estimate `json:"p95_ratio"`
	CostRatio       stats.Estimate `json:"cost_ratio"`
}

// Deltas returns all differences, in the order of the document.
func (v *VersusBaseline) Deltas() []*Delta {
	return []*Delta{
		&v.P50MS, &v.P90MS, &v.P95MS, &v.P99MS, &v.P999MS, &v.MeanMS,
		&v.FirstTokenP50MS, &v.FirstTokenP95MS, &v.Success, &v.Accuracy, &v.Attempts, &v.CostUSD,
	}
}

// Delta is a difference with its 95 % interval, or the reason there is none.
type Delta struct {
	Delta *float64 `json:"delta"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	// P is the p-value of the difference by itself: how surprising it would be
	// if there were none.
	P *float64 `json:"p,omitempty"`
	// Significant is set if the difference stands when all comparisons of the
	// report are taken together; see [Document.Comparisons].
	Significant bool   `json:"significant,omitempty"`
	Why         string `json:"why,omitempty"`
}

// Verdict is what follows from the measurements, by a published rule.
type Verdict struct {
	// Recommend names the strategy to adopt; "" when there is none.
	Recommend string    `json:"recommend"`
	Headline  string    `json:"headline"`
	Detail    string    `json:"detail"`
	Rule      string    `json:"rule"`
	Findings  []Finding `json:"findings"`
}

// Finding is one remark worth a reader's attention.
type Finding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"` // high | medium | low
	Text     string `json:"text"`
	Section  string `json:"section"` // id of the section that shows it
}

// Objective is the verdict on one objective.
type Objective struct {
	Text    string `json:"text"`
	Verdict string `json:"verdict"` // pass | fail | undecided
	// Strategies names the strategies the objective speaks of, the judged one
	// first.
	Strategies []string `json:"strategies"`
	// Claim is set when the objective demands nothing good of that strategy,
	// such as naive.success <= 50%: it judges nobody, but can be missed.
	Claim bool `json:"claim,omitempty"`
	// Unit is ms, ratio, usd, count or "".
	Unit  string   `json:"unit"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	// Limit is the other side's value.
	Limit *float64 `json:"limit"`
	Why   string   `json:"why,omitempty"`
}

// SendLag is the delay between when a request was due and when it was sent.
type SendLag struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}
