package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
	"github.com/tailgate-bench/tailgate/strategies"
)

// till pays for calls to real models. Each call reserves what it may cost at most
// before it is made, so that those under way can never pass the limit together.
type till struct {
	limit float64 // 0: none
	purse *strategies.Purse
	empty func() // called when a call could not be paid

	mu      sync.Mutex
	calls   int           // guarded by mu
	spent   reports.Range // guarded by mu
	stopped bool          // guarded by mu
}

func newTill(limit float64, empty func()) *till {
	bottom := limit
	if limit == 0 {
		bottom = math.Inf(1)
	}
	return &till{limit: limit, purse: strategies.NewPurse(bottom), empty: empty}
}

// reserve sets aside what a call may cost at most, or stops the run.
func (t *till) reserve(most float64) bool {
	if t.purse.Reserve(most) {
		return true
	}
	t.mu.Lock()
	t.stopped = true
	t.mu.Unlock()
	t.empty()
	return false
}

// pay pays for a call that has ended, whose cost is known to lie between two.
func (t *till) pay(most, low, high float64) {
	t.purse.Settle(most, high)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	t.spent.Low += low
	t.spent.Value += low
	t.spent.High += high
}

// metered is a real model whose answers have a limit and are paid for.
type metered struct {
	llm.Model
	info scenarios.Model
	till *till
	ends map[string]int // guarded by till.mu; calls by the limit of time they ended at
}

// Call implements [llm.Model].
func (m *metered) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	r := *c.Request
	r.MaxTokens = m.info.Remote.AnswerLimit(r.MaxTokens)
	c.Request = &r
	most := m.most(&r)
	if !m.till.reserve(most) {
		return llm.Answer{}, strategies.ErrSpendLimit
	}
	ans, err := m.Model.Call(ctx, c)
	used := m.info.Price.Cost(ans.Usage)
	high := used
	if ans.Usage.Estimated {
		high = max(used, most) // it may have gone on without us
	}
	m.till.pay(most, used, high)
	m.note(err)
	return ans, err
}

// note counts a failure that came of one of the model's timeouts. Of all failures
// a report keeps the kind alone, which does not say which of them it was.
func (m *metered) note(failure error) {
	limit, ok := errors.AsType[*remote.TimeoutError](failure)
	if !ok {
		return
	}
	m.till.mu.Lock()
	defer m.till.mu.Unlock()
	m.ends[limit.Error()]++
}

// warnings says which limits calls ended at.
func (m *metered) warnings() (all []string) {
	m.till.mu.Lock()
	defer m.till.mu.Unlock()
	for _, limit := range slices.Sorted(maps.Keys(m.ends)) {
		all = append(all, fmt.Sprintf("calls of %s that ended at a limit of its timeouts, with %q: %d", m.info.Name, limit, m.ends[limit]))
	}
	return all
}

// around is how many tokens a vendor may put around a prompt.
const around = 64

// most returns what a request may cost at most. No tokenizer makes more tokens of
// a text than it has bytes.
func (m *metered) most(r *llm.Request) float64 {
	return m.info.Price.Cost(llm.Usage{Input: len(r.System) + len(r.Prompt) + around, Output: r.MaxTokens})
}
