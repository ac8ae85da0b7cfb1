package fault_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestLatency(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault    fault.Latency
		strength float64
		want     time.Duration
	}{
		"nothing":             {fault.Latency{}, 1, 100 * ms},
		"add":                 {fault.Latency{Add: 50 * ms}, 1, 150 * ms},
		"half add":            {fault.Latency{Add: 50 * ms}, 0.5, 125 * ms},
		"multiply":            {fault.Latency{Multiply: 8}, 1, 800 * ms},
		"half multiply":       {fault.Latency{Multiply: 8}, 0.5, 450 * ms},
		"faster":              {fault.Latency{Multiply: 0.5}, 1, 50 * ms},
		"replace":             {fault.Latency{Replace: draw.Constant(3 * ms)}, 1, 3 * ms},
		"in order":            {fault.Latency{Replace: draw.Constant(3 * ms), Multiply: 2, Add: ms}, 1, 7 * ms},
		"never negative":      {fault.Latency{Add: -time.Second}, 1, 0},
		"does not run over":   {fault.Latency{Multiply: 1e30}, 1, 1000 * time.Hour},
		"draws without limit": {fault.Latency{Replace: draw.Pareto{Min: 1e18, Alpha: 0.01}}, 1, 1000 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan()
			in := full(0)
			in.Strength = c.strength
			c.fault.Apply(&p, in)
			if p.Wait != c.want || p.FirstToken != c.want {
				t.Errorf("wait %v, first token %v, want %v", p.Wait, p.FirstToken, c.want)
			}
			if p.Gap != 10*ms {
				t.Errorf("gap %v changed", p.Gap)
			}
		})
	}
}

func TestLatency_replacesAsOftenAsItIsStrong(t *testing.T) {
	t.Parallel()
	const n = 20_000
	f := fault.Latency{Replace: draw.Constant(ms)}
	replaced := 0
	for i := range n {
		p := plan()
		in := full(uint64(i))
		in.Strength = 0.3
		f.Apply(&p, in)
		if p.FirstToken == ms {
			replaced++
		}
	}
	near(t, "replaced", float64(replaced)/n, 0.3, n)
}
