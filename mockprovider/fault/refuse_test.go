package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestRefuse(t *testing.T) {
	t.Parallel()
	p := apply(fault.Refuse{})
	if d, ok := p.Lasts(); d != 0 || !ok {
		t.Errorf("lasts %v, %v, want 0", d, ok)
	}
	ans, failure := p.Result("m")
	if failure == nil || failure.Kind != llm.Connection {
		t.Errorf("failure %v, want a connection failure", failure)
	}
	if ans.Usage != (llm.Usage{}) {
		t.Errorf("a refused connection costs %+v", ans.Usage)
	}
}
