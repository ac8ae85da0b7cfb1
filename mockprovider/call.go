package mockprovider

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Call implements [llm.Model]: it plans the call and carries the plan out in
// process, on the real clock or on the fake one of testing/synctest.
func (m *Model) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	var p fault.Plan
	leave, err := m.take(ctx, &p, c.Request, c.Ordinal, fault.Instant{})
	if err != nil {
		return llm.Answer{Model: m.Name()}, abandoned(err)
	}
	defer leave()
	w := waiting{began: time.Now()}
	defer w.stop()
	if at, ok := p.Speaks(); ok {
		if err := w.until(ctx, at); err != nil {
			return m.partial(&p, &w, err)
		}
		if c.FirstToken != nil {
			c.FirstToken()
		}
	}
	if err := w.out(ctx, &p); err != nil {
		return m.partial(&p, &w, err)
	}
	ans, failure := p.Result(m.Name())
	if failure != nil {
		return ans, failure
	}
	return ans, nil
}

// partial returns what there is when the caller leaves before the end.
func (m *Model) partial(p *fault.Plan, w *waiting, err error) (llm.Answer, error) {
	return llm.Answer{Model: m.Name(), Usage: p.Billed(w.elapsed())}, abandoned(err)
}

// abandoned returns the failure of a call whose context ended with err.
func abandoned(err error) *llm.Error {
	kind := llm.Canceled
	if errors.Is(err, context.DeadlineExceeded) {
		kind = llm.Timeout
	}
	return &llm.Error{Kind: kind, Message: "the caller left", Cause: err}
}

// take plans an attempt, of which in has the account and who takes down what it
// meets, and waits until the model takes it on. The plan then begins; leave must
// be called at its end. An error is that of ctx.
func (m *Model) take(ctx context.Context, p *fault.Plan, r *llm.Request, ordinal int, in fault.Instant) (leave func(), err error) {
	in.At = time.Since(m.start)
	m.planFor(p, r, ordinal, in)
	m.load.begin()
	if m.gate == nil || !p.Accepted() {
		return m.load.end, nil
	}
	admitted, err := m.gate.enter(ctx)
	switch {
	case err != nil:
		m.load.end()
		return nil, err
	case !admitted:
		m.gate.turnAway(p, in.Met)
		return m.load.end, nil
	}
	return func() {
		m.gate.leave()
		m.load.end()
	}, nil
}

// Load is how much a model is being asked.
type Load struct {
	Attempts uint64 // so far
	InFlight int64  // now, those waiting included
}

// Load returns how much the model has been asked by Call and [Server].
func (m *Model) Load() Load {
	return Load{Attempts: m.load.attempts.Load(), InFlight: m.load.inFlight.Load()}
}

type counters struct {
	attempts atomic.Uint64
	inFlight atomic.Int64
}

func (c *counters) begin() { c.attempts.Add(1); c.inFlight.Add(1) }
func (c *counters) end()   { c.inFlight.Add(-1) }

// gate is a station for goroutines.
type gate struct {
	model    string
	start    time.Time
	fixed    []fault.Window
	changing *Weather // nil: none
	mu       sync.Mutex
	station  *fault.Station // guarded by mu
}

// newGate returns the gate of a model with the given faults and changing
// weather, nil when nothing can ever limit it. Its times count from start.
func newGate(model string, faults []weather, changing *Weather, start time.Time) *gate {
	g := &gate{model: model, start: start, fixed: make([]fault.Window, len(faults)), changing: changing}
	for i := range faults {
		g.fixed[i] = faults[i].window
	}
	places := fault.PlacesOf(g.fixed)
	switch {
	case changing == nil && places == nil:
		return nil
	case changing == nil:
		g.station = fault.NewStation(places)
		return g
	}
	g.station = fault.NewStation(func(at time.Duration) (c fault.Capacity, limited bool) {
		if places != nil {
			c, limited = places(at)
		}
		return changing.tighten(model, at, c, limited)
	})
	changing.watch(g.change)
	return g
}

// turn is closed when the one who waits for it is served.
type turn chan struct{}

// Serve implements [fault.Waiter].
func (t turn) Serve(time.Duration) { close(t) }

// enter waits for a place; it returns false when turned away, and an error when
// ctx ends first.
func (g *gate) enter(ctx context.Context) (admitted bool, err error) {
	t := make(turn)
	g.mu.Lock()
	how := g.station.Enter(time.Since(g.start), t)
	g.mu.Unlock()
	if how != fault.Queued {
		return how == fault.Served, nil
	}
	select {
	case <-t:
		return true, nil
	case <-ctx.Done():
		g.quit(t)
		return false, ctx.Err()
	}
}

// turnAway makes p the plan of an attempt for which there was no room, and takes
// down in met, if not nil, the window that leaves the least.
func (g *gate) turnAway(p *fault.Plan, met *[]*fault.Window) {
	at := time.Since(g.start)
	g.station.TurnAway(p, at)
	if w := g.tightest(at); met != nil && w != nil {
		*met = append(*met, w)
	}
}

// tightest returns the window that leaves the fewest places, nil for none.
func (g *gate) tightest(at time.Duration) (least *fault.Window) {
	var places int
	for i := range g.fixed {
		if c, on := g.fixed[i].Capacity(at); on && (least == nil || c.Concurrency < places) {
			least, places = &g.fixed[i], c.Concurrency
		}
	}
	if g.changing == nil {
		return least
	}
	for w, c := range g.changing.capacities(g.model, at) {
		if least == nil || c.Concurrency < places {
			least, places = w, c.Concurrency
		}
	}
	return least
}

// quit gives up a turn, and the place if the turn has just come.
func (g *gate) quit(t turn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := time.Since(g.start)
	if !g.station.Quit(at, t) {
		g.station.Leave(at)
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.station.Leave(time.Since(g.start))
}

// change takes in that the weather has changed.
func (g *gate) change() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.station.Change(time.Since(g.start))
}

// waiting is one attempt's waiting, always for instants counted from its
// beginning, so that delays in waking up do not add up.
type waiting struct {
	began time.Time
	timer *time.Timer
}

func (w *waiting) elapsed() time.Duration { return time.Since(w.began) }

// until waits until d after the beginning, or for the end of the context, whose
// error it returns.
func (w *waiting) until(ctx context.Context, d time.Duration) error {
	left := d - w.elapsed()
	if left <= 0 {
		return ctx.Err()
	}
	if w.timer == nil {
		w.timer = time.NewTimer(left)
	} else {
		w.timer.Reset(left)
	}
	select {
	case <-w.timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// out waits until the plan's end, which may never come.
func (w *waiting) out(ctx context.Context, p *fault.Plan) error {
	d, ends := p.Lasts()
	if ends {
		return w.until(ctx, d)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (w *waiting) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
