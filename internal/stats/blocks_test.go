package stats_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// every returns n due times that far apart.
func every(gap time.Duration, n int) []time.Duration {
	due := make([]time.Duration, n)
	for i := range due {
		due[i] = time.Duration(i) * gap
	}
	return due
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		due         []time.Duration
		least, most int
	}{
		{"ten minutes in blocks of 5 s", every(50*time.Millisecond, 12000), 120, 120},
		{"ten seconds in shorter blocks", every(50*time.Millisecond, 200), 20, 21},
		{"a day in longer blocks", every(time.Second, 86400), 1900, 2000},
		{"all at once", make([]time.Duration, 100), 20, 20},
		{"five requests", every(time.Second, 5), 5, 5},
		{"one request", every(time.Second, 1), 1, 1},
		{"none", nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			block, phases := stats.Split(c.due, make([]int, len(c.due)))
			if len(block) != len(c.due) {
				t.Fatalf("%d requests have %d blocks", len(c.due), len(block))
			}
			if len(phases) < c.least || len(phases) > c.most {
				t.Errorf("%d blocks, want %d to %d", len(phases), c.least, c.most)
			}
			checkConsecutive(t, block, len(phases))
		})
	}
}

// checkConsecutive demands that blocks are numbered in order and none is empty.
func checkConsecutive(t *testing.T, block []int32, blocks int) {
	t.Helper()
	next := int32(0)
	for i, b := range block {
		if b == next {
			next++
		} else if b != next-1 {
			t.Fatalf("request %d is in block %d after block %d", i, b, next-1)
		}
	}
	if int(next) != blocks {
		t.Errorf("%d blocks are used of %d", next, blocks)
	}
}

func TestSplit_phases(t *testing.T) {
	t.Parallel()
	due := every(100*time.Millisecond, 6000)
	phase := make([]int, len(due))
	for i, d := range due {
		if d >= 200*time.Second && d < 204*time.Second {
			phase[i] = 1
		}
	}
	block, phases := stats.Split(due, phase)
	checkConsecutive(t, block, len(phases))
	inFault := 0
	for i, b := range block {
		if phases[b] != phase[i] {
			t.Fatalf("request %d of phase %d is in a block of phase %d", i, phase[i], phases[b])
		}
	}
	for _, p := range phases {
		inFault += p
	}
	if inFault != 9 && inFault != 8 {
		t.Errorf("a fault of 4 s has %d blocks, want at least 8", inFault)
	}
}

func TestBlocks_Weights(t *testing.T) {
	t.Parallel()
	phases := slices.Concat(make([]int, 50), slices.Repeat([]int{1}, 7), make([]int, 30), []int{2})
	b := stats.NewBlocks(phases, 400, draw.New(1))
	weights, again := make([]int32, b.Len()), make([]int32, b.Len())
	var mean [3]float64
	for r := range b.Resamples() {
		b.Weights(r, weights)
		var perPhase [3]int32
		for i, w := range weights {
			perPhase[phases[i]] += w
		}
		if perPhase != [3]int32{80, 7, 1} {
			t.Fatalf("resample %d has %v blocks of the phases, want 80, 7 and 1", r, perPhase)
		}
		mean[0] += float64(weights[0]) / 400
		mean[1] += float64(weights[53]) / 400
	}
	for _, m := range mean[:2] {
		if !near(m, 1, 0.2) {
			t.Errorf("a block is drawn %v times per resample", m)
		}
	}
	stats.NewBlocks(phases, 400, draw.New(1)).Weights(399, again)
	if !slices.Equal(weights, again) {
		t.Error("the same key gives other resamples")
	}
	stats.NewBlocks(phases, 400, draw.New(2)).Weights(399, again)
	if slices.Equal(weights, again) {
		t.Error("another key gives the same resamples")
	}
}

// Blocks of a fixed length begin at its multiples, and empty ones are left out.
func TestSplitEvery(t *testing.T) {
	t.Parallel()
	due := []time.Duration{0, 9, 10, 11, 35, 39, 40}
	block, phases := stats.SplitEvery(due, 10)
	if !slices.Equal(block, []int32{0, 0, 1, 1, 2, 2, 3}) || !slices.Equal(phases, make([]int, 4)) {
		t.Errorf("blocks %v, phases %v", block, phases)
	}
	if block, phases := stats.SplitEvery(nil, 10); len(block)+len(phases) != 0 {
		t.Errorf("nothing has blocks %v, phases %v", block, phases)
	}
}
