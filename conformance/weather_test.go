package conformance_test

import (
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// tokens is the length of every answer.
const tokens = 12

// weather is a mock with one model for each thing that can befall a client. The
// models are named for it, so a client chooses by the model it asks; "calm" has
// nothing.
func weather() mockprovider.Config {
	c := mockprovider.Config{Seed: 1}
	for name, f := range faults() {
		c.Models = append(c.Models, mockprovider.Settings{
			Name: name, FirstToken: draw.Constant(20 * time.Millisecond), PerToken: draw.Constant(time.Millisecond),
			OutputTokens: draw.Constant(tokens),
		})
		if f != nil {
			c.Faults = append(c.Faults, fault.Window{Name: name, On: []string{name}, Fault: f})
		}
	}
	return c
}

func faults() map[string]fault.Fault {
	const half = 0.5
	after := func(d time.Duration) fault.Fault { return fault.Status{Code: 429, RetryAfter: llm.HintAfter(d)} }
	return map[string]fault.Fault{
		"calm": nil,

		"status-400": fault.Status{Code: 400},
		"status-401": fault.Status{Code: 401},
		"status-408": fault.Status{Code: 408},
		"status-409": fault.Status{Code: 409},
		"status-500": fault.Status{Code: 500},
		"status-502": fault.Status{Code: 502}, // the page of a gateway
		"status-503": fault.Status{Code: 503},
		"status-504": fault.Status{Code: 504},
		"status-529": fault.Status{Code: 529},

		"status-500-final": fault.Status{Code: 500, Override: llm.ForbidRetry}, // x-should-retry
		"status-400-again": fault.Status{Code: 400, Override: llm.ForceRetry},

		"limited":       fault.Status{Code: 429},
		"limited-250ms": after(250 * time.Millisecond),
		"limited-1s":    after(time.Second),
		"limited-90s":   after(90 * time.Second),
		"limited-2m":    after(2 * time.Minute),
		"limited-121s":  after(121 * time.Second),
		"limited-1h":    after(time.Hour),
		"exhausted":     fault.Status{Code: 429, Kind: llm.QuotaExhausted},

		"reset":      fault.Reset{},
		"reset-half": fault.Reset{AfterShare: half},
		"refuse":     fault.Refuse{},
		"hang":       fault.Hang{},
		"stall":      fault.Hang{AfterTokens: 3},
		"truncate":   fault.Truncate{Share: half},
		"malformed":  fault.Malformed{},

		"truncate-inside": fault.Truncate{Share: half, Inside: true},
		"blank":           fault.Blank{},
		"empty":           fault.Empty{},
		"refusal":         fault.Refusal{},
		"no-usage":        fault.NoUsage{},
		"wrong-model":     fault.WrongModel{},
		"slow-first":      fault.FirstToken{Add: 10 * time.Second},
		"pause":           fault.Stall{For: 30 * time.Second, AfterShare: half},
		"key-limit":       &fault.KeyLimit{Requests: 1},

		"in-stream":   fault.InStream{AfterShare: half},
		"in-stream-0": fault.InStream{AfterShare: 0.01}, // before the first token
	}
}

// TestWeather keeps the mock's own reading of the weather beside that of the
// libraries: a name that is not there would be a 404 to all of them.
func TestWeather(t *testing.T) {
	t.Parallel()
	models, err := mockprovider.NewModels(weather())
	if err != nil || len(models) != len(faults()) {
		t.Fatalf("%d models, error %v", len(models), err)
	}
}
