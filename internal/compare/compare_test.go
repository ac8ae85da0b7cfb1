package compare_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/compare"
	"github.com/tailgate-bench/tailgate/internal/engine"
	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/scenarios"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const scenario = `
name: shop
seed: %SEED%
load: {rate: 20/s, requests: 2000}
models:
  a:
    first_token: {lognormal: {median: 900ms, p95: 2500ms}}
    price: {input: 3, output: 15}
  b:
    first_token: {lognormal: {median: 700ms, p95: 1500ms}}
    price: {input: 1, output: 5}
faults:
  - {name: outage, on: a, from: 30s, to: %UNTIL%, status: {code: 503}}
strategies:
  plain: {single: {target: a}}
  hedged: {hedge: {targets: [a, b], delay: %DELAY%, budget: 100%}}
`

// run makes a run of the scenario and keeps its requests.
func run(t *testing.T, seed, until, delay string) compare.Run {
	t.Helper()
	text := strings.NewReplacer("%SEED%", seed, "%UNTIL%", until, "%DELAY%", delay).Replace(scenario)
	sc, err := scenarios.Parse("shop.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d, err := engine.Run(t.Context(), sc, engine.Options{Dir: dir, Version: "v0"})
	if err != nil {
		t.Fatal(err)
	}
	return compare.Run{Path: "out/" + delay, Report: d, Requests: filepath.Join(dir, engine.RequestsFile)}
}

func reportsOf(t *testing.T, before, after compare.Run, tolerance string) *reports.Comparison {
	t.Helper()
	limit, err := compare.ParseTolerance(tolerance)
	if err != nil {
		t.Fatal(err)
	}
	c, err := compare.Reports(before, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func change(t *testing.T, c *reports.Comparison, strategy, metric string) reports.Change {
	t.Helper()
	for _, x := range c.Changes {
		if x.Strategy == strategy && x.Metric == metric {
			return x
		}
	}
	t.Fatalf("nothing is said of %s of %s", metric, strategy)
	return reports.Change{}
}

// A later hedge is a slower one: paired, that is certain, and what did not change
// is the same to the last request.
func TestReports_paired(t *testing.T) {
	t.Parallel()
	c := reportsOf(t, run(t, "1", "31s", "1s"), run(t, "1", "31s", "1200ms"), "")
	if !c.Paired {
		t.Fatalf("not paired: %s", c.How)
	}
	for _, metric := range []string{"success", "p50", "p95", "p99", "cost", "attempts"} {
		if x := change(t, c, "plain", metric); x.Verdict != reports.Same && x.Delta.Delta != nil {
			t.Errorf("%s of plain: %s", metric, x.Verdict)
		}
	}
	p95, attempts := change(t, c, "hedged", "p95"), change(t, c, "hedged", "attempts")
	if p95.Verdict != reports.Worse || !p95.Delta.Significant || !p95.Regression {
		t.Errorf("p95: %+v", p95)
	}
	if attempts.Verdict != reports.Better || attempts.Regression || !attempts.Old.HasInterval() {
		t.Errorf("attempts: %+v", attempts)
	}
	if c.Regressions == 0 || c.Comparisons < 3 || c.Comparisons > 6 {
		t.Errorf("%d regressions in %d comparisons", c.Regressions, c.Comparisons)
	}
}

// The same difference over other seeds takes more requests to see: its interval
// is that of two independent runs.
func TestReports_unpaired(t *testing.T) {
	t.Parallel()
	paired := reportsOf(t, run(t, "1", "31s", "1s"), run(t, "1", "31s", "1200ms"), "")
	c := reportsOf(t, run(t, "1", "31s", "1s"), run(t, "2", "31s", "1200ms"), "")
	if c.Paired || !strings.Contains(c.How, "seeds are 1 and 2") {
		t.Errorf("paired %v: %s", c.Paired, c.How)
	}
	wide, narrow := change(t, c, "hedged", "p50").Delta, change(t, paired, "hedged", "p50").Delta
	if *wide.High-*wide.Low < 1.5*(*narrow.High-*narrow.Low) {
		t.Errorf("unpaired %v to %v, paired %v to %v", *wide.Low, *wide.High, *narrow.Low, *narrow.High)
	}
	if x := change(t, c, "plain", "p50"); x.Verdict != reports.Unclear {
		t.Errorf("other weather is a change of p50: %+v", x)
	}
	if x := change(t, c, "plain", "attempts"); x.Verdict != reports.NotTested || x.Delta.Why == "" {
		t.Errorf("attempts have no interval, but: %+v", x)
	}
}

func TestReports_pairing(t *testing.T) {
	t.Parallel()
	base := run(t, "1", "31s", "1s")
	without := base
	without.Requests = ""
	repeated, longer, paid := base, base, base
	r, l, p := *base.Report, *base.Report, *base.Report
	p.Spending = &reports.Spending{}
	paid.Report = &p
	r.Repeats = &reports.Repeats{Count: 2}
	l.Planned++
	repeated.Report, longer.Report = &r, &l
	for _, c := range []struct {
		name          string
		before, after compare.Run
		want          string
	}{
		{"other faults", base, run(t, "1", "40s", "1s"), "other load, workload, models or faults"},
		{"no requests before", without, base, "the old run has no requests.ndjson.gz"},
		{"no requests after", base, without, "the new run has no requests.ndjson.gz"},
		{"real models", base, paid, "do not meet the same weather twice"},
		{"several seeds", repeated, base, "several seeds"},
		{"other length", base, longer, "other rate or length"},
	} {
		if got := reportsOf(t, c.before, c.after, ""); got.Paired || !strings.Contains(got.How, c.want) {
			t.Errorf("%s: paired %v, %s", c.name, got.Paired, got.How)
		}
	}
}

// A percentile that has become a failure has no number, and is the worst of all.
func TestReports_lost(t *testing.T) {
	t.Parallel()
	before, after := run(t, "1", "31s", "1s"), run(t, "1", "60s", "1s")
	c := reportsOf(t, before, after, "")
	x := change(t, c, "plain", "p95")
	if x.New.Known() || !x.Regression || x.Verdict != reports.Worse {
		t.Errorf("p95 of plain: %+v", x)
	}
	way := reportsOf(t, after, before, "")
	if back := change(t, way, "plain", "p95"); back.Regression || back.Verdict != reports.Better {
		t.Errorf("the way back: %+v", back)
	}
	for want, c := range map[string]*reports.Comparison{
		`✕ +p95 .* fails +lost`: c, `✓ +p95 +fails .* gained`: way, `p95 +fails +fails +still fails`: reportsOf(t, after, after, ""),
	} {
		var b bytes.Buffer
		if err := reports.WriteComparison(&b, c, reports.Terminal{}); err != nil || !regexp.MustCompile(want).Match(b.Bytes()) {
			t.Errorf("no %s: %v\n%s", want, err, b.String())
		}
	}
}

func TestReports_tolerance(t *testing.T) {
	t.Parallel()
	before, after := run(t, "1", "31s", "1s"), run(t, "1", "31s", "1200ms")
	if c := reportsOf(t, before, after, "100%"); c.Regressions != 0 {
		t.Errorf("%d regressions beyond 100 %%", c.Regressions)
	}
	c := reportsOf(t, before, after, "100%,p95=0.1%")
	if c.Regressions != 1 || !change(t, c, "hedged", "p95").Regression {
		t.Errorf("%d regressions, want that of p95", c.Regressions)
	}
}

func TestReports_strategies(t *testing.T) {
	t.Parallel()
	before := run(t, "1", "31s", "1s")
	after := before
	d := *before.Report
	d.Strategies = d.Strategies[:1]
	after.Report = &d
	c := reportsOf(t, before, after, "")
	if diff := cmp.Diff([]string{"hedged"}, c.OnlyOld); diff != "" || len(c.OnlyNew) != 0 {
		t.Errorf("only old %v, only new %v", c.OnlyOld, c.OnlyNew)
	}
	broken := before
	broken.Requests = filepath.Join(t.TempDir(), "none")
	if _, err := compare.Reports(broken, before, compare.Tolerance{}); err == nil {
		t.Error("requests that are not there are no error")
	}
}

// Two runs of the same scenario with other seeds differ by chance only, so few
// comparisons call anything a regression.
func TestReports_falseAlarms(t *testing.T) {
	t.Parallel()
	const pairs = 12
	alarms := 0
	for i := range pairs {
		seed := func(n int) string { return string(rune('1'+n/10)) + string(rune('0'+n%10)) }
		c := reportsOf(t, run(t, seed(2*i), "31s", "1s"), run(t, seed(2*i+1), "31s", "1s"), "0%,success=0%")
		if c.Regressions > 0 {
			alarms++
		}
	}
	if alarms > 3 {
		t.Errorf("%d of %d comparisons of equals find a regression", alarms, pairs)
	}
}

// styles are what a page shares with the report's, which has tests of its own.
var styles = regexp.MustCompile(`(?s)<style>.*</style>\n|<meta http-equiv[^\n]*\n`)

func TestWrite(t *testing.T) {
	t.Parallel()
	c := reportsOf(t, run(t, "1", "31s", "1s"), run(t, "1", "31s", "1200ms"), "")
	for name, write := range map[string]func(*bytes.Buffer) error{
		"terminal.txt": func(b *bytes.Buffer) error { return reports.WriteComparison(b, c, reports.Terminal{}) },
		"ascii.txt": func(b *bytes.Buffer) error {
			return reports.WriteComparison(b, c, reports.Terminal{ASCII: true, Width: 80})
		},
		"narrow.txt":      func(b *bytes.Buffer) error { return reports.WriteComparison(b, c, reports.Terminal{Width: 60}) },
		"comparison.xml":  func(b *bytes.Buffer) error { return reports.WriteComparisonJUnit(b, c) },
		"comparison.html": func(b *bytes.Buffer) error { return reports.WriteComparisonHTML(b, c) },
		"comparison.md":   func(b *bytes.Buffer) error { return reports.WriteComparisonMarkdown(b, c) },
		"comparison.json": func(b *bytes.Buffer) error { return reports.WriteComparisonJSON(b, c) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		page := styles.ReplaceAll(got.Bytes(), nil)
		got.Reset()
		got.Write(page)
		path := filepath.Join("testdata", "golden", "TestWrite", name)
		if *update {
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
