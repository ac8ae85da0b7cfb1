package tailgatetest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
	"github.com/tailgate-bench/tailgate/tailgatetest"
)

// A gate as a service would have it.
func TestRun(t *testing.T) {
	t.Parallel()
	d := tailgatetest.Run(t, "primary-outage",
		tailgatetest.Only("single", "guarded"), tailgatetest.Requests(2000), tailgatetest.Seed(7),
		tailgatetest.Objectives("guarded.success >= 99%", "guarded.cost <= 1.5"))
	if d.Seed != 7 || len(d.Strategies) != 2 || d.Strategies[1].Requests != 2000 {
		t.Errorf("seed %d, %d strategies", d.Seed, len(d.Strategies))
	}
}

// inner is a test inside a test, whose failing is what is looked at.
type inner struct {
	testing.TB
	dir            string
	errors, logged []string
	fatal          string
}

func (i *inner) Helper()                   {}
func (i *inner) Context() context.Context  { return i.TB.Context() }
func (i *inner) ArtifactDir() string       { return i.dir }
func (i *inner) Errorf(f string, a ...any) { i.errors = append(i.errors, fmt.Sprintf(f, a...)) }
func (i *inner) Logf(f string, a ...any)   { i.logged = append(i.logged, fmt.Sprintf(f, a...)) }
func (i *inner) Fatalf(f string, a ...any) {
	i.fatal = fmt.Sprintf(f, a...)
	runtime.Goexit()
}

// within runs f as a test of its own.
func within(t *testing.T, f func(tb testing.TB) *reports.Document) *inner {
	t.Helper()
	i := &inner{TB: t, dir: t.TempDir()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(i)
	}()
	<-done
	return i
}

func TestRun_missed(t *testing.T) {
	t.Parallel()
	got := within(t, func(tb testing.TB) *reports.Document {
		tb.Helper()
		return tailgatetest.Run(tb, "steady", tailgatetest.Only("single"), tailgatetest.Requests(500),
			tailgatetest.Objectives("single.p95 <= 1ms", "single.success >= 50%"))
	})
	if len(got.errors) != 1 || !regexp.MustCompile(`objective missed: single\.p95 <= 1ms: [0-9.]+ m?s \([0-9.]+ m?s to [0-9.]+ m?s\)$`).MatchString(got.errors[0]) {
		t.Errorf("errors are %q", got.errors)
	}
	const want = `reproduce with: tailgate run steady --only single --requests 500 --objective 'single.p95 <= 1ms' --objective 'single.success >= 50%'`
	if last := got.logged[len(got.logged)-1]; !strings.HasSuffix(last, want) {
		t.Errorf("logged %q, want %q", last, want)
	}
}

const source = `
name: inline
load: {rate: 20/s, requests: 50}
models:
  a: {latency: {exponential: {mean: 1s}}}
strategies:
  single: {single: {target: a}}
`

// With few requests P99 is undecided, which fails only a strict test.
func TestRunBytes(t *testing.T) {
	t.Parallel()
	for strict, errors := range map[bool]int{false: 0, true: 1} {
		got := within(t, func(tb testing.TB) *reports.Document {
			tb.Helper()
			options := []tailgatetest.Option{tailgatetest.Objectives("single.p99 <= 5s")}
			if strict {
				options = append(options, tailgatetest.Strict())
			}
			return tailgatetest.RunBytes(tb, []byte(source), options...)
		})
		if len(got.errors) != errors || got.fatal != "" {
			t.Errorf("strict %v: %q, %q", strict, got.errors, got.fatal)
		}
		saved, err := os.ReadFile(filepath.Join(got.dir, "scenario.yaml"))
		if strict && (err != nil || string(saved) != source) || !strict && err == nil {
			t.Errorf("strict %v: saved %q, %v", strict, saved, err)
		}
	}
}

func TestRun_mistakes(t *testing.T) {
	t.Parallel()
	for want, run := range map[string]func(tb testing.TB) *reports.Document{
		"no file of that name": func(tb testing.TB) *reports.Document { tb.Helper(); return tailgatetest.Run(tb, "no-such") },
		"calls real models": func(tb testing.TB) *reports.Document {
			tb.Helper()
			return tailgatetest.RunBytes(tb, []byte("models: {a: {provider: openai, model: gpt-4.1-mini}}\nstrategies: {single: {single: {target: a}}}"))
		},
		"has no objectives": func(tb testing.TB) *reports.Document {
			tb.Helper()
			return tailgatetest.RunBytes(tb, []byte(source))
		},
		"scenario.yaml": func(tb testing.TB) *reports.Document {
			tb.Helper()
			return tailgatetest.RunBytes(tb, []byte("models: 3"))
		},
		`unknown strategy "x"`: func(tb testing.TB) *reports.Document {
			tb.Helper()
			return tailgatetest.Run(tb, "steady", tailgatetest.Objectives("x.p95 <= 1s"))
		},
		`there is no strategy "y"`: func(tb testing.TB) *reports.Document {
			tb.Helper()
			return tailgatetest.Run(tb, "steady", tailgatetest.Only("y"), tailgatetest.Objectives("single.p95 <= 1s"))
		},
	} {
		if got := within(t, run); !strings.Contains(got.fatal, want) {
			t.Errorf("ended with %q, want %q", got.fatal, want)
		}
	}
}
