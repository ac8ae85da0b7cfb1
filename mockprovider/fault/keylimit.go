package fault

import (
	"sync"
	"time"
)

// KeyLimit turns attempts away with status 429 when the API key they present has
// used up its tokens, or requests, of the current window: windows follow each
// other without a gap, the first begins with the run, and each begins with
// nothing used. So a limit of tokens per minute lets twice as many pass around
// the turn of a minute, which the buckets of a [RateLimit] do not. The response
// carries the time until the next window, and either response tells what is left
// of this one to its key. An admitted attempt is charged its
// prompt and whole answer in advance; one that is larger than what is left is
// turned away, unless nothing has been used yet.
//
// The zero state is a fresh window. Use one KeyLimit, or the one that Fresh
// returns, per model and run; it is safe for concurrent use. The first thousand
// keys of a window have a count of their own, the others share one.
type KeyLimit struct {
	// Tokens and Requests are what each key may use in a window; 0 means no
	// limit.
	Tokens, Requests int
	// Period is the length of a window; 0 means a minute.
	Period time.Duration
	// After is the time until the 429 comes; 0 means [DefaultAfter].
	After time.Duration

	mu       sync.Mutex
	began    time.Duration    // guarded by mu; when the current window did
	used     map[uint64]spent // guarded by mu; by account
	failures failures         // guarded by mu
}

// spent is what a key has used of a window.
type spent struct{ tokens, requests int }

// maxAccounts bounds the keys that are counted apart.
const maxAccounts = 1000

// otherAccounts is the account of the keys beyond those.
const otherAccounts = ^uint64(0)

var _ Fresher = (*KeyLimit)(nil)

// Fresh implements [Fresher].
func (f *KeyLimit) Fresh() Fault {
	return &KeyLimit{Tokens: f.Tokens, Requests: f.Requests, Period: f.Period, After: f.After}
}

// Apply implements [Fault].
func (f *KeyLimit) Apply(p *Plan, in Instant) {
	period := f.Period
	if period <= 0 {
		period = time.Minute
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn(in.At - in.At%period)
	account, used := f.account(in.Account)
	more := spent{tokens: used.tokens + p.Input + p.Tokens, requests: used.requests + 1}
	if used.requests > 0 && f.exceeds(more) {
		fail(p, f.failures.limited(f.began+period-in.At), f.After)
	} else {
		f.used[account], used = more, more
	}
	p.Limits.Requests.meet(left(f.Requests, used.requests, f.began+period-in.At))
	p.Limits.Tokens.meet(left(f.Tokens, used.tokens, f.began+period-in.At))
}

// left returns what is left of a limit of which so much is used, until the next
// window; no limit for one of 0.
func left(limit, used int, next time.Duration) Limit {
	return Limit{Max: limit, Remaining: max(limit-used, 0), Reset: next}
}

func (f *KeyLimit) exceeds(s spent) bool {
	return f.Tokens > 0 && s.tokens > f.Tokens || f.Requests > 0 && s.requests > f.Requests
}

// turn takes in when the window of an attempt began, and begins it if the current
// one is earlier. The caller holds mu.
func (f *KeyLimit) turn(began time.Duration) {
	if f.used == nil {
		f.used = make(map[uint64]spent)
	}
	if began > f.began {
		f.began = began
		clear(f.used)
	}
}

// account returns what a key has used, and under which account it is counted.
// The caller holds mu.
func (f *KeyLimit) account(key uint64) (account uint64, used spent) {
	used, known := f.used[key]
	if !known && len(f.used) >= maxAccounts {
		return otherAccounts, f.used[otherAccounts]
	}
	return key, used
}
