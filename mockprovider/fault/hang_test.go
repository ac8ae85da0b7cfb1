package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestHang(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  fault.Hang
		until  int
		speaks bool
		billed int // output tokens after an hour
	}{
		"before the headers":    {fault.Hang{}, -1, false, 0},
		"in the middle":         {fault.Hang{AfterTokens: 4}, 4, true, 4},
		"before the terminator": {fault.Hang{AfterTokens: 400}, 11, true, 11},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := apply(c.fault)
			if p.Until != c.until {
				t.Errorf("until %d, want %d", p.Until, c.until)
			}
			if _, ends := p.Lasts(); ends {
				t.Error("it ends")
			}
			if _, speaks := p.Speaks(); speaks != c.speaks {
				t.Errorf("speaks: %v, want %v", speaks, c.speaks)
			}
			if got := p.Billed(time.Hour).Output; got != c.billed {
				t.Errorf("billed %d output tokens, want %d", got, c.billed)
			}
		})
	}
}
