package fault

import "time"

// Limits is the state of the rate limits that an attempt has met, after it was
// admitted or turned away. Vendors tell it in the header of a response.
type Limits struct{ Requests, Tokens Limit }

// Limit is the state of one rate limit; the zero Limit is none.
type Limit struct {
	// Max is how much there is at most.
	Max int
	// Remaining is how much is left.
	Remaining int
	// Reset is the time until all of it is there again.
	Reset time.Duration
}

// meet takes in the state of one more limit, if it is one. Of several the one
// with the least left is told.
func (l *Limit) meet(o Limit) {
	if o.Max > 0 && (l.Max == 0 || o.Remaining < l.Remaining) {
		*l = o
	}
}
