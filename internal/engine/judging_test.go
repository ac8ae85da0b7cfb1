package engine_test

import (
	"compress/gzip"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/engine"
)

const judged = `
name: judged
load: {rate: 50/s, requests: 300, timeout: 20s}
workload: {prompts: tasks}
models:
  a: {latency: 200ms, output_tokens: 20, price: {input: 1, output: 2}, accuracy: 60%}
  b: {format: anthropic, latency: 2s, output_tokens: 30, price: {input: 1, output: 4}, accuracy: 70%}
  j: {format: gemini, latency: 300ms, price: {input: 5, output: 20}, judge: {noise: 2, unreadable: 10%}}
strategies:
  best:   {best_of: {targets: [a, b], judge: j}}
  routed: {route: {classify: best, default: a, rules: [{match: '^What', task: classify}]}}
objectives:
  - best.picked_right >= 60%
  - routed.picked_right >= 60%
`

// What a judge says, and which answer is picked, does not depend on the clock:
// over sockets, in three vendors' formats, as in a simulation.
func TestRun_judgeOnBothClocks(t *testing.T) {
	t.Parallel()
	sc := parse(t, judged)
	simulated := runIt(t, sc, engine.Options{})
	measured := runIt(t, sc, engine.Options{Clock: engine.Real, TimeScale: 4})
	valid(t, simulated)
	valid(t, measured)
	for _, name := range []string{"best", "routed"} {
		v, r := strategy(t, simulated, name), strategy(t, measured, name)
		if v.Judge == nil || v.Judge.Scores == 0 || v.Judge.Unreadable == 0 {
			t.Fatalf("%s: judge %+v", name, v.Judge)
		}
		if diff := cmp.Diff(v.Judge, r.Judge, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s: judge (-virtual +real)\n%s", name, diff)
		}
		if v.Attempts != r.Attempts || v.Accuracy != r.Accuracy || math.Abs(v.Cost.USD.Value-r.Cost.USD.Value) > 1e-9 {
			t.Errorf("%s: virtual %+v %v %v, real %+v %v %v", name, v.Attempts, v.Accuracy, v.Cost.USD, r.Attempts, r.Accuracy, r.Cost.USD)
		}
		for i, task := range v.Tasks {
			if other := r.Tasks[i]; task.Task != other.Task || task.Requests != other.Requests || task.CostUSD != other.CostUSD ||
				task.Attempts != other.Attempts || task.Success != other.Success {
				t.Errorf("%s: task %+v on the virtual clock, %+v on the real", name, task, other)
			}
		}
	}
	for _, o := range simulated.Objectives {
		if o.Verdict != "pass" {
			t.Errorf("%s: %s %s", o.Text, o.Verdict, o.Why)
		}
	}
}

// The figures of the tasks add up to those of the strategy, and a request counts
// under the task it says, not the one a rule has found.
func TestRun_tasks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := runIt(t, parse(t, judged), engine.Options{Dir: dir})
	s := strategy(t, d, "routed")
	requests, succeeded, cost := 0, 0, 0.0
	var names []string
	for _, task := range s.Tasks {
		names = append(names, task.Task)
		requests += task.Requests
		succeeded += task.Succeeded
		cost += task.CostUSD
		if want := map[string]float64{"chat": 1, "code": 1, "classify": 4}[task.Task]; want != 0 && task.Attempts != want {
			t.Errorf("%s: %v attempts a request, want %v", task.Task, task.Attempts, want)
		}
	}
	if diff := cmp.Diff([]string{"", "chat", "classify", "code"}, names); diff != "" {
		t.Error(diff)
	}
	if requests != s.Requests || succeeded != s.Succeeded || math.Abs(cost-s.Cost.USD.Value) > 1e-9 {
		t.Errorf("tasks: %d of %d for %v, strategy: %d of %d for %v", succeeded, requests, cost, s.Succeeded, s.Requests, s.Cost.USD.Value)
	}
	var routed int
	for _, line := range readRequests(t, filepath.Join(dir, engine.RequestsFile)) {
		if strings.Contains(line, `"strategy":"routed"`) && strings.Contains(line, `"route":"best"`) && strings.Contains(line, `"scores":[{"target":"a"`) {
			routed++
		}
	}
	if routed == 0 {
		t.Error("no line tells of a routed and judged request")
	}
}

func readRequests(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// Without any task in the workload a rule of the route gives it.
func TestRun_tasksByRule(t *testing.T) {
	t.Parallel()
	prompts := filepath.Join(t.TempDir(), "prompts.jsonl")
	if err := os.WriteFile(prompts, []byte("{\"prompt\":\"What is 1?\"}\n{\"prompt\":\"hi\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := runIt(t, parse(t, strings.Replace(judged, "prompts: tasks", "prompts: "+prompts, 1)), engine.Options{})
	tasks := strategy(t, d, "routed").Tasks
	if len(tasks) != 2 || tasks[0].Task != "" || tasks[1].Task != "classify" || tasks[1].Requests != 150 {
		t.Errorf("tasks %+v", tasks)
	}
	if others := strategy(t, d, "best").Tasks; others != nil {
		t.Errorf("a strategy without a route has tasks %+v", others)
	}
}
