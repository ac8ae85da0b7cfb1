package fault

import "time"

// Limits is the state of the rate limits that an attempt has met, after it was
// admitted or turned away. Vendors tell it in the header of a response.
type Limits struct{ Requests, Tokens Limit }

// Limit is the state of one rate limit; the zero Limit is none.
type Limit struct {
	// Max is how much a full bucket holds.
	Max int
	// Remaining is how much is in the bucket.
	Remaining int
	// Reset is the time until the bucket is full again.
	Reset time.Duration
}

// meet takes in the state of one more limit. Of several the one with the least
// left is told.
func (l *Limit) meet(b *bucket) {
	if b.rate == 0 || l.Max > 0 && int64(l.Remaining) <= b.level {
		return
	}
	*l = Limit{Max: int(b.size), Remaining: int(b.level), Reset: b.wait(b.size)}
}
