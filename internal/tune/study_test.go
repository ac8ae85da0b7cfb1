package tune_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/internal/objective"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/tune"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// A hedge after d asks for S(d) = exp(-d) more, so at most 20 % more means a
// delay of at least ln 5 = 1.609 s, and P95 is best there: S(t)·S(t-d) = 0.05.
func TestStudy(t *testing.T) {
	t.Parallel()
	f, err := study(t, steady, "hedge.p95", []string{"hedge.hedge_rate <= 20%"}, "hedge.delay=500ms..10s").Run(t.Context())
	must(t, err)
	d := f.Document
	best := d.Settings[*d.Recommended]
	delay, err := time.ParseDuration(best.Values[0].Value)
	must(t, err)
	// The hedge rate of 6,000 requests has a standard error of 0.0052, which is
	// 0.026 s of delay; the search ends within a few per cent of an edge.
	if off := delay.Seconds() - math.Log(5); off < -0.08 || off > 0.2 {
		t.Errorf("the delay is %v, theory 1.609 s", delay)
	}
	want := (delay.Seconds() - math.Log(0.05)) / 2
	if got := best.Realised["hedge.p95"]; math.Abs(got.Value/1000-want) > 0.06*want || !got.HasInterval() {
		t.Errorf("P95 is %v, theory %.3f s", got, want)
	}
	if got := d.Settings[*d.Current]; got.Name != "as it is" || got.Realised["hedge.p95"].Value < best.Realised["hedge.p95"].Value {
		t.Errorf("the current setting is %+v", got)
	}
	if best.VersusCurrent == nil || !best.VersusCurrent.Significant || *best.VersusCurrent.High >= 0 {
		t.Errorf("against the current setting: %+v", best.VersusCurrent)
	}
	if !strings.Contains(d.YAML, "delay: "+best.Values[0].Value) {
		t.Errorf("YAML to paste is %q", d.YAML)
	}
	for i := 1; i < len(d.TradeOff); i++ {
		if a, b := d.TradeOff[i-1], d.TradeOff[i]; a.Extra >= b.Extra || a.Value <= b.Value {
			t.Errorf("on the trade-off, %+v is followed by %+v", a, b)
		}
	}
	written(t, d)
}

// Whatever is said of the choice comes from other seeds, and is what an ordinary
// run with these seeds gives.
func TestStudy_realised(t *testing.T) {
	t.Parallel()
	f, err := study(t, steady, "hedge.p95", nil, "hedge.delay=1s,2s,4s").Run(t.Context())
	must(t, err)
	d := f.Document
	for _, seed := range d.Seeds.Fresh {
		for _, seen := range d.Seeds.Choice {
			if seed == seen {
				t.Fatalf("seed %d is fresh and took part in the choice", seed)
			}
		}
	}
	sc, err := f.Scenario.With(f.Changes...)
	must(t, err)
	r, err := engine.Repeat(t.Context(), sc, engine.Options{Seed: &d.Seeds.Fresh[0], Only: []string{"single", "hedge"}}, len(d.Seeds.Fresh))
	must(t, err)
	want, got := r.Strategies[1], d.Settings[*d.Recommended].Realised
	if diff := cmp.Diff(want.LatencyMS.P95, got["hedge.p95"]); diff != "" {
		t.Error(diff)
	}
	if math.Abs(want.Attempts.PerRequest-got["hedge.attempts"].Value) > 1e-8 {
		t.Errorf("%v attempts per request, the run says %v", got["hedge.attempts"], want.Attempts.PerRequest)
	}
	if math.Abs(want.Cost.MultiplierCI.Value-got["hedge.cost"].Value) > 1e-5 {
		t.Errorf("cost is %v, the run says %v", got["hedge.cost"], want.Cost.MultiplierCI)
	}
}

// The number of cores changes nothing, to the byte.
func TestStudy_deterministic(t *testing.T) {
	t.Parallel()
	var first string
	for _, workers := range []int{1, 2, 7} {
		s := study(t, steady, "hedge.p95 - single.p95", []string{"hedge.cost <= 1.1"}, "hedge.delay=500ms..5s:points=5", "hedge.budget=5%..30%:points=3")
		s.Evaluator = tune.EvaluatorOptions{Requests: 300, Workers: workers}
		f, err := s.Run(t.Context())
		must(t, err)
		text := written(t, f.Document)
		if first == "" {
			first = text
		}
		if diff := cmp.Diff(first, text); diff != "" {
			t.Errorf("with %d workers: %s", workers, diff)
		}
	}
}

// Settings that are the same in effect cannot be told apart, and that is said.
func TestStudy_settled(t *testing.T) {
	t.Parallel()
	for vary, settled := range map[string]bool{"hedge.budget=60%,70%,80%": false, "hedge.delay=1s,20s": true} {
		s := study(t, steady, "hedge.p95", nil, vary)
		s.Current = nil
		f, err := s.Run(t.Context())
		must(t, err)
		if f.Document.Settled != settled || settled != (len(f.Document.Tied) == 0) {
			t.Errorf("%s: settled is %t with %d tied", vary, f.Document.Settled, len(f.Document.Tied))
		}
	}
}

// Where the best of what was tried has neighbours on one side only, that is said;
// not of 0, nor of alternatives without an order.
func TestStudy_edges(t *testing.T) {
	t.Parallel()
	for vary, want := range map[string]string{
		"hedge.delay=1s,2s,4s":                "hedge.delay is at the end of its list: the best may lie beyond 1s",
		"hedge.delay=4s,1s,2s":                "hedge.delay is at the end of its list: the best may lie beyond 1s",
		"hedge.delay=1s..4s:points=3":         "hedge.delay is at the end of its range: the best may lie beyond 1s",
		"hedge.delay=0s..4s:points=3":         "",
		"hedge.delay=0s,2s,4s":                "",
		"hedge.delay=1s,4s":                   "",
		"hedge.delay=2s,p95,4s":               "",
		"hedge.targets=[a, b],[b, a],[b,b,a]": "",
	} {
		s := study(t, steady, "hedge.p95", nil, vary)
		s.Seeds, s.Fresh, s.Evaluator = 3, 2, tune.EvaluatorOptions{Requests: 400}
		f, err := s.Run(t.Context())
		must(t, err)
		got := slices.DeleteFunc(f.Document.Warnings, func(w string) bool { return !strings.Contains(w, "beyond") })
		if text := strings.Join(got, "\n"); text != want {
			t.Errorf("%s: warned %q, want %q", vary, text, want)
		}
	}
}

// A search that is stopped gives the best so far, or says why there is none.
func TestStudy_stopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := study(t, steady, "hedge.p95", nil, "hedge.delay=500ms..10s")
	s.Progress = func(p tune.Progress) {
		if p.Done == 70 { // after the first three seeds of 17 settings
			cancel()
		}
	}
	f, err := s.Run(ctx)
	must(t, err)
	d := f.Document
	if !d.Interrupted || d.Settled || d.Recommended == nil || d.Settings[*d.Recommended].Realised != nil {
		t.Errorf("interrupted %t, settled %t, recommended %v", d.Interrupted, d.Settled, d.Recommended)
	}
	if !strings.Contains(d.Detail, "has not been measured on fresh ones") || !strings.Contains(d.Detail, "interrupted") {
		t.Errorf("the detail is %q", d.Detail)
	}
	written(t, d)
	if text, err := f.Tuned(); err != nil || !strings.Contains(text, "not measured on fresh requests") || strings.Contains(text, "measured with seeds") {
		t.Errorf("what is written begins with %.200q, %v", text, err)
	}

	cancelled, stop := context.WithCancel(t.Context())
	stop()
	f, err = study(t, steady, "hedge.p95", nil, "hedge.delay=500ms..10s").Run(cancelled)
	must(t, err)
	if f.Document.Recommended != nil || !f.Document.Interrupted {
		t.Errorf("recommended %v after nothing was run", f.Document.Recommended)
	}
	written(t, f.Document)

	s = study(t, steady, "hedge.p95", nil, "hedge.delay=500ms..10s")
	s.TimeLimit = time.Nanosecond
	if _, err := s.Run(t.Context()); !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), "time limit") {
		t.Errorf("out of time: %v", err)
	}
}

// A search that is stopped within its first round has tried settings all over the
// grid, the current one among them, and says how many it has not.
func TestStudy_stoppedEarly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := study(t, steady, "hedge.p95", nil, "hedge.delay=10ms..20s:points=500")
	s.Evaluator.Requests = 100
	s.Progress = func(p tune.Progress) {
		if p.Done == 400 {
			cancel()
		}
	}
	f, err := s.Run(ctx)
	must(t, err)
	d := f.Document
	if n := len(d.Settings); !d.Interrupted || n < 128 || n > 192 || *d.Current != 0 {
		t.Errorf("interrupted %t with %d settings, the current is %v", d.Interrupted, n, d.Current)
	}
	if !strings.Contains(strings.Join(d.Warnings, "\n"), "of 501 settings were not tried at all") {
		t.Errorf("warnings %q", d.Warnings)
	}
	if best := d.Settings[*d.Recommended]; best.Predicted["hedge.p95"].Value > 2400 {
		t.Errorf("the best so far is %s with %v ms", best.Name, best.Predicted["hedge.p95"].Value)
	}
	written(t, d)
}

// A knob that turns nothing is no choice, and that is said.
func TestStudy_idle(t *testing.T) {
	t.Parallel()
	for vary, idle := range map[string]bool{"hedge.max_hedges=1..3": true, "hedge.delay=2s,4s": false} {
		s := study(t, steady, "hedge.p90", nil, vary)
		s.Evaluator.Requests, s.Seeds = 100, 3
		f, err := s.Run(t.Context())
		must(t, err)
		if got := strings.Contains(strings.Join(f.Document.Warnings, "\n"), "has no influence on it"); got != idle {
			t.Errorf("%s: warnings %q", vary, f.Document.Warnings)
		}
	}
}

// A latency that has no value for another reason than failures is an error that
// says which, not a failure.
func TestStudy_noValue(t *testing.T) {
	t.Parallel()
	text := strings.Replace(steady, "strategies:", "faults: [{name: slow, on: a, from: 1s, to: 1200ms, latency: {add: 1s}}]\nstrategies:", 1)
	s := study(t, text, "hedge.during(slow).p95", nil, "hedge.delay=1s,2s")
	if _, err := s.Run(t.Context()); !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), "has no value: needs 72 requests, has") {
		t.Errorf("error %v", err)
	}
}

// Real models are not asked thousands of times over.
func TestStudy_real(t *testing.T) {
	t.Parallel()
	s := study(t, `
load: {requests: 1000}
models:
  a: {provider: openai, model: m, base_url: "http://127.0.0.1:1/v1", price: {input: 1, output: 1}}
  b: {provider: openai, model: m, base_url: "http://127.0.0.1:1/v1", price: {input: 1, output: 1}}
strategies: {hedge: {hedge: {targets: [a, b], delay: 3s}}}
`, "hedge.p95", nil, "hedge.delay=1s,2s")
	if _, err := s.Run(t.Context()); !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), "are real") {
		t.Errorf("error %v", err)
	}
}

// What cannot be tuned is one clear error that says what would be needed.
func TestStudy_mistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		goal, constraint, vary string
		requests               int
		want                   string
	}{
		"too few requests": {"hedge.p99", "", "hedge.delay=1s,2s", 200, "hedge.p99 needs 368 requests per seed and the load has 200"},
		"infeasible":       {"hedge.p95", "hedge.p50 <= 1ms", "hedge.delay=1s,2s", 0, "hedge.p50 <= 1ms is missed by"},
		"no such knob":     {"hedge.p95", "", "hedge.dely=1s,2s", 0, `unknown key (did you mean "delay"?)`},
		"wrong value":      {"hedge.p95", "", "hedge.delay=1s,2", 0, "must be a duration"},
		"seed":             {"hedge.p95", "", "seed=1,2", 0, "knob seed: every setting is run with the same seeds"},
		"no knob":          {"hedge.p95", "", "", 0, "no knob is given"},
		"too many":         {"hedge.p95", "", "hedge.delay=1s..9s:step=10ms hedge.budget=1%..20%:step=1%", 0, "more than 10000 settings"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var constraints []string
			if c.constraint != "" {
				constraints = append(constraints, c.constraint)
			}
			s := study(t, steady, c.goal, constraints, strings.Fields(c.vary)...)
			s.Evaluator.Requests = c.requests
			_, err := s.Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	for goal, want := range map[string]string{
		"hedgy.p95": `there is no strategy "hedgy"`, "hedge.p96": "p96", "hedge.p95 <= 3s": "expected the end", "3s": "names no strategy",
		"hedge.during(storm).p95": `there is no fault "storm"`,
	} {
		if _, err := tune.ParseGoal(parse(t, steady), goal, false, nil); !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("goal %s: %v, want %q", goal, err, want)
		}
	}
}

// Models that are alike differ in nothing but luck. The luckiest looks better than
// it is on the seeds that it was chosen by, and as it is on fresh ones: they all
// have a mean of 1 s. The mean of 600 requests has a standard error of 41 ms, and
// the smallest of eight is 1.42 of them below the truth on average.
func TestStudy_selectionBias(t *testing.T) {
	t.Parallel()
	const alike, times = 8, 10
	text := strings.Replace(steady, "requests: 1000", "requests: 200", 1)
	var names []string
	for i := range alike {
		names = append(names, fmt.Sprintf("b%d", i))
		text = strings.Replace(text, "strategies:", "  "+names[i]+": {latency: {exponential: {mean: 1s}}}\nstrategies:", 1)
	}
	var chosen, fresh []float64
	for seed := range uint64(times) {
		s := study(t, text, "single.mean", nil)
		s.Seed, s.Seeds, s.Fresh, s.Current, s.Shown = 10_000*seed, 3, 3, nil, nil
		for _, name := range names {
			s.Settings = append(s.Settings, tune.Setting{Changes: changes("single.target", name)})
		}
		f, err := s.Run(t.Context())
		must(t, err)
		best := f.Document.Settings[*f.Document.Recommended]
		chosen = append(chosen, best.Predicted["single.mean"].Value-1000)
		fresh = append(fresh, best.Realised["single.mean"].Value-1000)
	}
	if bias := stats.Across(chosen); bias.High >= 0 {
		t.Errorf("on its own seeds the choice is off by %v: there is no bias to avoid", bias)
	}
	if p := stats.AcrossPValue(fresh); p < 0.001 {
		t.Errorf("on fresh seeds the choice is off by %v (p %v)", stats.Across(fresh), p)
	}
}

func changes(key, value string) []scenarios.Change {
	return []scenarios.Change{{Key: key, Value: value}}
}

// The evaluator gives settings in the order asked for, and shares what no
// setting changes.
func TestEvaluator(t *testing.T) {
	t.Parallel()
	sc := parse(t, steady)
	refs := []objective.Ref{{Strategy: "hedge", Metric: "attempts"}, {Strategy: "single", Metric: "p95"}}
	e, err := tune.NewEvaluator(sc, []string{"hedge.delay"}, refs, tune.EvaluatorOptions{Requests: 200})
	must(t, err)
	settings := []tune.Setting{{Changes: changes("hedge.delay", "0s")}, {Changes: changes("hedge.delay", "1h")}, {}}
	runs, err := e.Measure(t.Context(), settings, []uint64{5, 6})
	must(t, err)
	attempts, err := objective.ParseExpression("hedge.attempts")
	must(t, err)
	baseline, err := objective.ParseExpression("single.p95")
	must(t, err)
	var common []float64
	for i, want := range []float64{2, 1} {
		v, err := runs[i].Vector(attempts)
		must(t, err)
		if v[0] != want || v[1] != want {
			t.Errorf("setting %d makes %v attempts per request, want %v", i, v, want)
		}
		b, err := runs[i].Vector(baseline)
		must(t, err)
		if common == nil {
			common = b
		}
		if !cmp.Equal(common, b) {
			t.Errorf("the baseline is %v and %v", common, b)
		}
	}
}
