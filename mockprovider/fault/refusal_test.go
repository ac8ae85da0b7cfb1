package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestRefusal(t *testing.T) {
	t.Parallel()
	p := apply(fault.Refusal{})
	ans, failure := p.Result("m")
	if failure == nil || failure.Kind != llm.RefusedContent || failure.Retryable() {
		t.Errorf("failure %v, want a refusal that is final", failure)
	}
	if want := (llm.Usage{Input: 20, Output: p.Tokens}); ans.Usage != want || p.Tokens != llm.EstimateTokens(p.Text) {
		t.Errorf("billed %+v for %q", ans.Usage, p.Text)
	}
}

func TestRefusal_unmarked(t *testing.T) {
	t.Parallel()
	p := apply(fault.Refusal{Unmarked: true})
	if ans, failure := p.Result("m"); failure != nil || ans.Text != p.Text || ans.Stop != llm.StopEnd {
		t.Errorf("answer %+v, failure %v", ans, failure)
	}
}

// A refusal keeps to the request's limit of tokens.
func TestRefusal_limit(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Tokens, p.Stop = 3, llm.StopLength
	fault.Refusal{Unmarked: true}.Apply(&p, full(0))
	if p.Tokens != 3 || p.Text != "I'm sorry, " || p.Stop != llm.StopLength {
		t.Errorf("%d tokens, %q, stop %v", p.Tokens, p.Text, p.Stop)
	}
}
