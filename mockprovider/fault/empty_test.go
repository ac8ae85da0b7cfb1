package fault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// An empty answer is whole: that it is no success is for the target to judge.
func TestEmpty(t *testing.T) {
	t.Parallel()
	p := apply(fault.Empty{})
	if _, speaks := p.Speaks(); speaks {
		t.Error("it speaks")
	}
	if d, ends := p.Lasts(); !ends || d != 100*ms {
		t.Errorf("it lasts %v", d)
	}
	ans, failure := p.Result("m")
	if diff := cmp.Diff(llm.Answer{Model: "m", Usage: llm.Usage{Input: 20}}, ans); diff != "" || failure != nil {
		t.Errorf("failure %v, answer (-want +got):\n%s", failure, diff)
	}
}
