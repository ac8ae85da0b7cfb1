package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// probeWait is how long a model may take to answer the probe.
const probeWait = time.Minute

// ProbeError is a real model that cannot be used, as it showed when it was asked
// before the load.
type ProbeError struct {
	// Model is its name in the scenario, Upstream what it is asked as and where.
	Model, Upstream string
	Err             *llm.Error
}

// Error tells what the provider said.
func (e *ProbeError) Error() string {
	return fmt.Sprintf("model %s (%s) cannot be used: %v", e.Model, e.Upstream, e.Err)
}

// Unwrap returns the failure.
func (e *ProbeError) Unwrap() error { return e.Err }

// probe asks every model once. A wrong key, a wrong name or a wrong address stops
// the run before it costs anything; a provider that is busy does not, for that is
// what a run may be about.
func (v *live) probe(ctx context.Context) error {
	for _, m := range v.models {
		if ctx.Err() != nil { // given up: the report says so
			break
		}
		failure := m.probe(ctx)
		switch {
		case failure == nil || failure.Kind == llm.Canceled:
		case v.spending().Stopped:
			return fmt.Errorf("%w: a call to %s may cost more than the limit of $%v", ErrOptions, m.Name(), v.till.limit)
		case busy(failure.Kind):
			v.doubts = append(v.doubts, fmt.Sprintf("%s was asked once before the load and failed: %v", m.Name(), failure))
		default:
			return &ProbeError{Model: m.Name(), Upstream: upstream(m.info), Err: failure}
		}
	}
	return nil
}

func (m *metered) probe(ctx context.Context) *llm.Error {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	_, err := m.Call(ctx, llm.Call{Request: &llm.Request{Prompt: "Reply with the word OK.", MaxTokens: 16}})
	return llm.AsError(err)
}

func busy(k llm.Kind) bool {
	switch k {
	case llm.RateLimited, llm.Overloaded, llm.ServerError, llm.Timeout:
		return true
	default:
		return false
	}
}
