package fault

import (
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

// Outage makes a model fail in the ways a real outage mixes: most calls get an
// error at once, some hang, some find no server at all. The fields are weights,
// which need not add up to one. When all are 0 the mix is 50 % status 503, 20 %
// status 529, 20 % hanging and 10 % refused connections; the shares are an
// assumption, since providers publish durations of outages but no mixes.
type Outage struct {
	Unavailable float64 // status 503
	Overloaded  float64 // status 529
	Hang        float64 // no answer ever, not even headers
	Refuse      float64 // the connection is refused
	// After is the time until an error response; 0 means [DefaultAfter].
	After time.Duration
}

var _ Fault = Outage{}

var (
	errUnavailable = &llm.Error{
		Kind: llm.Overloaded, Status: http.StatusServiceUnavailable, Message: "service unavailable",
	}
	errOverloaded = &llm.Error{Kind: llm.Overloaded, Status: statusOverloaded, Message: "overloaded"}
)

// Apply implements [Fault].
func (f Outage) Apply(p *Plan, in Instant) {
	total := f.Unavailable + f.Overloaded + f.Hang + f.Refuse
	if total <= 0 {
		f = Outage{Unavailable: 0.5, Overloaded: 0.2, Hang: 0.2, Refuse: 0.1, After: f.After}
		total = 1
	}
	u := total * in.Draw.Word(drawMode).Float64()
	switch {
	case u < f.Unavailable:
		fail(p, errUnavailable, f.After)
	case u < f.Unavailable+f.Overloaded:
		fail(p, errOverloaded, f.After)
	case u < f.Unavailable+f.Overloaded+f.Hang:
		p.End, p.Until = EndHang, -1
	default:
		p.End = EndRefuse
	}
}
