package engine

import (
	"sync"

	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/strategies"
)

// ledger knows what the mock has produced for attempts on the real clock. A
// client that leaves early sees only what had arrived; a provider bills what it
// had produced. The mock's own plan says both, as on the virtual clock.
type ledger struct {
	mu    sync.Mutex
	taken map[call]mockprovider.Taken // guarded by mu
}

// call names one call to a model.
type call struct {
	model   string
	request uint64
	ordinal int
}

// open takes down an attempt that the mock has taken on.
func (l *ledger) open(t mockprovider.Taken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken[call{t.Model, t.Request, t.Ordinal}] = t
}

// bill writes into a finished outcome what its attempts have used, and closes
// their entries.
func (l *ledger) bill(o *strategies.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range o.Attempts {
		a := &o.Attempts[i]
		name := call{a.Target, o.Request.ID, a.Ordinal}
		t, ok := l.taken[name]
		if !ok || !a.Leaf {
			continue
		}
		delete(l.taken, name)
		a.Usage = t.Plan.Billed(o.Began.Add(a.End).Sub(t.At))
		a.Whole = a.Usage.Output
		if t.Plan.Accepted() {
			a.Whole = t.Plan.Tokens
		}
	}
}
