package record

import (
	"time"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
)

// duration returns microseconds as a duration.
func duration(micros uint32) time.Duration { return time.Duration(micros) * time.Microsecond }

// model counts what one model did.
type model struct {
	attempts, won int
	errors        [kinds]int
	latency       *stats.Histogram // nil until it first answers
	cost          Range
	tokens        modelTokens
}

func (m *model) add(a *Attempt, cost Range) {
	if a.State != StateRejected {
		m.attempts++
	}
	m.cost.add(cost)
	m.tokens.add(a)
	switch {
	case a.answered():
		m.record(a.End - a.Start)
		if a.State == StateWon {
			m.won++
		}
	case a.State != StateLost || a.Kind == llm.Timeout:
		m.errors[a.Kind%kinds]++
	}
}

func (m *model) record(took time.Duration) {
	if m.latency == nil {
		m.latency = stats.NewHistogram()
	}
	m.latency.Record(took)
}

// Model is what one model did for a strategy. Errors counts its failed attempts
// by kind, and as timeouts those that ran when the request's time was up; Latency is of its own successful attempts, from when they started.
type Model struct {
	Name     string
	Attempts int
	Won      int
	Errors   map[string]int
	Latency  Latency
	CostUSD  float64
	Tokens   ModelTokens
}

// Models returns what each model did, in the order of [Config.Models].
func (r *Recorder) Models() []Model {
	models := make([]Model, len(r.models))
	for i := range r.models {
		m := &r.models[i]
		latency := m.latency
		if latency == nil {
			latency = stats.NewHistogram()
		}
		models[i] = Model{
			Name: r.cfg.Models[i].Name, Attempts: m.attempts, Won: m.won, Errors: byName(&m.errors),
			Latency: histogramLatency(latency), CostUSD: m.cost.Value, Tokens: m.tokens.describe(),
		}
	}
	return models
}
