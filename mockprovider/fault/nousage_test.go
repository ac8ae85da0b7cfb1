package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// The caller has to estimate; the bill is what it would be.
func TestNoUsage(t *testing.T) {
	t.Parallel()
	p := apply(fault.NoUsage{})
	ans, failure := p.Result("m")
	if want := (llm.Usage{Input: 20, Output: llm.EstimateTokens(p.Text), Estimated: true}); failure != nil || ans.Usage != want {
		t.Errorf("usage %+v, failure %v, want %+v", ans.Usage, failure, want)
	}
	if got := p.Billed(time.Hour); got != (llm.Usage{Input: 20, Output: 11}) {
		t.Errorf("billed %+v", got)
	}
}
