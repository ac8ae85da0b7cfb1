package mockprovider

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// Weather is a set of faults that can be changed while it is in use. Models
// that are given one ([Config].Weather) consult it for every plan, after the
// faults that were fixed at their construction; a [Control] changes it over
// HTTP. It is safe for concurrent use, and consulting it takes no lock and does
// not allocate.
//
// A fault is known by its label, its draws are keyed by it as those of any
// other window are, and its times count from when it was put. So a fault put
// at the beginning hits the same requests as one of the same name in
// [Config].Faults.
type Weather struct {
	start   time.Time
	initial []fault.Window
	decode  FaultDecoder

	mu      sync.Mutex                  // for those who change it
	now     atomic.Pointer[[]*standing] // never changed in place
	changed []func()                    // to be called after a change; guarded by mu
}

// FaultDecoder reads the definition of a fault, and says what is wrong with it.
// The window's label is its name.
type FaultDecoder func(definition []byte) (fault.Window, error)

var _ FaultSet = (*Weather)(nil)

// maxStanding bounds the faults of a [Weather].
const maxStanding = 1000

// The errors of [Weather.PutFault], besides those of its decoder.
var (
	// ErrFaultExists says that there is a fault of the name already.
	ErrFaultExists = errors.New("there is a fault of this name already: replace it, or give another name")
	// ErrTooManyFaults says that no more faults can be put.
	ErrTooManyFaults = fmt.Errorf("there are %d faults already: remove some", maxStanding)
)

// standing is a fault that is in force, or waits for its time.
type standing struct {
	window       fault.Window
	word         uint64 // keys the draws
	since, until time.Duration
	definition   json.RawMessage

	mu  sync.RWMutex
	own map[string]*fault.Window // by model; nil when models share the window
}

// NewWeather returns weather that begins at start with the given windows, whose
// labels must differ and which a reset puts back. What is put later is read by
// decode.
func NewWeather(start time.Time, initial []fault.Window, decode FaultDecoder) *Weather {
	w := &Weather{start: start, initial: initial, decode: decode}
	w.set(w.fresh(0))
	return w
}

// Start returns when the weather began.
func (w *Weather) Start() time.Time { return w.start }

// fresh returns the initial faults with their state as at the beginning.
func (w *Weather) fresh(since time.Duration) []*standing {
	all := make([]*standing, len(w.initial))
	for i, window := range w.initial {
		all[i] = newStanding(window, since)
	}
	return all
}

func newStanding(window fault.Window, since time.Duration) *standing {
	s := &standing{
		window: window.Fresh(), word: draw.Hash(window.Label()), since: since, definition: window.Definition,
	}
	if _, ok := window.Fault.(fault.Fresher); ok && !window.Together {
		s.own = make(map[string]*fault.Window)
	}
	return s
}

// Apply changes the plan of an attempt at the named model as the faults of the
// moment say. The instant's keys are without the fault in them, and its time is
// that since the start.
func (w *Weather) Apply(p *fault.Plan, model string, in fault.Instant) {
	now := w.now.Load()
	if now == nil {
		return
	}
	at := in.At
	for _, s := range *now {
		if s.gone(at) || !s.window.Hits(model) {
			continue
		}
		in.At = at - s.since
		s.forModel(model).Apply(p, in.For(s.word))
	}
}

// tighten returns the capacity of the named model at the given time since the
// start: c, which limits it or does not, or a smaller one of the moment.
func (w *Weather) tighten(model string, at time.Duration, c fault.Capacity, limited bool) (fault.Capacity, bool) {
	for _, own := range w.capacities(model, at) {
		c, limited = own.Tighter(c, limited)
	}
	return c, limited
}

// capacities ranges over the windows that limit the named model at the given time
// since the start.
func (w *Weather) capacities(model string, at time.Duration) iter.Seq2[*fault.Window, fault.Capacity] {
	return func(yield func(*fault.Window, fault.Capacity) bool) {
		now := w.now.Load()
		if now == nil {
			return
		}
		for _, s := range *now {
			if s.gone(at) || !s.window.Hits(model) {
				continue
			}
			if c, on := s.window.Capacity(at - s.since); on && !yield(&s.window, c) {
				return
			}
		}
	}
}

func (s *standing) gone(at time.Duration) bool { return s.until > 0 && at >= s.until }

// forModel returns the window with the state that belongs to the model.
func (s *standing) forModel(model string) *fault.Window {
	if s.own == nil {
		return &s.window
	}
	s.mu.RLock()
	own := s.own[model]
	s.mu.RUnlock()
	if own != nil {
		return own
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own[model] == nil {
		fresh := s.window.Fresh()
		s.own[model] = &fresh
	}
	return s.own[model]
}

// Faults implements [FaultSet].
func (w *Weather) Faults() []StandingFault {
	at := time.Since(w.start)
	all := []StandingFault{}
	for _, s := range w.standing(at) {
		all = append(all, s.show(at))
	}
	return all
}

// standing returns the faults that are not gone, in a slice of their own.
func (w *Weather) standing(at time.Duration) []*standing {
	now := w.now.Load()
	if now == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(*now), func(s *standing) bool { return s.gone(at) })
}

// PutFault implements [FaultSet].
func (w *Weather) PutFault(name string, definition []byte, ttl time.Duration) (StandingFault, error) {
	window, err := w.decode(definition)
	if err != nil {
		return StandingFault{}, err
	}
	replace := name != ""
	if replace {
		window.Name = name
	}
	at := time.Since(w.start)
	s := newStanding(window, at)
	s.definition = slices.Clone(definition)
	if ttl > 0 {
		s.until = at + ttl
	}
	if err := w.put(s, at, replace); err != nil {
		return StandingFault{}, err
	}
	return s.show(at), nil
}

// put adds a fault, or replaces the one of the same name in its place.
func (w *Weather) put(s *standing, at time.Duration, replace bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.standing(at)
	i := slices.IndexFunc(all, func(t *standing) bool { return t.window.Label() == s.window.Label() })
	switch {
	case i >= 0 && !replace:
		return ErrFaultExists
	case i >= 0:
		all[i] = s
	case len(all) >= maxStanding:
		return ErrTooManyFaults
	default:
		all = append(all, s)
	}
	w.set(all)
	return nil
}

// RemoveFault implements [FaultSet].
func (w *Weather) RemoveFault(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.standing(time.Since(w.start))
	rest := slices.DeleteFunc(slices.Clone(all), func(s *standing) bool { return s.window.Label() == name })
	w.set(rest)
	return len(rest) < len(all)
}

// Reset implements [FaultSet]: the weather is as at its beginning, and that is
// now.
func (w *Weather) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set(w.fresh(time.Since(w.start)))
}

// set makes all the faults there are; nil stands for none, so that it costs
// nothing.
func (w *Weather) set(all []*standing) {
	now := &all
	if len(all) == 0 {
		now = nil
	}
	w.now.Store(now)
	for _, tell := range w.changed {
		tell()
	}
}

// watch makes the weather tell of every change. Tell must not change it.
func (w *Weather) watch(tell func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed = append(w.changed, tell)
}

// show returns what can be said about a fault at the given time.
func (s *standing) show(at time.Duration) StandingFault {
	_, on := s.window.Strength(at - s.since)
	f := StandingFault{
		Name: s.window.Label(), Kind: s.window.Kind, On: s.window.On, Active: on, Definition: s.definition,
		From: s.window.From.Seconds(), Age: (at - s.since).Seconds(),
	}
	if s.window.To > 0 {
		to := s.window.To.Seconds()
		f.To = &to
	}
	if s.until > 0 {
		left := (s.until - at).Seconds()
		f.TTL = &left
	}
	return f
}
