package reports

import "github.com/tailgate-bench/tailgate/internal/stats"

// AB is the result of an A/B test: a challenger beside a control, by one metric.
// Numbers of the metric are in Unit.
type AB struct {
	Metric string `json:"metric"` // success | accuracy | latency | cost
	Unit   string `json:"unit"`   // ratio | ms | usd_per_1000
	// Shadow is set when the challenger got copies that nobody waited for.
	Shadow bool `json:"shadow,omitempty"`
	// MinimumEffect is by how much the challenger must be better.
	MinimumEffect float64 `json:"minimum_effect"`
	// Alpha is the probability of a wrong verdict, however often one looks.
	Alpha      float64 `json:"alpha"`
	Control    ABArm   `json:"control"`
	Challenger ABArm   `json:"challenger"`
	// Effect is the challenger's metric less the control's. Its interval holds at
	// every moment of the run at once, at 1 - Alpha.
	Effect stats.Estimate `json:"effect"`
	// Compared is how many requests the effect rests on.
	Compared int    `json:"compared"`
	Verdict  string `json:"verdict"` // promote | keep | keep_collecting
	// DecidedAt is after how many requests the verdict was first clear.
	DecidedAt int    `json:"decided_at,omitempty"`
	Method    string `json:"method"`
	// SampleRatio is nil in shadow mode.
	SampleRatio *SampleRatio `json:"sample_ratio,omitempty"`
	Sequence    ABSequence   `json:"sequence"`
}

// ABArm is what one arm of an A/B test did.
type ABArm struct {
	Target    string         `json:"target"`
	Requests  int            `json:"requests"`
	Succeeded int            `json:"succeeded"`
	Success   stats.Estimate `json:"success"`
	// Accuracy is the share of requests answered rightly, of those with a known
	// right answer; a failed request is not answered rightly.
	Accuracy stats.Estimate `json:"accuracy"`
	// LatencyMS counts from due time; a failure is slower than any success.
	LatencyMS    Latency `json:"latency_ms"`
	InputTokens  float64 `json:"input_tokens"`  // per request
	OutputTokens float64 `json:"output_tokens"` // per request
	CostUSD      float64 `json:"cost_usd"`      // in all
	CostPer1000  float64 `json:"cost_per_1000_usd"`
}

// SampleRatio says whether the arms have got their shares. Units are the keys
// that were assigned: users, or requests.
type SampleRatio struct {
	ControlUnits    int     `json:"control_units"`
	ChallengerUnits int     `json:"challenger_units"`
	Expected        float64 `json:"expected"` // the challenger's share
	PValue          float64 `json:"p_value"`
	// Mismatch is set when the ratio is too unlikely: assignment or recording is
	// broken, and nothing of the test can be trusted.
	Mismatch bool `json:"mismatch"`
}

// ABSequence is the effect as it was after so many requests; null where there
// was none yet.
type ABSequence struct {
	Requests []int      `json:"requests"`
	Value    []*float64 `json:"value"`
	Low      []*float64 `json:"low"`
	High     []*float64 `json:"high"`
}

// The verdicts of an A/B test.
const (
	promote = "promote"
	keep    = "keep"
)
