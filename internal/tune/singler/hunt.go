package singler

import "slices"

// hunt is a search for the best policy.
type hunt struct {
	*Samples
	budget, need float64

	t      uint32   // the best quantile so far
	before int      // requests done before t without a hedge
	tail   []uint32 // how long the backup takes for the others, sorted
	delay  uint32
	q      float64
}

// set takes a quantile for the best so far.
func (h *hunt) set(t uint32) {
	h.t, h.before = t, 0
	if t > 0 {
		h.before = h.within(t - 1)
	}
	h.tail = append(h.tail[:0], h.backup[h.before:]...)
	slices.Sort(h.tail)
}

// try takes a delay, by which so many primaries have ended, if it is better than
// the best so far.
func (h *hunt) try(d uint32, ended int) {
	if d >= h.t {
		return
	}
	rescued, _ := slices.BinarySearch(h.tail, h.t-d)
	h.improve(d, ended, rescued)
}

// improve takes a delay that rescues so many requests before t, if these are
// enough.
func (h *hunt) improve(d uint32, ended, rescued int) bool {
	q := h.chance(ended, h.budget)
	if q <= 0 || !enough(h.before, q, rescued, h.need) {
		return false
	}
	h.delay, h.q = d, q
	h.set(h.quantile(d, q, h.need, h.t-1))
	return true
}

// sweep tries all delays in order of time. Later ones leave the backup less time,
// so a pointer into the tail follows.
func (h *hunt) sweep() {
	rescued := len(h.tail)
	for i := 0; i < len(h.busy); {
		d := h.busy[i]
		for i < len(h.busy) && h.busy[i] == d {
			i++
		}
		if d >= h.t {
			return
		}
		for rescued > 0 && h.tail[rescued-1] >= h.t-d {
			rescued--
		}
		if h.improve(d, i, rescued) {
			rescued = len(h.tail)
		}
	}
}
