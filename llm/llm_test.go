package llm_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

func TestPriceCost(t *testing.T) {
	t.Parallel()
	p := llm.Price{Input: 3, Output: 15}
	if got := p.Cost(llm.Usage{Input: 2_000_000, Output: 100_000}); got != 7.5 {
		t.Errorf("cost %v, want 7.5 dollars", got)
	}
	if got := p.Cost(llm.Usage{}); got != 0 {
		t.Errorf("nothing costs %v", got)
	}
}

func TestEstimateTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "a": 1, "four": 1, "fiver": 2, "12345678": 2} {
		if got := llm.EstimateTokens(text); got != want {
			t.Errorf("EstimateTokens(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestHintAfter(t *testing.T) {
	t.Parallel()
	if h := llm.HintAfter(-time.Second); h.After != 0 || !h.Given {
		t.Errorf("a hint in the past: %+v, want 0, given", h)
	}
	if h := llm.HintAfter(time.Second); h.After != time.Second || !h.Given {
		t.Errorf("%+v, want 1 s, given", h)
	}
	if (llm.Hint{}).Given {
		t.Error("the zero hint is given")
	}
}
