package main

import (
	"runtime"
	"slices"
	"syscall"
	"time"
)

// probe measures once.
type probe func() (float64, error)

// pair is what came of measuring ours and a peer in turn.
type pair struct {
	ours, peer  float64 // medians
	ratio, diff float64 // medians of ours/peer and ours-peer, round by round
}

// alternate measures ours and the peer once in each round, changing who goes
// first.
func alternate(rounds int, ours, peer probe) (pair, error) {
	var o, p, ratios, diffs []float64
	for i := range rounds {
		x, y, err := both(i%2 == 1, ours, peer)
		if err != nil {
			return pair{}, err
		}
		o, p = append(o, x), append(p, y)
		ratios, diffs = append(ratios, x/y), append(diffs, x-y)
	}
	return pair{ours: median(o), peer: median(p), ratio: median(ratios), diff: median(diffs)}, nil
}

// both measures ours and the peer, the peer first if so told.
func both(peerFirst bool, ours, peer probe) (x, y float64, err error) {
	if peerFirst {
		y, x, err = both(false, peer, ours)
		return x, y, err
	}
	if x, err = ours(); err != nil {
		return 0, 0, err
	}
	y, err = peer()
	return x, y, err
}

// repeat returns the median of several measurements.
func repeat(rounds int, p probe) (float64, error) {
	values := make([]float64, rounds)
	for i := range values {
		var err error
		if values[i], err = p(); err != nil {
			return 0, err
		}
	}
	return median(values), nil
}

// median returns the middle of values, which it sorts; of an even number, the
// mean of the two in the middle.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// allocations returns how many objects a call of f allocates, other goroutines
// that work for it included.
func allocations(n int, f func() error) (float64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		if err := f(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), nil
}

// processorTime returns the processor time this process has used.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
