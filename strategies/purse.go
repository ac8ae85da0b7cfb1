package strategies

import (
	"math"
	"sync"

	"github.com/tailgate-bench/tailgate/llm"
)

// Purse holds what may be spent, in US dollars. A call reserves what it may cost
// at most before it is made and settles for what it did cost, so however many
// calls run at once, what is spent and what is reserved never exceed the limit
// together. Amounts are kept to the billionth of a dollar, so that nothing is
// lost in sums. A nil Purse has no bottom. A Purse is safe for concurrent use.
type Purse struct {
	limit nanos

	mu       sync.Mutex
	spent    nanos // guarded by mu
	reserved nanos // guarded by mu; by calls under way
}

// nanos is an amount in billionths of a US dollar.
type nanos int64

// inNanos rounds an amount in US dollars up, within what can be counted.
func inNanos(usd float64) nanos {
	n := math.Ceil(usd*1e9 - 1e-6) // what is a whole number but for rounding stays one
	return nanos(min(max(n, 0), math.MaxInt64/4))
}

// NewPurse returns a purse with so many US dollars.
func NewPurse(usd float64) *Purse { return &Purse{limit: inNanos(usd)} }

// Spent returns how many US dollars have been spent, calls under way not
// included.
func (p *Purse) Spent() float64 {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(p.spent) / 1e9
}

// Reserve sets so many US dollars aside for a call that is to be made, or returns
// false if there are not as many. What was set aside must be settled.
func (p *Purse) Reserve(usd float64) bool { return p.reserve(inNanos(usd)) }

// Settle spends part of what Reserve has set aside, gives back the rest, and takes
// what a call cost beyond.
func (p *Purse) Settle(reserved, spent float64) { p.settle(inNanos(reserved), inNanos(spent)) }

// reserve sets an amount aside, if there is as much.
func (p *Purse) reserve(amount nanos) bool {
	if p == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spent+p.reserved+amount > p.limit {
		return false
	}
	p.reserved += amount
	return true
}

// settle spends part of an amount that was set aside and gives back the rest.
func (p *Purse) settle(reserved, spent nanos) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reserved -= reserved
	p.spent += spent
}

// The failures of calls that were not made because of their cost.
var (
	ErrSpendLimit        = &llm.Error{Kind: llm.Rejected, Message: "the spend limit of the run is reached"}
	ErrRequestSpendLimit = &llm.Error{Kind: llm.Rejected, Message: "the spend limit of the request is reached"}
)
