package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestBlank(t *testing.T) {
	t.Parallel()
	p := apply(fault.Blank{})
	if d, ends := p.Lasts(); !ends || d != 100*ms {
		t.Errorf("it lasts %v", d)
	}
	if _, speaks := p.Speaks(); speaks {
		t.Error("it speaks")
	}
	ans, failure := p.Result("m")
	if failure == nil || failure.Kind != llm.Truncated || ans.Usage != (llm.Usage{Input: 20}) {
		t.Errorf("answer %+v, failure %v", ans, failure)
	}
}
