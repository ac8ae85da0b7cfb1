package record

import (
	"math"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Resamples is how many resamples are usual.
const Resamples = 1000

// Replicates are the figures of several strategies under the same resamples of
// the requests all of them have served: element r of every vector belongs to
// resample r. So the interval of any expression of any of the figures is that
// of its values per resample; see [Replicates.Interval].
//
// Figures are computed when first asked for, from the recorders' own rows, so
// nothing may be added to the recorders any more. One goroutine may use it at a
// time.
type Replicates struct {
	block      []int32 // per common request
	phaseOf    []int   // per block
	blocks     *stats.Blocks
	weights    [][]int32 // per resample
	strategies []*paired
}

// paired are the rows of one strategy for the common requests.
type paired struct {
	rows    []row
	ranked  map[string]*stats.Ranked
	vectors map[string]figure
}

type figure struct {
	point  float64
	vector []float64
}

// NewReplicates pairs the recorders of one run over the requests that all of
// them have, in blocks within the phases of the run's faults. A recorder without
// any request, of a strategy that an interrupted run did not come to, takes no
// part: its figures have no value.
func NewReplicates(recorders []*Recorder, resamples int, key draw.Key) *Replicates {
	p := &Replicates{}
	active := withRequests(recorders)
	from, to := common(active)
	missing := gaps(active, from, to)
	for _, r := range recorders {
		s := &paired{ranked: map[string]*stats.Ranked{}, vectors: map[string]figure{}}
		if r.Requests() > 0 {
			s.rows = r.without(missing, from, to)
		}
		p.strategies = append(p.strategies, s)
	}
	if len(active) > 0 {
		p.split(active[0].without(missing, from, to), &active[0].cfg)
	}
	p.resample(resamples, key)
	return p
}

func withRequests(recorders []*Recorder) (active []*Recorder) {
	for _, r := range recorders {
		if r.Requests() > 0 {
			active = append(active, r)
		}
	}
	return active
}

// gaps returns the IDs in a range that some recorder has no request of.
func gaps(recorders []*Recorder, from, to uint64) map[uint64]bool {
	gaps := map[uint64]bool{}
	for id := from; id < to; id++ {
		if !haveAll(recorders, id) {
			gaps[id] = true
		}
	}
	return gaps
}

// without returns the rows from one ID until before another but for gaps. It
// copies only if there are any.
func (r *Recorder) without(gaps map[uint64]bool, from, to uint64) []row {
	if from >= to {
		return nil
	}
	rows := r.rows[from-r.cfg.First : to-r.cfg.First]
	if len(gaps) == 0 {
		return rows
	}
	kept := make([]row, 0, len(rows)-len(gaps))
	for i := range rows {
		if !gaps[from+uint64(i)] {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// common returns the range of IDs outside which some recorder has none.
func common(recorders []*Recorder) (from, to uint64) {
	if len(recorders) == 0 {
		return 0, 0
	}
	to = math.MaxUint64
	for _, r := range recorders {
		from = max(from, r.cfg.First)
		to = min(to, r.cfg.First+uint64(len(r.rows)))
	}
	return from, to
}

func haveAll(recorders []*Recorder, id uint64) bool {
	for _, r := range recorders {
		if !r.rows[id-r.cfg.First].is(present) {
			return false
		}
	}
	return true
}

// split puts the paired requests, whose due times any strategy's rows tell, into
// blocks. Where strategies took turns, the requests of one turn met the weather of
// one time and those of another strategy that of another: only whole turns are
// independent of each other.
func (p *Replicates) split(rows []row, cfg *Config) {
	due := make([]time.Duration, len(rows))
	of := make([]int, len(rows))
	phase := newPhases(cfg.Faults)
	for i := range rows {
		due[i] = rows[i].dueAt()
		of[i] = phase.at(due[i])
	}
	if cfg.Turn > 0 {
		p.block, p.phaseOf = stats.SplitEvery(due, cfg.Turn)
		return
	}
	p.block, p.phaseOf = stats.Split(due, of)
}

func (p *Replicates) resample(resamples int, key draw.Key) {
	p.blocks = stats.NewBlocks(p.phaseOf, resamples, key)
	p.weights = make([][]int32, resamples)
	for r := range p.weights {
		p.weights[r] = make([]int32, p.blocks.Len())
		p.blocks.Weights(r, p.weights[r])
	}
}

// Requests returns the number of requests that are paired.
func (p *Replicates) Requests() int { return len(p.block) }

// Blocks returns the number of blocks the requests are resampled in.
func (p *Replicates) Blocks() int { return p.blocks.Len() }

// Interval returns value with the interval that its replicates, one per
// resample, give it; see [stats.Blocks.Interval].
func (p *Replicates) Interval(value float64, replicates []float64) stats.Estimate {
	return p.blocks.Interval(value, replicates)
}

// PValue returns how surprising a difference of value would be if there were
// none; see [stats.Blocks.PValue].
func (p *Replicates) PValue(value float64, replicates []float64) float64 {
	return p.blocks.PValue(value, replicates)
}

// Vector returns a metric of the strategy with the given number under every
// resample, and its point over the paired requests themselves. It must not be
// changed. Metrics are p50, p90, p95, p99, p99_9 and mean in milliseconds, the
// same after "ok_" (of successes) and "first_token_", and success, accuracy,
// cost, cost_low, cost_high and attempts, the latter four per request. A
// percentile among failures is +Inf; what has no value is NaN. Ok is false for
// a metric of another name.
func (p *Replicates) Vector(strategy int, metric string) (point float64, vector []float64, ok bool) {
	s := p.strategies[strategy]
	if f, done := s.vectors[metric]; done {
		return f.point, f.vector, true
	}
	under := p.metric(s, metric)
	if under == nil {
		return math.NaN(), nil, false
	}
	f := figure{point: under(ones(p.blocks.Len())), vector: make([]float64, len(p.weights))}
	for r, w := range p.weights {
		f.vector[r] = under(w)
	}
	s.vectors[metric] = f
	return f.point, f.vector, true
}

func ones(n int) []int32 {
	w := make([]int32, n)
	for i := range w {
		w[i] = 1
	}
	return w
}
