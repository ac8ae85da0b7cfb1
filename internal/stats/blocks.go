package stats

import (
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Sizes of blocks. A phase of m blocks understates variances by 1/m, so even a
// short one gets a few.
const (
	blockWidth    = 5 * time.Second
	fewestBlocks  = 20
	mostBlocks    = 2000
	fewestInPhase = 8
)

// Split cuts requests into blocks of consecutive ones for [Blocks]: about 5 s
// of due time each, shorter in short runs so that there are at least 20 blocks
// and at least 8 in every stretch of one phase, longer in long runs so that
// there are about 2000 at most. Due times must not decrease, and phase gives
// each request's phase; a block never spans two. It returns the block of every
// request and the phase of every block; no block is empty.
func Split(due []time.Duration, phase []int) (block []int32, phases []int) {
	if len(due) == 0 {
		return nil, nil
	}
	width := blockWidthFor(due[len(due)-1] - due[0])
	block = make([]int32, 0, len(due))
	for from := 0; from < len(due); {
		to := from
		for to < len(due) && phase[to] == phase[from] {
			to++
		}
		blocks := cut(due[from:to], width, &block, int32(len(phases)))
		for range blocks {
			phases = append(phases, phase[from])
		}
		from = to
	}
	return block, phases
}

// SplitEvery cuts requests into blocks by time: those that are due from a multiple
// of width until the next are one. It returns what [Split] does, all in one phase.
func SplitEvery(due []time.Duration, width time.Duration) (block []int32, phases []int) {
	last := time.Duration(-1)
	for _, d := range due {
		if slot := d / width; slot != last {
			last = slot
			phases = append(phases, 0)
		}
		block = append(block, int32(len(phases))-1)
	}
	return block, phases
}

func blockWidthFor(span time.Duration) time.Duration {
	return max(1, min(max(blockWidth, span/mostBlocks+1), span/fewestBlocks))
}

// cut appends the blocks, numbered from first, of one stretch of requests and
// returns how many there are. Slots of equal time become blocks unless empty.
func cut(due []time.Duration, width time.Duration, block *[]int32, first int32) (blocks int) {
	span := due[len(due)-1] - due[0] + 1
	width = max(1, min(width, span/fewestInPhase))
	if span < fewestBlocks { // all at once: cut by number, not by time
		return cutEvenly(len(due), block, first)
	}
	last := time.Duration(-1)
	for _, d := range due {
		if slot := (d - due[0]) / width; slot != last {
			last = slot
			blocks++
		}
		*block = append(*block, first+int32(blocks)-1)
	}
	return blocks
}

func cutEvenly(n int, block *[]int32, first int32) (blocks int) {
	blocks = min(n, fewestBlocks)
	for i := range n {
		*block = append(*block, first+int32(i*blocks/n))
	}
	return blocks
}

// Blocks is a plan for resampling blocks of requests with replacement within
// each phase (calm, a fault, its aftermath), so that every resample has as many
// blocks of each as the run had. It is immutable and safe for concurrent use.
type Blocks struct {
	strata    [][]int32 // the blocks of each phase
	count     int
	resamples int
	key       draw.Key
}

// NewBlocks returns the plan for blocks with the given phases. What resample r
// holds depends on key, the phases and r only.
func NewBlocks(phases []int, resamples int, key draw.Key) *Blocks {
	b := &Blocks{count: len(phases), resamples: resamples, key: key}
	stratum := map[int]int{}
	for i, p := range phases {
		s, seen := stratum[p]
		if !seen {
			s = len(b.strata)
			stratum[p] = s
			b.strata = append(b.strata, nil)
		}
		b.strata[s] = append(b.strata[s], int32(i))
	}
	return b
}

// Len returns the number of blocks.
func (b *Blocks) Len() int { return b.count }

// Resamples returns the number of resamples.
func (b *Blocks) Resamples() int { return b.resamples }

// Weights sets dst[i] to how often resample r, counted from 0, holds block i.
// dst must have length Len.
func (b *Blocks) Weights(r int, dst []int32) {
	clear(dst)
	key := b.key.Word(uint64(r))
	for s, blocks := range b.strata {
		within := key.Word(uint64(s))
		for j := range blocks {
			dst[blocks[within.Word(uint64(j)).IntN(len(blocks))]]++
		}
	}
}
