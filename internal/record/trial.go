package record

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Arm is a side of an A/B test.
type Arm uint8

// The values of an Arm.
const (
	NoArm      Arm = iota // no part of a test
	Control               // what is in use
	Challenger            // what might replace it
)

var armNames = [...]string{"none", "control", "challenger"}

// String returns the arm's name, "control" or "challenger".
func (a Arm) String() string { return armNames[a] }

// Trial is a request's part in an A/B test.
type Trial struct {
	// Arm is the one that had to answer.
	Arm Arm
	// Key is a hash of what the assignment sticks to; 0 for the request alone.
	Key uint64
	// Known is set where a right answer is known, even if none came.
	Known bool
	// Shadow is what became of the copy the challenger got; nil if there was
	// none.
	Shadow *Shadow
}

// Shadow is the end of a copy that nobody waited for.
type Shadow struct {
	OK      bool
	End     time.Duration // from the run's start
	Correct Truth
}

// TrialConfig says how an A/B test is judged.
type TrialConfig struct {
	Metric TrialMetric
	// Minimum is by how much the challenger must be better for it to be
	// promoted, in the metric's unit; not negative.
	Minimum float64
	// Alpha is the probability of a wrong decision, however often one looks.
	Alpha float64
	// Share is the share of keys assigned to the challenger, strictly between 0
	// and 1; 0 means that it gets copies instead.
	Share float64
	// Timeout is the largest latency there can be; that of a failure.
	Timeout time.Duration
}

// TrialMetric is what an A/B test compares.
type TrialMetric string

// The metrics of A/B tests. More is better of the first two, less of the others.
const (
	TrialSuccess  TrialMetric = "success"  // requests answered, as a share
	TrialAccuracy TrialMetric = "accuracy" // requests answered rightly, of those with a known answer
	TrialLatency  TrialMetric = "latency"  // mean in ms; a failure takes as long as a caller would wait
	TrialCost     TrialMetric = "cost"     // US dollars per 1,000 requests
)

// lessIsBetter says whether the challenger is to lower the metric.
func (m TrialMetric) lessIsBetter() bool { return m == TrialLatency || m == TrialCost }

// most returns the largest value of the metric, 0 if there is no bound.
func (c *TrialConfig) most() float64 {
	switch c.Metric {
	case TrialLatency:
		return float64(c.Timeout) / float64(time.Millisecond)
	case TrialCost:
		return 0
	default:
		return 1
	}
}

// value returns what the metric is for one arm of a request; ok is false if the
// request says nothing about it.
func (c *TrialConfig) value(s *side) (value float64, ok bool) {
	switch c.Metric {
	case TrialAccuracy:
		return indicator(s.is(isRight)), s.is(isRight | isWrong)
	case TrialLatency:
		if !s.is(succeeded) {
			return c.most(), true
		}
		return float64(s.latency) / 1e3, true
	case TrialCost:
		return 1e3 * float64(s.cost), true
	default:
		return indicator(s.is(succeeded)), true
	}
}

// side is what is kept of one arm of one request.
type side struct {
	latency uint32 // µs from due
	cost    float32
	flags   flags
}

func (s *side) is(f flags) bool { return s.flags&f != 0 }

func newSide(ok bool, latency time.Duration, correct Truth, known bool) side {
	s := side{latency: micros(latency), flags: present}
	if ok {
		s.flags |= succeeded
	}
	switch {
	case !known:
	case ok && correct == Right:
		s.flags |= isRight
	default:
		s.flags |= isWrong
	}
	return s
}

// trialRow is what is kept of one request: of control and challenger.
type trialRow struct {
	sides [2]side
	key   uint64
}

// trial keeps the test's side of every request, by ID from [Config.First].
type trial struct {
	rows   []trialRow
	tokens [2]llm.Usage // by arm
	cost   [2]float64   // US dollars, by arm
}

// add records the request with the given place among the rows.
func (t *trial) add(cfg *Config, q *Request, place int) {
	if place >= len(t.rows) {
		t.rows = append(t.rows, make([]trialRow, place+1-len(t.rows))...)
	}
	row := trialRow{key: q.Trial.Key}
	answered := int(q.Trial.Arm - Control)
	row.sides[answered] = newSide(q.OK, q.Latency(), q.Correct, q.Trial.Known)
	if c := q.Trial.Shadow; c != nil {
		row.sides[1] = newSide(c.OK, c.End-q.Due, c.Correct, q.Trial.Known)
	}
	for i := range q.Attempts {
		a, arm := &q.Attempts[i], answered
		if a.Shadow {
			arm = 1
		}
		cost := cfg.attemptCost(a).Value
		row.sides[arm].cost += float32(cost)
		t.cost[arm] += cost
		t.tokens[arm].Input += a.Usage.Input
		t.tokens[arm].Output += a.Usage.Output
	}
	t.rows[place] = row
}
