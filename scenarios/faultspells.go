package scenarios

import (
	"math"
	"net/http"
	"time"

	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// maxSpeed bounds how much faster than real ones incidents may come, and how much
// slower.
const maxSpeed = 1e6

func readIncidents(v value) func(timescale) fault.Fault {
	var f fault.Incidents
	outage := func(timescale) fault.Fault { return fault.Outage{} }
	f.Speed = 1
	v.settings(fields{
		"gap":      func(v value) { f.Gap = v.dist(times()) },
		"duration": func(v value) { f.Duration = v.dist(times()) },
		"speed":    func(v value) { f.Speed = v.number(1/maxSpeed, maxSpeed) },
		"ramp":     func(v value) { f.Ramp = v.number(0, 0.5) },
		"outage":   func(v value) { outage = readOutage(v) },
	})
	return func(s timescale) fault.Fault {
		mix, _ := outage(s).(fault.Outage)
		return &fault.Incidents{
			Gap: f.Gap, Duration: f.Duration, Speed: f.Speed * float64(s), Ramp: f.Ramp, Outage: mix,
		}
	}
}

func readBrownout(v value) func(timescale) fault.Fault {
	var f fault.Brownout
	v.settings(fields{
		"multiply": func(v value) { f.Multiply = v.above() },
		"errors":   func(v value) { f.Errors = v.share() },
		"code":     func(v value) { f.Code = v.integer(http.StatusBadRequest, 599) },
		"after":    func(v value) { f.After = v.positive() },
	})
	return func(s timescale) fault.Fault {
		scaled := f
		scaled.After = s.after(f.After)
		return scaled.Fresh()
	}
}

func readKeyLimit(v value) func(timescale) fault.Fault {
	var requests, tokens int
	period := time.Minute
	var after time.Duration
	found := v.object(fields{
		"requests": func(v value) { requests = v.integer(1, math.MaxInt32) },
		"tokens":   func(v value) { tokens = v.integer(1, math.MaxInt32) },
		"period":   func(v value) { period = v.positive() },
		"after":    func(v value) { after = v.positive() },
	})
	if v.isMapping() && !found.has("requests") && !found.has("tokens") {
		v.fail("limits nothing: give requests, tokens or both")
	}
	return func(s timescale) fault.Fault {
		return &fault.KeyLimit{Requests: requests, Tokens: tokens, Period: s.time(period), After: s.after(after)}
	}
}
