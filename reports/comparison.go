package reports

import "github.com/tailgate-bench/tailgate/internal/stats"

// ComparisonSchema names the version of a [Comparison].
const ComparisonSchema = "tailgate.comparison/v1"

// Comparison is what changed from one run to another.
type Comparison struct {
	Schema string      `json:"schema"`
	Old    ComparedRun `json:"old"`
	New    ComparedRun `json:"new"`
	// Paired says whether requests were compared one by one; How says what
	// made that possible, or what stood against it.
	Paired bool   `json:"paired"`
	How    string `json:"how"`
	// Comparisons is the number of differences tested; Holm's method holds the
	// probability of calling any of them significant by chance to 5 %.
	Comparisons int      `json:"comparisons"`
	Changes     []Change `json:"changes"`
	Regressions int      `json:"regressions"` // how many of them
	// OnlyOld and OnlyNew name the strategies that only one run has.
	OnlyOld []string `json:"only_old"`
	OnlyNew []string `json:"only_new"`
	// OldReport and NewReport are what was compared, for the charts; they are
	// no part of the JSON.
	OldReport *Document `json:"-"`
	NewReport *Document `json:"-"`
}

// ComparedRun names a run.
type ComparedRun struct {
	Path     string `json:"path"`
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	Clock    string `json:"clock"`
	Version  string `json:"version"`
}

// The verdicts on a [Change].
const (
	Same      = "same" // no request differs
	Better    = "better"
	Worse     = "worse"
	Unclear   = "unclear" // what differs may be chance
	NotTested = "not_tested"
)

// Change is one metric of one strategy in both runs.
type Change struct {
	Strategy string         `json:"strategy"`
	Metric   string         `json:"metric"` // success | p50 | p95 | p99 | cost | attempts
	Unit     string         `json:"unit"`   // ms | ratio | usd | count
	Old      stats.Estimate `json:"old"`
	New      stats.Estimate `json:"new"`
	// Delta is new minus old; cost and attempts are per request.
	Delta Delta `json:"delta"`
	// Verdict is better or worse if the difference is significant, else unclear;
	// same if there is none in any resample, not_tested if it could not be tested.
	// A percentile that has come to lie among the failures, or has left them, is
	// worse or better if success is.
	Verdict string `json:"verdict"`
	// Tolerance is the change for the worse that is put up with: in points for
	// a ratio, relative to the old value for all others.
	Tolerance float64 `json:"tolerance"`
	// Regression is set if the change is significant, for the worse and beyond
	// the tolerance.
	Regression bool `json:"regression"`
}
