package fault_test

import (
	"testing"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

func TestOutage(t *testing.T) {
	t.Parallel()
	const n = 20_000
	modes := map[string]func(p *fault.Plan) bool{
		"503":    func(p *fault.Plan) bool { return p.End == fault.EndFail && p.Failure.Status == 503 },
		"529":    func(p *fault.Plan) bool { return p.End == fault.EndFail && p.Failure.Status == 529 },
		"hang":   func(p *fault.Plan) bool { return p.End == fault.EndHang && p.Until == -1 },
		"refuse": func(p *fault.Plan) bool { return p.End == fault.EndRefuse },
	}
	for name, c := range map[string]struct {
		fault fault.Outage
		want  map[string]float64
	}{
		"usual mix":   {fault.Outage{}, map[string]float64{"503": 0.5, "529": 0.2, "hang": 0.2, "refuse": 0.1}},
		"only hangs":  {fault.Outage{Hang: 3}, map[string]float64{"hang": 1}},
		"any weights": {fault.Outage{Unavailable: 1, Refuse: 3}, map[string]float64{"503": 0.25, "refuse": 0.75}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for mode, is := range modes {
				near(t, mode, share(n, c.fault, is), c.want[mode], n)
			}
		})
	}
}
