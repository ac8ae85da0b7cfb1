package engine

import (
	"math"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/reports"
)

// The usual length of a turn, and the bounds of what a short load makes of it to
// have enough turns for intervals.
const (
	longTurn  = 30 * time.Second
	shortTurn = 5 * time.Second
	manyTurns = 20
)

// mostBlocks limits into how many blocks a load may be cut.
const mostBlocks = 10_000

// turnFor returns how long a turn is in a load of the given length.
func turnFor(wanted, span time.Duration) time.Duration {
	if wanted > 0 {
		return wanted
	}
	return min(longTurn, max(span/manyTurns, shortTurn))
}

// turn is a strategy's go at a stretch of the load.
type turn struct {
	lane     int
	from, to time.Duration
}

// turns returns who goes when. The load is cut into blocks; in each of them every
// strategy sends the same requests as the others, in an order drawn anew. So
// whatever the providers do in the course of the run hits all strategies alike,
// within the length of a block times the number of strategies, and none always
// comes first.
func (j *Job) turns() []turn {
	var all []turn
	key := draw.New(j.seed).Name("turns")
	for block := range j.blocks() {
		from := time.Duration(block) * j.turn
		to := from + j.turn
		if to >= j.span {
			to = math.MaxInt64 // the last request of a load may be due at its very end
		}
		for _, lane := range shuffled(len(j.strategies), key.Word(uint64(block))) { //nolint:gosec // counts from 0
			all = append(all, turn{lane: lane, from: from, to: to})
		}
	}
	return all
}

// blocks returns how many blocks the load is cut into.
func (j *Job) blocks() int { return max(1, int((j.span+j.turn-1)/j.turn)) }

// shuffled returns the numbers below n in an order that key decides, each order
// being as likely as any other (Fisher and Yates).
func shuffled(n int, key draw.Key) []int {
	order := make([]int, n)
	for i := range order {
		at := key.Word(uint64(i)).IntN(i + 1) //nolint:gosec // counts from 0
		order[i], order[at] = order[at], i
	}
	return order
}

// interleaving describes the first n turns; nil if strategies take none.
func (j *Job) interleaving(n int) *reports.Interleaving {
	if j.turn == 0 {
		return nil
	}
	out := &reports.Interleaving{TurnMS: stats.Millis(j.turn), Order: [][]string{}}
	all := j.turns()
	for i, t := range all[:min(n, len(all))] {
		if i%len(j.strategies) == 0 {
			out.Order = append(out.Order, nil)
		}
		last := &out.Order[len(out.Order)-1]
		*last = append(*last, j.strategies[t.lane].Name)
	}
	return out
}
