package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestWrongModel(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]fault.WrongModel{"another-model": {}, "m-mini": {Name: "m-mini"}} {
		p := apply(f)
		if ans, failure := p.Result("m"); failure != nil || ans.Model != want {
			t.Errorf("%q answers, failure %v, want %q", ans.Model, failure, want)
		}
	}
}
