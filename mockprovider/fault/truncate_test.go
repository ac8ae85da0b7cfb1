package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestTruncate(t *testing.T) {
	t.Parallel()
	p := apply(fault.Truncate{Share: 0.5})
	if p.End != fault.EndEOF || p.Until != 5 {
		t.Errorf("end %d after %d tokens, want EOF after 5", p.End, p.Until)
	}
	if _, failure := p.Result("m"); failure == nil || failure.Kind != llm.Truncated {
		t.Errorf("failure %v, want truncated", failure)
	}
}

func TestTruncate_anywhere(t *testing.T) {
	t.Parallel()
	const n = 11_000
	for tokens := range 11 {
		got := share(n, fault.Truncate{}, func(p *fault.Plan) bool { return p.Until == tokens })
		near(t, "cut", got, 1.0/11, n)
	}
}

func TestTruncate_inside(t *testing.T) {
	t.Parallel()
	p, in := plan(), full(0)
	if (fault.Truncate{Share: 0.5, Inside: true}).Apply(&p, in); !p.Inside || p.End != fault.EndEOF {
		t.Errorf("plan %+v, want one that ends inside an event", p)
	}
}
