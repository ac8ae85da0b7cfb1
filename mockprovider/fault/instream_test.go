package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestInStream(t *testing.T) {
	t.Parallel()
	p := apply(fault.InStream{AfterShare: 0.5})
	if d, ok := p.Lasts(); d != 140*ms || !ok {
		t.Errorf("lasts %v, %v, want 140 ms", d, ok)
	}
	ans, failure := p.Result("m")
	if failure == nil || failure.Kind != llm.InStreamError {
		t.Errorf("failure %v, want an error in the stream", failure)
	}
	if want := (llm.Usage{Input: 20, Output: 5}); ans.Usage != want {
		t.Errorf("usage %+v, want %+v", ans.Usage, want)
	}
}

// What the error says is one thing, that it comes inside a stream another.
func TestInStream_Kind(t *testing.T) {
	t.Parallel()
	p := apply(fault.InStream{Kind: llm.Overloaded}.Fresh())
	if _, failure := p.Result("m"); p.Failure.Kind != llm.Overloaded || failure.Kind != llm.InStreamError {
		t.Errorf("it says %v and is %v", p.Failure.Kind, failure.Kind)
	}
}
