package scenarios

import (
	"math"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// part reads the share of an answer after which something happens. A fault takes 0
// for a place that is drawn, which leaving the key out is to mean.
func (v value) part() float64 { return max(v.share(), math.SmallestNonzeroFloat64) }

func readStall(v value) func(timescale) fault.Fault {
	var share float64
	var lasts time.Duration
	v.need(v.object(fields{
		"after_share": func(v value) {
			if share = v.part(); share == 1 {
				v.fail("must be below 1: nothing is left to wait for")
			}
		},
		"for": func(v value) { lasts = v.positive() },
	}), "for")
	return func(s timescale) fault.Fault { return fault.Stall{AfterShare: share, For: s.time(lasts)} }
}

func readInStream(v value) func(timescale) fault.Fault {
	var f fault.InStream
	v.settings(fields{
		"after_share": func(v value) { f.AfterShare = v.part() },
		"kind": func(v value) {
			f.Kind, _ = llm.ParseKind(v.choice("kind of failure in a stream",
				llm.ServerError.String(), llm.Overloaded.String(), llm.RateLimited.String(), llm.Timeout.String()))
		},
	})
	return func(timescale) fault.Fault { return f.Fresh() }
}

func readBlank(v value) func(timescale) fault.Fault {
	v.settings(fields{})
	return func(timescale) fault.Fault { return fault.Blank{} }
}

func readEmpty(v value) func(timescale) fault.Fault {
	v.settings(fields{})
	return func(timescale) fault.Fault { return fault.Empty{} }
}

func readRefusal(v value) func(timescale) fault.Fault {
	var f fault.Refusal
	v.settings(fields{"unmarked": func(v value) { f.Unmarked = v.boolean() }})
	return func(timescale) fault.Fault { return f }
}

func readWrongModel(v value) func(timescale) fault.Fault {
	var f fault.WrongModel
	v.settings(fields{"name": func(v value) { f.Name = v.string() }})
	return func(timescale) fault.Fault { return f }
}

func readNoUsage(v value) func(timescale) fault.Fault {
	v.settings(fields{})
	return func(timescale) fault.Fault { return fault.NoUsage{} }
}
