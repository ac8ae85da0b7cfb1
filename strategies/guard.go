package strategies

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/tailgate-bench/tailgate/llm"
)

// ErrDeadline is the failure of a request whose deadline passed.
var ErrDeadline = &llm.Error{Kind: llm.Timeout, Message: "no answer before the deadline"}

// ErrCanceled is the failure of an exchange whose caller gave up.
var ErrCanceled = &llm.Error{Kind: llm.Canceled, Message: "the caller gave up"}

// ErrAttemptTimeout is the failure of an attempt that outlived [Start.Timeout].
var ErrAttemptTimeout = &llm.Error{Kind: llm.Timeout, Message: "the attempt took too long"}

// ErrSilent is the failure of an attempt that outlived [Start.FirstToken]
// without a word.
var ErrSilent = &llm.Error{Kind: llm.Timeout, Message: "the attempt did not begin to speak in time"}

// ErrNoTarget is the failure of an attempt at a target that calls nothing.
var ErrNoTarget = &llm.Error{Kind: llm.Internal, Message: "the target is neither a model nor a strategy"}

// errIdle is what Next panics with when there is nothing to wait for.
var errIdle = errors.New("strategies: Next called with no attempt running and no timer set")

// RunGuarded runs s and turns a panic into a failure of kind internal, so that
// one request pays for a bug and not the process. Only drivers need it.
func RunGuarded(s Strategy, x *Exchange) (ans llm.Answer, failure *llm.Error) {
	defer func() {
		if p := recover(); p != nil {
			failure = panicked(p)
		}
	}()
	ans, err := s.Run(x)
	return ans, llm.AsError(err)
}

func panicked(p any) *llm.Error {
	return &llm.Error{
		Kind: llm.Internal, Message: fmt.Sprintf("panic: %v", p),
		Cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack()),
	}
}
