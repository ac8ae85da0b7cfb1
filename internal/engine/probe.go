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
	var wrong error
	for _, m := range v.models {
		if wrong != nil || ctx.Err() != nil { // given up: the report says so
			break
		}
		wrong = v.look(m, m.probe(ctx))
	}
	return wrong
}

// look says whether a model's failure to answer the probe stops the run.
func (v *live) look(m *metered, failure *llm.Error) error {
	switch {
	case failure == nil || failure.Kind == llm.Canceled:
		return nil
	case v.spending().Stopped:
		return fmt.Errorf("%w: a call to %s may cost more than the limit of $%v", ErrOptions, m.Name(), v.till.limit)
	case busy(failure.Kind):
		v.doubts = append(v.doubts, fmt.Sprintf("%s was asked once before the load and failed: %v", m.Name(), failure))
		return nil
	default:
		return &ProbeError{Model: m.Name(), Upstream: upstream(m.info), Err: failure}
	}
}

// firstQuestion is what is asked before the load.
func firstQuestion() *llm.Request {
	return &llm.Request{Prompt: "Reply with the word OK.", MaxTokens: 16}
}

func (m *metered) probe(ctx context.Context) *llm.Error {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	ans, err := m.Call(ctx, llm.Call{Request: firstQuestion()})
	failure := llm.AsError(err)
	if failure != nil && failure.Kind == llm.Malformed && ans.Usage.Output > 0 && !ans.Usage.Estimated {
		return nil // it has thought for all of its tokens, and said nothing
	}
	return failure
}

// busy says whether a failure is of a kind that a model which can be used has now
// and then.
func busy(k llm.Kind) bool {
	switch k {
	case llm.RateLimited, llm.Overloaded, llm.ServerError, llm.Timeout, llm.RefusedContent, llm.InStreamError:
		return true
	default:
		return false
	}
}
