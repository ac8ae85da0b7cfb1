package tune_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/internal/tune"
)

// crowd is a model that serves 20/s, asked 15/s but for a peak. Calls that wait for
// more than 3 s are given up and made again.
const crowd = `
load: {arrivals: {steps: [{rate: 15/s, for: 60s}, {rate: 40/s, for: 30s}, {rate: 15/s, for: 100s}]}, timeout: 20s}
models: {a: {latency: {constant: 1s}}}
faults: [{name: limit, on: a, capacity: {concurrency: 20, queue: 120}}]
strategies:
  single: {single: {target: a}}
  retry: {retry: {target: a, attempts: 4, base: 100ms, budget: none}}
`

func budget(t *testing.T, change func(*tune.Budget)) *tune.Budget {
	t.Helper()
	sc := parse(t, crowd)
	b := &tune.Budget{
		Study: tune.Study{Scenario: sc, Seed: 1, Seeds: 3, Fresh: 3}, Timeout: 3 * time.Second,
		Budgets: []string{"0%", "10%", "20%", "80%", "none"}, Levels: []float64{1.2},
	}
	if change != nil {
		change(b)
	}
	return b
}

// Calls are at most 1 + b times the requests. So the system has room to recover as
// long as (1 + b)·15/s < 20/s, which is b < 33 %, or 11 % at 1.2 times the load. Far
// beyond, retries ask for more than there is, and go on doing so.
func TestBudget(t *testing.T) {
	t.Parallel()
	f, err := budget(t, nil).Run(t.Context())
	must(t, err)
	d := f.Document
	text := written(t, d)
	s := d.Budget.Strategies[0]
	for _, c := range s.Cells {
		// Up to 100 requests' budget may have been saved up for the 450 of a window.
		if c.Share != nil && (c.Before.Value > 1+*c.Share || c.After.Value > 1+*c.Share*550/450) {
			t.Errorf("with %s there are %v and %v calls per request", c.Budget, c.Before, c.After)
		}
		room := c.Share != nil && (1+*c.Share)*15*d.Budget.Levels[c.Level] < 19.5
		if room && c.Recovered.Value < 1 || (c.Share == nil || *c.Share >= 0.8) && c.Recovered.Value > 0 {
			t.Errorf("with %s at level %v %v of runs recover", c.Budget, d.Budget.Levels[c.Level], c.Recovered)
		}
	}
	if s.Recommended == nil || s.Next == nil || s.Boundary[1] == nil || *s.Boundary[1] != "10%" || len(s.PerSeed) != 3 {
		t.Fatalf("%+v", s)
	}
	best := d.Settings[*d.Recommended]
	if d.Headline != "Set retry.budget="+*s.Recommended+"." || len(f.Changes) != 2 || !strings.Contains(d.YAML, "budget: "+*s.Recommended) {
		t.Errorf("%s\n%s", d.Headline, d.YAML)
	}
	if best.Realised["recovered"].Value == 0 || d.Settings[*d.Current].Realised["after"].Value < 3.5 {
		t.Errorf("recommended %v, current %v", best, d.Settings[*d.Current])
	}
	g, err := budget(t, func(b *tune.Budget) { b.Evaluator.Workers = 1 }).Run(t.Context())
	must(t, err)
	if written(t, g.Document) != text {
		t.Error("one worker finds something else")
	}
}

func TestBudget_mistakes(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*tune.Budget){
		"leave --requests out":                  func(b *tune.Budget) { b.Evaluator.Requests = 5 },
		`budget "x": must be a share`:           func(b *tune.Budget) { b.Budgets = []string{"x"} },
		"level -1: must be a multiple":          func(b *tune.Budget) { b.Levels = []float64{-1} },
		`has no strategy "single" that retries`: func(b *tune.Budget) { b.Strategies = []string{"single"} },
		"has no fault \"x\" that ends":          func(b *tune.Budget) { b.Fault = "x" },
		"and recovery needs 5m30s of it":        func(b *tune.Budget) { b.Within = 5 * time.Minute },
		"must go upwards and end":               func(b *tune.Budget) { b.From, b.To = 10*time.Second, time.Hour },
		"is a number of requests":               func(b *tune.Budget) { b.Scenario = parse(t, steady) },
		"begins 1s after the start":             func(b *tune.Budget) { b.From, b.To = time.Second, 20*time.Second },
	} {
		_, err := budget(t, change).Run(t.Context())
		if err == nil || !errors.Is(err, tune.ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
