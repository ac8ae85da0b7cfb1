package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestReset(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault.Reset
		lasts time.Duration
		usage llm.Usage
	}{
		"before the headers": {fault.Reset{}, 100 * ms, llm.Usage{}},
		"before a token":     {fault.Reset{AfterShare: 0.01}, 100 * ms, llm.Usage{Input: 20}},
		"in the middle":      {fault.Reset{AfterShare: 0.5}, 140 * ms, llm.Usage{Input: 20, Output: 5}},
		"at the end":         {fault.Reset{AfterShare: 1}, 200 * ms, llm.Usage{Input: 20, Output: 11}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := apply(c.fault)
			if d, ok := p.Lasts(); d != c.lasts || !ok {
				t.Errorf("lasts %v, %v, want %v", d, ok, c.lasts)
			}
			ans, failure := p.Result("m")
			if failure == nil || failure.Kind != llm.Connection {
				t.Errorf("failure %v, want a connection failure", failure)
			}
			if ans.Usage != c.usage {
				t.Errorf("usage %+v, want %+v", ans.Usage, c.usage)
			}
		})
	}
}
