package strategies

import (
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// Target is what a strategy may call: a model, or another strategy. Make one
// with [ModelTarget] or [NestedTarget]; the zero Target calls nothing and
// fails. A Target is a value and safe to copy.
type Target struct {
	name     string
	model    llm.Model
	strategy Strategy
	accept   func(llm.Answer) error
	most     int // tokens of an answer; 0: what the request says
}

// ModelTarget returns the target that calls m.
func ModelTarget(m llm.Model) Target { return Target{name: m.Name(), model: m} }

// NestedTarget returns the target that runs s in an exchange of its own; name
// is how records and errors call it.
func NestedTarget(name string, s Strategy) Target { return Target{name: name, strategy: s} }

// Accepting returns t with a check on its answers: an answer that check
// refuses is a failure of kind malformed. An empty answer is always refused.
func (t Target) Accepting(check func(llm.Answer) error) Target {
	t.accept = check
	return t
}

// WithMaxTokens returns t asked for answers of at most n tokens, or of fewer if
// the request says so; 0 leaves it to the request.
func (t Target) WithMaxTokens(n int) Target {
	t.most = n
	return t
}

// ask returns r as t is to be asked: r itself, or a copy with t's limit.
func (t Target) ask(r *llm.Request) *llm.Request {
	if t.most <= 0 || r.MaxTokens > 0 && r.MaxTokens <= t.most {
		return r
	}
	limited := *r
	limited.MaxTokens = t.most
	return &limited
}

// Name returns the target's name.
func (t Target) Name() string { return t.name }

// Model returns the model to call, nil when the target is a strategy.
func (t Target) Model() llm.Model { return t.model }

// Strategy returns the strategy to run, nil when the target is a model.
func (t Target) Strategy() Strategy { return t.strategy }

// Judge returns nil when ans is good enough to be a success. Only drivers need
// it: they call it for every answer before it becomes an event.
func (t Target) Judge(ans llm.Answer) *llm.Error {
	if strings.TrimSpace(ans.Text) == "" {
		return errEmpty
	}
	if t.accept == nil {
		return nil
	}
	return t.check(ans)
}

// check asks the target's own check; a panic in it is a failure of kind
// internal.
func (t Target) check(ans llm.Answer) (failure *llm.Error) {
	defer func() {
		if p := recover(); p != nil {
			failure = panicked(p)
		}
	}()
	if err := t.accept(ans); err != nil {
		return &llm.Error{Kind: llm.Malformed, Message: "answer refused", Cause: err}
	}
	return nil
}

var errEmpty = &llm.Error{Kind: llm.Malformed, Message: "the answer is empty"}
