package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestFirstToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fault.FirstToken
		first time.Duration
	}{
		"added":               {fault.FirstToken{Add: time.Second}, 1100 * ms},
		"stretched":           {fault.FirstToken{Multiply: 3}, 300 * ms},
		"replaced":            {fault.FirstToken{Replace: draw.Constant(2e9)}, 2 * time.Second},
		"not before the head": {fault.FirstToken{Replace: draw.Constant(1)}, 100 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := apply(c.fault)
			if p.Wait != 100*ms || p.FirstToken != c.first || p.Gap != 10*ms {
				t.Errorf("headers after %v, first token after %v, want 100ms and %v", p.Wait, p.FirstToken, c.first)
			}
		})
	}
}

// An error that comes instead of the headers is as early as ever.
func TestFirstToken_error(t *testing.T) {
	t.Parallel()
	p := apply(fault.Status{Code: 500})
	fault.FirstToken{Add: time.Second}.Apply(&p, full(0))
	if d, _ := p.Lasts(); d != fault.DefaultAfter {
		t.Errorf("the error comes after %v", d)
	}
}
