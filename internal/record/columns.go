package record

import "time"

// Columns are what became of the requests of a strategy, one value per request
// in order of ID.
type Columns struct {
	// Latency counts from when the request was due until it was answered, or
	// until it failed. FirstToken counts from then too and is of no meaning
	// unless HasFirst.
	Latency    []time.Duration
	FirstToken []time.Duration
	OK         []bool
	HasFirst   []bool
	// Attempts is how many calls to models were sent.
	Attempts []int
	// CostUSD is what they cost, with cancelled ones billed as the scenario says.
	CostUSD []float64
}

// Columns returns the requests recorded. It takes some 40 bytes for each.
func (r *Recorder) Columns() Columns {
	n := len(r.rows)
	c := Columns{
		Latency: make([]time.Duration, n), FirstToken: make([]time.Duration, n), OK: make([]bool, n),
		HasFirst: make([]bool, n), Attempts: make([]int, n), CostUSD: make([]float64, n),
	}
	for i := range r.rows {
		w := &r.rows[i]
		c.Latency[i], c.FirstToken[i] = duration(w.latency), duration(w.first)
		c.OK[i], c.HasFirst[i] = w.is(succeeded), w.is(hasFirst)
		c.Attempts[i], c.CostUSD[i] = int(w.attempts), float64(w.value)
	}
	return c
}
