package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shapes has the tests of the reports write their pages: reports of no request, of
// one, of failures only, of many strategies, with names that want to be markup,
// and what tune leaves.
var shapes = sync.OnceValues(func() ([]string, error) {
	dir := filepath.Join(folder, "shapes")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if err := command("..", []string{"TAILGATE_KEEP_REPORTS=" + dir}, "go", "test", "-count=1", "-run", "^(TestWriteHTML_shapes|TestWriteTuningHTML)$", "./reports"); err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(dir, "*.html"))
})

// TestShapes opens reports of every kind.
func TestShapes(t *testing.T) {
	chromium(t)
	paths, err := shapes()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"n0", "n1", "all-failed", "one", "24", "no-faults", "no-objectives", "interrupted", "hostile", "tune-hedge", "tune-interrupted", "tune-hostile"} {
		if !slices.ContainsFunc(paths, func(p string) bool { return filepath.Base(p) == want+".html" }) {
			t.Errorf("there is no report %q", want)
		}
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".html")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, "file://"+path)
			b.fits(1280, 768, 360)
			for _, width := range []int64{1280, 360} {
				b.window(width, 900)
				b.none(overlap)
			}
			b.none(contrast)
			b.none(nothingInjected)
			b.silent()
			b.offline()
			for _, width := range []int64{1280, 360} {
				b.window(width, 2400)
				b.shot(fmt.Sprintf("shape-%s-%d.png", name, width))
			}
		})
	}
}

// nothingInjected lists what the page has only if a name has become markup.
const nothingInjected = `[
	...[...document.querySelectorAll("img, iframe, object, embed, video, audio, form, base, link[rel=stylesheet]")].map(e => "an element " + e.localName),
	...[...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => /^on|^srcdoc$/.test(a.name) || /^\s*javascript:/i.test(a.value))).map(e => "an attribute of " + e.localName),
	...(document.scripts.length === 2 ? [] : [document.scripts.length + " scripts"]),
	...(document.documentElement.className === "on" ? [] : ["the page's own script did not end"]),
]`
