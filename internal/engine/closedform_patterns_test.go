//go:build !race

package engine_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
)

// A judge of constant latency answers that long after the slowest candidate, and
// without noise it picks a right answer wherever there is one. With an early
// stop at a score that only right answers get, the k-th candidate decides.
func TestClosedForm_bestOf(t *testing.T) {
	t.Parallel()
	const n, a = 20_000, 0.6
	lines, names := several(3, "latency: {exponential: {mean: 300ms}}, accuracy: 0.6")
	d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d, timeout: 1h}
models:
  j: {latency: 50ms, judge: {noise: 0, unreadable: 0}}
%sstrategies:
  x: {best_of: {targets: [%s], judge: j}}
  early: {best_of: {targets: [%s], judge: j, stop_at: 8}}
`, n, lines, names, names)), engine.Options{})
	s := strategy(t, d, "x")
	judged := func(f cdf) cdf { return func(x float64) float64 { return f(x - 50) } }
	slowest := judged(ranked(exponentialCDF(300), 3, 3))
	latency(t, "best of 3", s.LatencyMS, n, slowest, 50, 10_000)
	right := 1 - (1-a)*(1-a)*(1-a)
	near(t, "right", s.Accuracy.Value, right, sigmas*math.Sqrt(right*(1-right)/n))
	if s.Judge.PickedRight.Value != 1 || s.Attempts.Total != 6*n {
		t.Errorf("picked right %v, %d calls", s.Judge.PickedRight, s.Attempts.Total)
	}
	early := strategy(t, d, "early")
	first, second := judged(ranked(exponentialCDF(300), 1, 3)), judged(ranked(exponentialCDF(300), 2, 3))
	quantiles(t, "early", early.LatencyMS, n, func(x float64) float64 {
		return a*first(x) + (1-a)*a*second(x) + (1-a)*(1-a)*slowest(x)
	})
	if early.Accuracy.Value != s.Accuracy.Value {
		t.Errorf("right %v when stopping early, %v when not", early.Accuracy.Value, s.Accuracy.Value)
	}
}

// A split gives each user, or each request, to the challenger with the
// probability asked for; a shadow copies as much and nobody waits for it.
func TestClosedForm_split(t *testing.T) {
	t.Parallel()
	const n = 20_000
	d := runIt(t, parse(t, fmt.Sprintf(`
load: {rate: 1000/s, requests: %d}
workload: {users: 1000000}
models: {a: {latency: {exponential: {mean: 1s}}}, b: {latency: 100ms}}
strategies:
  single: {single: {target: a}}
  users: {ab: {control: a, challenger: b, share: 20%%}}
  requests: {ab: {control: a, challenger: b, share: 35%%, key: request}}
  shadow: {ab: {control: a, challenger: b, shadow: true, share: 50%%}}
`, n)), engine.Options{})
	asked := func(name string) int { return model(t, strategy(t, d, name), "b").Attempts }
	share(t, "of users", asked("users"), n, 0.2)
	share(t, "of requests", asked("requests"), n, 0.35)
	share(t, "copied", asked("shadow"), n, 0.5)
	quantiles(t, "split", strategy(t, d, "requests").LatencyMS, n, func(x float64) float64 {
		if x < 100 {
			return 0.65 * exponentialCDF(1000)(x)
		}
		return 0.35 + 0.65*exponentialCDF(1000)(x)
	})
	if got, want := strategy(t, d, "shadow").LatencyMS.P99, strategy(t, d, "single").LatencyMS.P99; got != want {
		t.Errorf("P99 %+v with a shadow, %+v without", got, want)
	}
}

// Each branch of a route serves the requests of its task and no others.
func TestClosedForm_route(t *testing.T) {
	t.Parallel()
	s := only(t, `
load: {rate: 100/s, requests: 5000}
workload: {prompts: tasks}
models: {a: {latency: 100ms}, b: {latency: 200ms}, c: {latency: 300ms}}
strategies: {x: {route: {classify: a, code: b, default: c}}}
`)
	served := map[string]int{}
	for _, task := range s.Tasks {
		at := map[string]string{"classify": "a", "code": "b"}[task.Task]
		if at == "" {
			at = "c"
		}
		served[at] += task.Requests
		if p50 := map[string]float64{"a": 100, "b": 200, "c": 300}[at]; task.P50MS.Value != p50 || task.P95MS.Value != p50 {
			t.Errorf("%s: P50 %v, P95 %v, want %v", task.Task, task.P50MS.Value, task.P95MS.Value, p50)
		}
	}
	for name, want := range served {
		if got := model(t, s, name).Attempts; got != want || want == 0 {
			t.Errorf("%s served %d requests, want %d", name, got, want)
		}
	}
}

// A limit on what runs at once is Erlang's loss system, whatever the latency; a
// fallback behind it takes exactly what it turns away.
func TestClosedForm_limited(t *testing.T) {
	t.Parallel()
	const n = customers
	for _, settings := range []string{"latency: {exponential: {mean: 100ms}}", "latency: 100ms"} {
		s := only(t, fmt.Sprintf(`
load: {rate: 40/s, requests: %d, arrivals: poisson}
models: {a: {%s}, b: {latency: 10ms}}
strategies: {x: {fallback: {targets: [{limited: {target: a, concurrency: 5}}, b]}}}
`, n, settings))
		b, turned := erlangB(4, 5), model(t, s, "b").Attempts
		near(t, "Erlang B, "+settings, float64(turned)/n, b, 3*sigmas*math.Sqrt(b*(1-b)/n))
		if s.Succeeded != n || model(t, s, "a").Attempts != n-turned {
			t.Errorf("%d of %d succeeded, a served %d, b %d", s.Succeeded, n, model(t, s, "a").Attempts, turned)
		}
	}
}

// A budget serves as many calls as it can pay, to the cent.
func TestClosedForm_budgeted(t *testing.T) {
	t.Parallel()
	d := runIt(t, parse(t, `
load: {rate: 10/s, requests: 200}
workload: {max_tokens: 100}
models:
  a: {latency: 10ms, output_tokens: 100, price: {input: 0, output: 10}}
  b: {latency: 20ms, output_tokens: 100, price: {input: 0, output: 10}}
strategies:
  single: {single: {target: a}}
  run: {budgeted: {target: a, per_run: 0.05}}
  request: {budgeted: {target: {race: {targets: [a, b, b]}}, per_request: 0.0025}}
`), engine.Options{})
	run, request := strategy(t, d, "run"), strategy(t, d, "request")
	near(t, "spent", run.Cost.USD.Value, 0.05, 1e-9)
	if run.Succeeded != 50 || run.Errors["rejected"] != 150 {
		t.Errorf("5 cents pay %d answers of 0.1 cents, errors %v", run.Succeeded, run.Errors)
	}
	if request.Succeeded != 200 || request.Attempts.Total != 2*200 || request.Attempts.Rejected != 200 {
		t.Errorf("0.25 cents pay %+v of 0.1 cents each", request.Attempts)
	}
}

// Learned weights are the log-odds of each member: one that is right 90 % of the
// time outvotes two at 60 %, since ln 9 > 2 ln 1.5.
func TestClosedForm_learnedWeights(t *testing.T) {
	t.Parallel()
	const n, warmup, a = 20_000, 500, 0.9
	s := only(t, fmt.Sprintf(`
load: {rate: 100/s, requests: %d}
workload: {reply: text}
models:
  a: {latency: 100ms, accuracy: 0.9}
  b: {latency: 90ms, accuracy: 0.6}
  c: {latency: 80ms, accuracy: 0.6}
strategies: {x: {consensus: {targets: [a, b, c], weights: learned, warmup: %d, quorum: plurality, tie: order, wait: all}}}
`, n, warmup))
	near(t, "right", s.Accuracy.Value, a, sigmas*math.Sqrt(a*(1-a)/n)+0.1*warmup/n)
}

func model(t *testing.T, s *reports.Strategy, name string) reports.Model {
	t.Helper()
	for _, m := range s.Models {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("%s asked no model %s", s.Name, name)
	return reports.Model{}
}
