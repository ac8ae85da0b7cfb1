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
	"tune-breaker": {"breaker", "primary-outage", "flapping", "--requests", "3000", "--failures", "2,5", "--open", "2s,15s", "--seeds", "3", "--fresh", "3"},
	"tune-budget":  {"budget", "overload", "--budgets", "5%,40%,none", "--levels", "1,1.1", "--seeds", "3", "--fresh", "3"},
	"tune-panel":   {"panel", "classification", "--requests", "1000", "--seeds", "3", "--fresh", "3"},
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
	b.none(axeViolations)
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
		Recommended *int       `json:"recommended"`
		YAML        string     `json:"yaml"`
		TradeOff    []struct{} `json:"trade_off"`
		Sensitivity []struct{} `json:"sensitivity"`
		Breaker     *struct{}  `json:"breaker"`
		Budget      *struct{}  `json:"budget"`
		Panel       *struct{}  `json:"panel"`
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
	for selector, want := range map[string]bool{
		"#score tbody tr.rec": d.Recommended != nil, "#tradeoff svg.fx": len(d.TradeOff) > 1,
		"#regret": d.Breaker != nil, "#boundary": d.Budget != nil, "#votes": d.Panel != nil,
	} {
		b.count(selector, map[bool]int{true: 1}[want])
	}
	b.count("#sensitivity figure", len(d.Sensitivity))
	if got := eval[string](b, `(document.getElementById("yaml") || {textContent: ""}).textContent`); got != d.YAML {
		t.Errorf("to paste is %q, want %q", got, d.YAML)
	}
	b.must(chromedp.Do(b.ctx, chromedp.Click("#score thead th:nth-child(3) button")))
	b.await(`document.querySelector("#score thead th:nth-child(3)").hasAttribute("aria-sort")`)
	b.hover(".pt, #score [data-tip]")
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
