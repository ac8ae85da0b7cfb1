package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestMalformed(t *testing.T) {
	t.Parallel()
	p := apply(fault.Malformed{})
	if d, ok := p.Lasts(); d != 200*ms || !ok {
		t.Errorf("lasts %v, %v, want the whole 200 ms", d, ok)
	}
	ans, failure := p.Result("m")
	if failure == nil || failure.Kind != llm.Malformed {
		t.Errorf("failure %v, want malformed", failure)
	}
	if want := (llm.Usage{Input: 20, Output: 11}); ans.Usage != want {
		t.Errorf("usage %+v, want all of it", ans.Usage)
	}
}
