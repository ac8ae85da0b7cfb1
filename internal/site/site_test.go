package site_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/internal/site"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/reports"
)

// put writes a report of the scenario into a directory.
func put(t *testing.T, dir, scenario string, change ...func(*reports.Document)) {
	t.Helper()
	d := &reports.Document{
		Schema: reports.Schema, Clock: "virtual", Started: time.Unix(0, 0).UTC(), Tool: reports.Tool{Version: "v1"},
		Scenario: reports.Scenario{Name: scenario}, Baseline: "single", Strategies: []reports.Strategy{{
			Name: "single", Kind: "single", Requests: 100, Succeeded: 99, Success: stats.Wilson(99, 100),
			LatencyMS: reports.Latency{P50: stats.Exactly(1), P90: stats.Exactly(2), P95: stats.Between(3, 2, 4), P99: stats.Missing("few"), P999: stats.Missing("few"), Mean: stats.Exactly(1)},
		}},
	}
	for _, c := range change {
		c(d)
	}
	d.Verdict = reports.Decide(d)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(reports.WriteJSON(f, d), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func started(day string) func(*reports.Document) {
	return func(d *reports.Document) { d.Clock, d.Started = "real", must(time.Parse(time.DateOnly, day)) }
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// outline lists what there is: scenario, folder, then labels, pages and dates.
func outline(s *reports.Site) (all []string) {
	for _, h := range s.Histories {
		all = append(all, h.Scenario+" "+h.Clock+" "+h.Dir)
		for _, r := range h.Runs {
			line := " " + r.Label + " " + r.Page
			if !r.Date.IsZero() {
				line += " " + r.Date.Format(time.DateOnly)
			}
			all = append(all, line)
		}
	}
	return all
}

func TestCollect(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		make    map[string]func(*reports.Document)
		sources []site.Source
		want    []string
	}{
		"numbers by value": {
			make:    map[string]func(*reports.Document){"r/v9/s": nil, "r/v10/s": nil, "r/v9.1/s": nil},
			sources: []site.Source{{Dir: "r"}},
			want:    []string{"s virtual s", " v9 v9.html", " v9.1 v9.1.html", " v10 v10.html"},
		},
		"in the order of the sources": {
			make:    map[string]func(*reports.Document){"b": nil, "a": nil},
			sources: []site.Source{{Dir: "b"}, {Dir: "a"}, {Dir: "b"}},
			want:    []string{"s virtual s", " b b.html", " a a.html"},
		},
		"labels": {
			make:    map[string]func(*reports.Document){"old/s": nil, "new": nil},
			sources: []site.Source{{Dir: "old", Label: "before"}, {Dir: "new", Label: "After it"}},
			want:    []string{"s virtual s", " before before.html", " After it after-it.html"},
		},
		"dates of labels": {
			make:    map[string]func(*reports.Document){"r/2026-11-03": nil, "r/2026-02-01-x/s": nil, "r/nightly/2026-10-01": nil},
			sources: []site.Source{{Dir: "r"}},
			want:    []string{"s virtual s", " 2026-02-01-x 2026-02-01-x.html 2026-02-01", " nightly/2026-10-01 nightly-2026-10-01.html 2026-10-01", " 2026-11-03 2026-11-03.html 2026-11-03"},
		},
		"one without a date": {
			make:    map[string]func(*reports.Document){"r/2026-11-03": nil, "r/1": nil, "r/2026-99-99": nil},
			sources: []site.Source{{Dir: "r"}},
			want:    []string{"s virtual s", " 1 1.html", " 2026-11-03 2026-11-03.html 2026-11-03", " 2026-99-99 2026-99-99.html"},
		},
		"clocks apart": {
			make:    map[string]func(*reports.Document){"r/1": started("2026-05-02"), "r/2": started("2026-05-01"), "r/3": nil},
			sources: []site.Source{{Dir: "r"}},
			want:    []string{"s real s-real", " 2 2.html 2026-05-01", " 1 1.html 2026-05-02", "s virtual s", " 3 3.html"},
		},
		"same names": {
			make:    map[string]func(*reports.Document){"x/a": nil, "y/a": nil, "y/index": nil, "y/INDEX!": nil},
			sources: []site.Source{{Dir: "x"}, {Dir: "y"}},
			want:    []string{"s virtual s", " x/a x-a.html", " INDEX! index-2.html", " index index-3.html", " y/a y-a.html"},
		},
		"the same name throughout": {
			make:    map[string]func(*reports.Document){"x/a": nil, "z/x/a": nil},
			sources: []site.Source{{Dir: "x/a"}, {Dir: "z/x/a"}},
			want:    []string{"s virtual s", " a a.html", " a (2) a-2.html"},
		},
		"hidden ones are not looked at, nor the site": {
			make:    map[string]func(*reports.Document){"r/1": nil, "r/.git/2": nil, "r/public/3": nil},
			sources: []site.Source{{Dir: "r"}},
			want:    []string{"s virtual s", " 1 1.html"},
		},
		"a file": {
			make:    map[string]func(*reports.Document){"r/1": nil},
			sources: []site.Source{{Dir: "r/1/report.json"}},
			want:    []string{"s virtual s", " 1 1.html"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for at, change := range tt.make {
				if change == nil {
					change = func(*reports.Document) {}
				}
				put(t, filepath.Join(dir, filepath.FromSlash(at)), "s", change)
			}
			sources := slices.Clone(tt.sources)
			for i := range sources {
				sources[i].Dir = filepath.Join(dir, filepath.FromSlash(sources[i].Dir))
			}
			s, err := site.Collect(sources, site.Options{Out: filepath.Join(dir, "r", "public")})
			if err != nil {
				t.Fatal(err)
			}
			got := outline(s)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCollect_bad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "good"), "s")
	bad := filepath.Join(dir, "bad", "report.json")
	if err := errors.Join(os.Mkdir(filepath.Dir(bad), 0o755), os.WriteFile(bad, []byte("{\n\"schema\": \"tailgate.report/v1\", \"seed\": -1}"), 0o644)); err != nil {
		t.Fatal(err)
	}
	sources := []site.Source{{Dir: dir}}
	_, err := site.Collect(sources, site.Options{})
	if e, ok := errors.AsType[*site.ReportError](err); !ok || e.Path != filepath.ToSlash(bad) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
	s, err := site.Collect(sources, site.Options{KeepGoing: true})
	if err != nil || len(s.LeftOut) != 1 || !strings.Contains(s.LeftOut[0], "bad/report.json") || len(s.Histories) != 1 {
		t.Errorf("going on: %v, %+v", err, s)
	}
	if _, err := site.Collect([]site.Source{{Dir: filepath.Dir(bad)}}, site.Options{KeepGoing: true}); !errors.Is(err, site.ErrNone) {
		t.Errorf("nothing left: %v", err)
	}
	if _, err := site.Collect([]site.Source{{Dir: filepath.Join(dir, "nowhere")}}, site.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nowhere: %v", err)
	}
}

// files returns the contents of all files below a directory.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[filepath.ToSlash(must(filepath.Rel(dir, path)))] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The same runs give the same bytes wherever they are, every link leads to a file
// of the site, and nothing is left beside them.
func TestWrite(t *testing.T) {
	t.Parallel()
	var before map[string]string
	for i := range 2 {
		dir := t.TempDir()
		for v := range 3 {
			for _, s := range []string{"calm", `sto"rm & <b>`} {
				put(t, filepath.Join(dir, "runs", fmt.Sprintf("v%d", v), s[:4]), s)
			}
		}
		s, err := site.Collect([]site.Source{{Dir: filepath.Join(dir, "runs")}}, site.Options{Title: "Runs"})
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "public")
		for range i + 1 { // again over itself
			if _, err := site.Write(out, s); err != nil {
				t.Fatal(err)
			}
		}
		got := files(t, out)
		if diff := cmp.Diff(before, got); i > 0 && diff != "" {
			t.Error(diff)
		}
		before = got
	}
	if want := 2 + 2*(2+3); len(before) != want {
		t.Errorf("%d files, want %d", len(before), want)
	}
	links := regexp.MustCompile(`href="([^"#]+)"`)
	for name, text := range before {
		for _, m := range links.FindAllStringSubmatch(text, -1) {
			target := strings.TrimPrefix(filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1])), "./")
			if _, ok := before[target]; !ok && m[1] != "data:," {
				t.Errorf("%s leads to %s, which is not there", name, m[1])
			}
		}
	}
}

// A page that cannot be put in place leaves nothing behind, and says which it is.
func TestWrite_blocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "runs", "a"), "calm")
	s := must(site.Collect([]site.Source{{Dir: filepath.Join(dir, "runs")}}, site.Options{Title: "Runs"}))
	out := filepath.Join(dir, "public")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "calm"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := site.Write(out, s); err == nil || !strings.Contains(err.Error(), "calm") {
		t.Errorf("error %v", err)
	}
	if got := files(t, out); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func TestParseSource(t *testing.T) {
	t.Parallel()
	odd := filepath.Join(t.TempDir(), "a=b")
	if err := os.Mkdir(odd, 0o755); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]site.Source{
		"out": {Dir: "out"}, "v1=out/v1": {Dir: "out/v1", Label: "v1"}, "=out": {Dir: "=out"}, "v1=": {Dir: "v1="}, odd: {Dir: odd},
	} {
		if got := site.ParseSource(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}
