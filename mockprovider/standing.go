package mockprovider

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
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

func newStanding(window fault.Window, since time.Duration) *standing {
	s := &standing{
		window: window.Fresh(), word: draw.Hash(window.Label()), since: since, definition: window.Definition,
	}
	if _, ok := window.Fault.(fault.Fresher); ok && !window.Together {
		s.own = make(map[string]*fault.Window)
	}
	return s
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
