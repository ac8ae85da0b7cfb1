// Package tailgatetest makes a Go test fail when a scenario misses its
// objectives: a gate where there is go test and nothing else.
//
//	func TestOutage(t *testing.T) {
//		tailgatetest.Run(t, "primary-outage",
//			tailgatetest.Only("single", "guarded"),
//			tailgatetest.Objectives("guarded.p95 <= 4s", "guarded.cost <= 1.3"))
//	}
//
// The scenario runs on the virtual clock, ten minutes of traffic in about a
// second, and with the same seed gives the same result on every machine. A test
// that fails says which objectives were missed, what was measured with its
// interval, and the command that runs the same again.
package tailgatetest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

// Option changes how a scenario is run or judged. Their order does not matter.
type Option func(*settings)

type settings struct {
	run        engine.Options
	objectives []string
	strict     bool
}

// Seed replaces the scenario's seed.
func Seed(seed uint64) Option { return func(s *settings) { s.run.Seed = &seed } }

// Only runs just the strategies of these names.
func Only(strategies ...string) Option {
	return func(s *settings) { s.run.Only = append(s.run.Only, strategies...) }
}

// Requests replaces the length of the load: so many requests per strategy.
func Requests(n int) Option { return func(s *settings) { s.run.Requests = n } }

// Objectives adds objectives to those of the scenario, such as "hedge.p95 <= 3s".
func Objectives(texts ...string) Option {
	return func(s *settings) { s.objectives = append(s.objectives, texts...) }
}

// Strict fails the test for an undecided objective too, which is logged otherwise.
// One about a strategy that [Only] leaves out counts as undecided.
func Strict() Option { return func(s *settings) { s.strict = true } }

// Run runs a scenario, given the name of an embedded one or its file, and returns
// the report. Each missed objective is an error of the test; a scenario that is
// wrong, or that has no objective to miss, ends it.
func Run(tb testing.TB, scenario string, options ...Option) *reports.Document {
	tb.Helper()
	sc, err := scenarios.Load(scenario)
	if err != nil {
		tb.Fatalf("tailgatetest: %v", err)
	}
	return run(tb, sc, func() string { return scenario }, options)
}

// RunBytes is [Run] for the text of a scenario file. Files that it refers to are
// looked for in the working directory. If the test fails, the text is saved among
// its artifacts, which go test -artifacts keeps.
func RunBytes(tb testing.TB, scenario []byte, options ...Option) *reports.Document {
	tb.Helper()
	sc, err := scenarios.Parse("scenario.yaml", scenario)
	if err != nil {
		tb.Fatalf("tailgatetest: %v", err)
	}
	save := func() string {
		path := filepath.Join(tb.ArtifactDir(), "scenario.yaml")
		if err := os.WriteFile(path, scenario, 0o600); err != nil {
			tb.Logf("tailgatetest: the scenario is not saved: %v", err)
		}
		return path
	}
	return run(tb, sc, save, options)
}

// run judges the scenario; where returns how a command finds it.
func run(tb testing.TB, sc *scenarios.Scenario, where func() string, options []Option) *reports.Document {
	tb.Helper()
	var s settings
	for _, option := range options {
		option(&s)
	}
	if sc.Real() {
		tb.Fatalf("tailgatetest: scenario %s calls real models, which a test must not: give it mocks", sc.Name)
	}
	sc, err := sc.WithObjectives(s.objectives...)
	if err != nil {
		tb.Fatalf("tailgatetest: %v", err)
	}
	if len(sc.Objectives) == 0 {
		tb.Fatalf("tailgatetest: scenario %s has no objectives, so it cannot miss any: add some with Objectives", sc.Name)
	}
	d, err := engine.Run(tb.Context(), sc, s.run)
	if err != nil {
		tb.Fatalf("tailgatetest: %v", err)
	}
	if d.Interrupted {
		tb.Fatalf("tailgatetest: the test ended before scenario %s did", sc.Name)
	}
	if s.judge(tb, d) {
		tb.Logf("tailgatetest: reproduce with: %s", s.run.CommandLine(where(), 1, s.objectives))
	}
	return d
}

// judge reports what was missed and says whether anything was.
func (s *settings) judge(tb testing.TB, d *reports.Document) (failed bool) {
	tb.Helper()
	for _, o := range d.Objectives {
		switch {
		case o.Verdict == "fail":
			tb.Errorf("tailgatetest: objective missed: %s: %s", o.Text, o.Reading())
		case o.Verdict == "undecided" && s.strict:
			tb.Errorf("tailgatetest: objective undecided: %s: %s", o.Text, o.Reading())
		case o.Verdict == "undecided":
			tb.Logf("tailgatetest: objective undecided: %s: %s", o.Text, o.Reading())
			continue
		default:
			continue
		}
		failed = true
	}
	return failed
}
