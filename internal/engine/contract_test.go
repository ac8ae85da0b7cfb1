//go:build !race

package engine_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/stats"
)

// The keys that users script against, with the type of each: a change of any of
// them is a new version of the schema. "estimate" is {value, low, high} or
// {value: null, why}, "latency" seven of them.
const contract = `
schema string
scenario object
clock string
seed number
started string
tool.version string
strategies[].name string
strategies[].kind string
strategies[].requests number
strategies[].succeeded number
strategies[].success estimate
strategies[].latency_ms latency
strategies[].latency_ok_ms latency
strategies[].first_token_ms latency
strategies[].attempts.total number
strategies[].attempts.per_request number
strategies[].attempts.won number
strategies[].attempts.lost number
strategies[].attempts.failed number
strategies[].attempts.rejected number
strategies[].cost.usd range
strategies[].cost.multiplier range
strategies[].accuracy estimate
strategies[].hedges.fired number
strategies[].hedges.won number
strategies[].hedges.denied number
strategies[].breakers[].target string
strategies[].breakers[].open_fraction number
strategies[].breakers[].transitions[].at_ms number
strategies[].breakers[].transitions[].from string
strategies[].breakers[].transitions[].to string
strategies[].models[].name string
strategies[].models[].attempts number
strategies[].models[].won number
strategies[].models[].errors object
strategies[].models[].latency_ms latency
strategies[].faults[].name string
strategies[].faults[].from_ms number
strategies[].faults[].to_ms number
strategies[].faults[].success_during estimate
strategies[].faults[].recovered_after_ms number
strategies[].faults[].amplification number
strategies[].timeline.step_ms number
strategies[].timeline.columns array
strategies[].timeline.rows array
strategies[].histogram string
verdict.recommend string
verdict.headline string
verdict.detail string
verdict.rule string
verdict.findings array
objectives[].text string
objectives[].verdict string
objectives[].value number
objectives[].low number
objectives[].high number
objectives[].limit number
warnings array
`

const contractScenario = `
name: contract
load: {rate: 20/s, duration: 4m}
models:
  a: {latency: {uniform: {min: 100ms, max: 300ms}}, price: {input: 1, output: 2}, accuracy: 0.97}
  b: {latency: {uniform: {min: 100ms, max: 300ms}}, price: {input: 1, output: 2}, accuracy: 0.97}
  c: {latency: {uniform: {min: 100ms, max: 300ms}}, price: {input: 1, output: 2}, accuracy: 0.97}
faults: [{name: down, on: a, from: 60s, to: 90s, status: {code: 503}}]
strategies:
  guarded: {fallback: {targets: [{breaker: {target: a, open: 5s}}, b]}}
  panel: {consensus: {targets: [a, b, c]}}
objectives: [guarded.success >= 99%]
`

// reach returns all values at a path such as strategies[].name.
func reach(t *testing.T, v any, path string) []any {
	t.Helper()
	key, rest, more := strings.Cut(path, ".")
	name, list := strings.CutSuffix(key, "[]")
	object, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s: %v is no object", path, v)
	}
	inner, ok := object[name]
	if !ok {
		t.Fatalf("there is no %s", path)
	}
	all := []any{inner}
	if list {
		all = inner.([]any)
	}
	if !more {
		return all
	}
	var found []any
	for _, x := range all {
		found = append(found, reach(t, x, rest)...)
	}
	return found
}

// is says whether v has a type of the contract.
func is(kind string, v any) bool {
	object, _ := v.(map[string]any)
	numbers := func(keys ...string) bool {
		for _, k := range keys {
			if _, ok := object[k].(float64); !ok {
				return false
			}
		}
		return true
	}
	switch kind {
	case "estimate":
		_, why := object["why"].(string)
		return numbers("value", "low", "high") || why && object["value"] == nil
	case "range":
		return numbers("low", "value", "high")
	case "latency":
		for _, p := range []string{"p50", "p90", "p95", "p99", "p99_9"} {
			if !is("estimate", object[p]) {
				return false
			}
		}
		mean, _ := object["mean"].(map[string]any)
		_, maximum := object["max"]
		return mean != nil && maximum
	default:
		return map[string]string{"string": "string", "number": "float64", "object": "map[string]interface {}", "array": "[]interface {}"}[kind] == fmt.Sprintf("%T", v)
	}
}

func TestContract_keys(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, contractScenario), engine.Options{Version: "1"})
	var doc any
	if err := json.Unmarshal(asJSON(t, d), &doc); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.TrimSpace(contract)) {
		path, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		found := reach(t, doc, path)
		if len(found) == 0 {
			t.Errorf("%s: the scenario shows none", path)
		}
		for _, v := range found {
			if !is(kind, v) {
				t.Errorf("%s: %v is no %s", path, v, kind)
			}
		}
	}
	panel := reach(t, doc, "strategies[]")[1].(map[string]any)
	for path, kind := range map[string]string{
		"agreement.rate": "estimate", "agreement.fleiss_kappa": "estimate", "versus_baseline.p95_ms.delta": "number", "versus_baseline.p95_ms.low": "number",
		"versus_baseline.p95_ms.high": "number", "versus_baseline.p95_ratio": "estimate", "versus_baseline.cost_ratio": "estimate",
	} {
		if v := reach(t, panel, path)[0]; !is(kind, v) {
			t.Errorf("panel %s: %v is no %s", path, v, kind)
		}
	}
	if doc.(map[string]any)["schema"] != "tailgate.report/v1" {
		t.Errorf("schema %v", doc.(map[string]any)["schema"])
	}
}

// The parts of a report add up.
func TestContract_sums(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"primary-outage", "overload", "cut-streams", "rate-limit-storm"} {
		d := runIt(t, load(t, name), engine.Options{})
		for _, s := range d.Strategies {
			a, failed := s.Attempts, 0
			for _, n := range s.Errors {
				failed += n
			}
			if s.Succeeded+failed != s.Requests || a.Won+a.Lost+a.Failed != a.Total {
				t.Errorf("%s.%s: %d succeeded and %d failed of %d; attempts %+v", name, s.Name, s.Succeeded, failed, s.Requests, a)
			}
			attempts, won, usd := 0, 0, 0.0
			for _, m := range s.Models {
				attempts, won, usd = attempts+m.Attempts, won+m.Won, usd+m.CostUSD
			}
			calls, inTime, lost, sent := 0.0, 0.0, 0.0, 0.0
			for _, n := range s.Calls {
				calls += n
			}
			for _, row := range s.Timeline.Rows {
				inTime, lost, sent = inTime+*row[1], lost+*row[2], sent+*row[5]
			}
			if attempts != a.Total || won != a.Won || int(inTime) != s.Requests || int(lost) != failed || int(sent) != a.Total {
				t.Errorf("%s.%s: models %d of %d attempts; timeline %v requests, %v failed, %v attempts", name, s.Name, attempts, a.Total, inTime, lost, sent)
			}
			near(t, name+"."+s.Name+": calls by role", calls, a.PerRequest, 1e-6)
			near(t, name+"."+s.Name+": cost by model", usd, s.Cost.USD.Value, 1e-6*usd)
			if c := s.Cost.USD; c.Low > c.Value || c.Value > c.High {
				t.Errorf("%s.%s: cost %+v", name, s.Name, c)
			}
		}
	}
}

// The histogram is what any HdrHistogram tool reads, and holds what the
// percentiles say.
func TestContract_histogram(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 100/s, requests: 5000}
models: {a: {latency: {lognormal: {median: 500ms, p95: 2s}}}}
faults: [{probability: 0.1, status: {code: 500}}]
strategies: {x: {single: {target: a}}}
`)
	if !strings.HasPrefix(s.Histogram, "HISTF") {
		t.Errorf("histogram begins with %.8s", s.Histogram)
	}
	h, err := hdrhistogram.Decode([]byte(s.Histogram))
	if err != nil {
		t.Fatal(err)
	}
	if int(h.TotalCount()) != s.Succeeded {
		t.Errorf("%d values for %d successes", h.TotalCount(), s.Succeeded)
	}
	for p, e := range map[float64]stats.Estimate{50: s.LatencyOKMS.P50, 90: s.LatencyOKMS.P90, 95: s.LatencyOKMS.P95, 99: s.LatencyOKMS.P99, 99.9: s.LatencyOKMS.P999} {
		near(t, fmt.Sprintf("P%g of the histogram", p), float64(h.ValueAtPercentile(p))/1e3, e.Value, e.Value/900)
	}
	near(t, "mean of the histogram", h.Mean()/1e3, s.LatencyOKMS.Mean.Value, s.LatencyOKMS.Mean.Value/900)
}

// Arrivals due in each second are those of the integral of the rate.
func TestContract_timeline(t *testing.T) {
	t.Parallel()
	const around = 2 * math.Pi
	for arrivals, due := range map[string]func(s float64) float64{
		"{rate: 20/s, duration: 20s}":                                                              func(s float64) float64 { return 20 * s },
		"{rate: 2.5/s, duration: 20s}":                                                             func(s float64) float64 { return 2.5 * s },
		"{arrivals: {ramp: {from: 0/s, to: 40/s}}, duration: 20s}":                                 func(s float64) float64 { return s * s },
		"{arrivals: {ramp: {from: 40/s, to: 0/s}}, duration: 20s}":                                 func(s float64) float64 { return 40*s - s*s },
		"{arrivals: {steps: [{rate: 5/s, for: 8s}, {rate: 0/s, for: 4s}, {rate: 30/s, for: 8s}]}}": func(s float64) float64 { return 5*min(s, 8) + 30*max(0, s-12) },
		"{rate: 20/s, arrivals: {sine: {amplitude: 11/s, period: 8s}}, duration: 20s}":             func(s float64) float64 { return 20*s + 11*8/around*(1-math.Cos(around*s/8)) },
	} {
		s := only(t, fmt.Sprintf("load: %s\nmodels: {a: {latency: 10ms}}\nstrategies: {x: {single: {target: a}}}\n", arrivals))
		if diff := cmp.Diff([]string{"at_ms", "requests", "failed", "p50_ms", "p95_ms", "attempts"}, s.Timeline.Columns); diff != "" || s.Timeline.StepMS != 1000 || len(s.Timeline.Rows) != 20 {
			t.Errorf("%s: %d rows of %v ms, columns %s", arrivals, len(s.Timeline.Rows), s.Timeline.StepMS, diff)
		}
		for i, row := range s.Timeline.Rows {
			at := float64(i)
			want := math.Ceil(due(at+1)-1e-9) - math.Ceil(due(at)-1e-9)
			if *row[0] != 1000*at || *row[1] != want || *row[5] != want || *row[2] != 0 || want > 0 && (*row[3] != 10 || *row[4] != 10) || want == 0 && row[3] != nil {
				t.Errorf("%s: row %d has %v at %v ms, want %v", arrivals, i, *row[1], *row[0], want)
			}
		}
	}
	// Poisson counts have a variance equal to their mean.
	s := only(t, "load: {rate: 20/s, arrivals: poisson, duration: 300s}\nmodels: {a: {latency: 10ms}}\nstrategies: {x: {single: {target: a}}}\n")
	sum, squares := 0.0, 0.0
	for _, row := range s.Timeline.Rows {
		sum += *row[1]
		squares += (*row[1] - 20) * (*row[1] - 20)
	}
	near(t, "poisson arrivals", sum, 6000, sigmas*math.Sqrt(6000))
	near(t, "their variance per second", squares/300, 20, sigmas*20*math.Sqrt(2./300))
}

// Short runs describe their load truthfully.
func TestContract_load(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"{rate: 20/s, duration: 1m}": 20, "{rate: 20/s, requests: 1}": 20, "{rate: 20/s, requests: 2}": 20, "{rate: 50/s, requests: 400}": 50,
	} {
		d := runIt(t, parse(t, "load: "+text+"\nmodels: {a: {latency: 10ms}}\nfaults: [{status: {code: 500}}]\nstrategies: {x: {single: {target: a}}}\n"), engine.Options{})
		near(t, "rate of "+text, d.Scenario.RatePerS, want, 1e-6)
		if f := d.Strategies[0].Faults[0]; f.Requests != d.Planned || f.SuccessDuring.Value != 0 {
			t.Errorf("%s: a fault without an end holds %d of %d requests", text, f.Requests, d.Planned)
		}
	}
}
