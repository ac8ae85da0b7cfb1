package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// searches are the ways to tune whose pages are checked, by a name.
var searches = map[string][]string{
	"tune-hedge": {"hedge", "latency-spike", "--target", "p95", "--budget", "5%", "--requests", "1500", "--seeds", "4", "--fresh", "4"},
	"tune-knobs": {
		"latency-spike", "--vary", "hedge.delay=500ms..10s:points=6", "--vary", "hedge.budget=1%..20%:points=3", "--minimize", "hedge.p95",
		"--subject-to", "hedge.cost <= 1.1", "--requests", "1000", "--seeds", "4", "--fresh", "4",
	},
}

// tuned runs a search once for all tests.
func tuned(t testing.TB, name string) report {
	t.Helper()
	chromium(t)
	runsMu.Lock()
	defer runsMu.Unlock()
	if r, ok := runs[name]; ok {
		return r
	}
	binary, err := tailgate()
	if err != nil {
		t.Fatal(err)
	}
	r := report{filepath.Join(folder, "out", name)}
	args := append([]string{"tune"}, searches[name]...)
	if err := command(".", nil, binary, append(args, "--out", r.dir, "--quiet")...); err != nil {
		t.Fatal(err)
	}
	runs[name] = r
	return r
}

// TestTune holds the pages of tune to what the report is held to.
func TestTune(t *testing.T) {
	for name := range searches {
		t.Run(name, func(t *testing.T) {
			r := tuned(t, name)
			b := open(t, "file://"+filepath.Join(r.dir, "tune.html"))
			eval[bool](b, `document.querySelectorAll("details").forEach(d => d.open = true) || true`)
			b.silent()
			b.offline()
			b.fits(widths...)
			for i, font := range []string{"", "DejaVu Sans"} {
				b.font(font)
				b.media("", schemes[i])
				for _, width := range widths {
					b.window(width, 900)
					for _, complaint := range eval[[]string](b, overlap) {
						t.Errorf("%d pixels, %s, %q: %s", width, schemes[i], font, complaint)
					}
				}
				b.none(contrast)
			}
			b.font("")
			b.tuneAxe()
			tuneFollowsTheData(t, b, r)
			for _, width := range []int64{1280, 360} {
				for _, scheme := range schemes {
					b.media("", scheme)
					b.window(width, 900)
					b.window(width, min(8000, eval[int64](b, "document.documentElement.scrollHeight")))
					b.shot(fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
				}
			}
		})
	}
}

// tuneAxe demands that axe-core finds nothing, where it can be had.
func (b *tab) tuneAxe() {
	b.Helper()
	if axeCore() == "" {
		return
	}
	eval[bool](b, axeCore()+";true")
	b.none(violations)
}

// tuneFollowsTheData holds the page to the document beside it.
func tuneFollowsTheData(t *testing.T, b *tab, r report) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, "tune.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Settings []struct {
			Realised map[string]any `json:"realised"`
		} `json:"settings"`
		YAML        string     `json:"yaml"`
		Sensitivity []struct{} `json:"sensitivity"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	measured := 0
	for _, s := range d.Settings {
		if s.Realised != nil {
			measured++
		}
	}
	b.count("#score tbody tr", measured)
	b.count("#score tbody tr.rec", 1)
	b.count("#sensitivity figure", len(d.Sensitivity))
	b.count("#tradeoff svg.fx", 1)
	if got := eval[string](b, `document.getElementById("yaml").textContent`); got != d.YAML || got == "" {
		t.Errorf("to paste is %q, want %q", got, d.YAML)
	}
	b.must(chromedp.Do(b.ctx, chromedp.Click("#score thead th:nth-child(3) button")))
	b.await(`document.querySelector("#score thead th:nth-child(3)").getAttribute("aria-sort") === "ascending"`)
	b.hover("#tradeoff .pt")
	b.await(`!document.getElementById("tip").hidden`)
	b.silent()
}

// Without script the charts, the tables and the YAML are there, and no button that
// would do nothing; on paper the page is white, whatever the scheme.
func TestTune_noScript(t *testing.T) {
	address := "file://" + filepath.Join(tuned(t, "tune-hedge").dir, "tune.html")
	b := newTab(t)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.visit(address)
	b.none(`[...document.querySelectorAll("#tradeoff path.ln, #sensitivity path.ln, #score, #yaml")].filter(e => !e.getClientRects().length).map(e => "not there: " + e.outerHTML.slice(0, 80))`)
	b.none(`[...document.querySelectorAll(".js")].filter(e => e.getClientRects().length).map(e => "of no use without script: " + e.textContent)`)
	b.fits(1280, 360)
	b.media("print", "dark")
	b.window(794, 1123) // A4 in CSS pixels
	if background := eval[string](b, `getComputedStyle(document.body).backgroundColor`); background != "rgb(255, 255, 255)" {
		t.Errorf("the background in print is %s", background)
	}
}
