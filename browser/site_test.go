package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runsOfSite are the runs that the site under test is made of.
var runsOfSite = []struct {
	label, scenario string
	args            []string
}{
	{"v1.8", "primary-outage", nil},
	{"v1.9", "primary-outage", []string{"--seed", "2"}},
	{"v1.10", "primary-outage", []string{"--seed", "3", "--requests", "2000"}},
	{"v1.11", "primary-outage", []string{"--seed", "4", "--objective", "single.p95 <= 1ms"}},
	{"v1.9", "steady", nil},
	{"v1.10", "steady", []string{"--rate", "40/s"}},
	{"2026-11-22-a-label-that-is-longer-than-any-column-wants-it-to-be", "classification", nil},
}

// siteOf makes the site and returns its folder.
func siteOf(t *testing.T) string {
	t.Helper()
	chromium(t)
	binary, err := tailgate()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, r := range runsOfSite {
		args := append([]string{"run", r.scenario, "--quiet", "--out", filepath.Join("runs", r.label, r.scenario)}, r.args...)
		if err := command(dir, nil, binary, args...); err != nil {
			t.Fatal(err)
		}
	}
	bad := filepath.Join(dir, "runs", "bad")
	if err := os.Mkdir(bad, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bad, "report.json"), []byte("<img src=x onerror=alert(1)>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := command(dir, nil, binary, "site", "runs", "--keep-going"); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "public")
}

// TestSite opens every page of a site from the file system and below a path of a
// server, and follows every link.
func TestSite(t *testing.T) {
	dir := siteOf(t)
	mux := http.NewServeMux()
	mux.Handle("/some/where/", http.StripPrefix("/some/where", http.FileServer(http.Dir(dir))))
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { // which images and feeds are asked for
		w.WriteHeader(http.StatusNoContent)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for name, root := range map[string]string{"file": "file://" + dir, "server": server.URL + "/some/where"} {
		t.Run(name, func(t *testing.T) {
			b := newTab(t)
			seen, left := map[string]bool{}, []string{root + "/index.html"}
			for len(left) > 0 {
				at := left[0]
				left = left[1:]
				if strings.HasSuffix(at, "/") {
					at += "index.html" // as the server of files calls it
				}
				if seen[at] {
					continue
				}
				seen[at] = true
				b.visit(at)
				if !strings.HasPrefix(at, root) || strings.HasSuffix(at, ".html") && eval[int](b, `document.querySelectorAll("main h1").length`) != 1 {
					t.Errorf("%s is no page of the site", at)
					continue
				}
				if strings.HasSuffix(at, ".html") {
					left = append(left, eval[[]string](b, `[...document.querySelectorAll("a")].map(a => a.href.split("#")[0])`)...)
				}
			}
			if want := len(runsOfSite) + 3*2 + 2; len(seen) != want {
				t.Errorf("%d pages, want %d: %v", len(seen), want, seen)
			}
			b.silent()
			for _, r := range b.requests {
				if !strings.HasPrefix(r, root) && !strings.HasPrefix(r, "data:") && !strings.HasSuffix(r, "/favicon.ico") {
					t.Errorf("something asked for %s", r)
				}
			}
		})
	}
	for _, page := range []string{"index.html", "primary-outage/index.html", "steady/index.html", "classification/index.html", "primary-outage/badge.svg"} {
		t.Run(page, func(t *testing.T) {
			b := open(t, "file://"+filepath.Join(dir, filepath.FromSlash(page)))
			if strings.HasSuffix(page, ".svg") {
				b.window(400, 40)
				b.shot("site-badge.png")
				b.silent()
				return
			}
			eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true) || true`)
			b.fits(widths...)
			for _, scheme := range schemes {
				b.media("", scheme)
				b.none(contrast)
				for _, width := range []int64{1280, 360} {
					b.window(width, 900)
					b.none(overlap)
					b.window(width, eval[int64](b, "document.documentElement.scrollHeight"))
					b.shot(fmt.Sprintf("site-%s-%d-%s.png", strings.ReplaceAll(strings.TrimSuffix(page, ".html"), "/", "-"), width, scheme))
				}
			}
			b.count("script, img", 0)
			if axeCore() != "" {
				b.window(1280, 900)
				eval[bool](b, axeCore()+";true")
				b.none(axeViolations)
			}
			b.silent()
			b.offline()
		})
	}
}
