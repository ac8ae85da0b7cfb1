package strategies

import "sync"

// recentRequests is over how many requests a [Budget] may save up.
const recentRequests = 100

// Budget is a rate budget: it lets a share of recent requests make an extra
// attempt, and so bounds the extra load when everything is slow at once. Each
// request earns Share; each extra attempt spends one. What is not spent is kept
// for at most 100 requests, so that a long calm does not pay for a storm. At
// any moment the extra attempts are at most Share times the requests so far.
//
// It is a token bucket fed by requests rather than by time (gRPC's retry
// throttling and Finagle's RetryBudget are alike). It limits a rate, not how
// many extra attempts run at once. A nil Budget allows everything. A Budget is
// safe for concurrent use.
type Budget struct {
	share float64

	mu    sync.Mutex
	saved float64 // guarded by mu; extra attempts allowed now
}

// NewBudget returns an empty budget for the given share of requests, such as
// 0.1 for 10 %.
func NewBudget(share float64) *Budget { return &Budget{share: share} }

// earn credits one request.
func (b *Budget) earn() {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.saved = min(b.saved+b.share, max(1, b.share*recentRequests))
	b.mu.Unlock()
}

// spend takes one extra attempt, if there is one.
func (b *Budget) spend() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// Ten times 0.1 is a little less than 1 in binary; it still buys one.
	if b.saved < 1-1e-9 {
		return false
	}
	b.saved = max(0, b.saved-1)
	return true
}
