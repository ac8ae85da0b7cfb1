package strategies

import (
	"math"
	"slices"
	"sync"
)

// LearnedWeights learns the weights of a [Consensus] from requests whose right
// answer is known ([llm.Request].Want). For the first so many of them all votes
// weigh the same, and the panel waits for every vote; a target that was right r
// times of n then weighs
//
//	w = max(0, log(p / (1 - p))),  p = (r + 1) / (n + 2),
//
// the log-odds of its accuracy by Laplace's rule of succession, which is
// finite even for a target that was never wrong. One that is no more often
// right than wrong weighs nothing; if that is all of them, all weigh 1. From
// then on the weights stay as they are, and right answers are not looked at.
//
// One value belongs to one Consensus. It is safe for concurrent use.
type LearnedWeights struct {
	warmup int

	mu      sync.Mutex
	seen    int       // guarded by mu; requests learned from
	right   []int     // guarded by mu; by target
	voted   []int     // guarded by mu; by target
	weights []float64 // guarded by mu; nil while learning, then constant
}

// defaultWarmup is how many requests are learned from unless said otherwise.
// It bounds the error of a share to 0.07 (95 %).
const defaultWarmup = 200

// NewLearnedWeights returns weights that are learned from the first warmup
// requests with a known answer; 0 means 200.
func NewLearnedWeights(warmup int) *LearnedWeights {
	return &LearnedWeights{warmup: orDefault(warmup, defaultWarmup)}
}

// Weights returns the weights by target, or nil while they are being learned.
// They must not be changed.
func (l *LearnedWeights) Weights() []float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.weights
}

// learn takes in the votes of one request, "" for those who did not vote.
func (l *LearnedWeights) learn(votes []string, right func(vote string) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.weights != nil { // it began before the end of the warm-up
		return
	}
	if l.right == nil {
		l.right, l.voted = make([]int, len(votes)), make([]int, len(votes))
	}
	for i, v := range votes {
		if v == "" {
			continue
		}
		l.voted[i]++
		if right(v) {
			l.right[i]++
		}
	}
	if l.seen++; l.seen >= l.warmup {
		l.weights = logOdds(l.right, l.voted)
	}
}

// logOdds returns the weights that follow from the counts.
func logOdds(right, voted []int) []float64 {
	weights := make([]float64, len(right))
	for i := range weights {
		weights[i] = max(0, math.Log(float64(right[i]+1)/float64(voted[i]-right[i]+1)))
	}
	if slices.Max(weights) == 0 {
		for i := range weights {
			weights[i] = 1
		}
	}
	return weights
}
