package browser

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestLive looks at a run on the real clock: the page grows, what the reader has
// opened stays open, and it ends as the report.
func TestLive(t *testing.T) {
	chromium(t)
	binary, err := tailgate()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	run := exec.CommandContext(t.Context(), binary, "run", "primary-outage", "--clock", "real", "--time-scale", "60", "--duration", "5m",
		"--only", "single,fallback", "--quiet", "--live", "127.0.0.1:0", "--out", out)
	stderr, err := run.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "tailgate: live: ")
	if err != nil || !ok {
		t.Fatalf("it says %q (%v)", line, err)
	}
	b := open(t, address)
	measured := `Number((document.querySelector("h1").textContent.match(/^(\d+)% measured/) || [0, -1])[1])`
	b.await(measured + ` > 0 && document.querySelector("#spectrum details") !== null`)
	eval[bool](b, `document.querySelector("#spectrum details").open = true`)
	press := `document.querySelector(".chip[data-hl=k1]").click()`
	eval[chromedp.Void](b, press)
	first := eval[float64](b, measured)
	drawing := `document.querySelector("#faults .tlr[data-k]").outerHTML + document.querySelector("#faults .tlr[data-k='1']").outerHTML`
	chart := eval[string](b, drawing)
	b.await(measured + fmt.Sprintf(" > %v", first))
	if chart == eval[string](b, drawing) {
		t.Error("the chart did not change")
	}
	if !eval[bool](b, `document.querySelector("#spectrum details").open`) {
		t.Error("what was open is closed")
	}
	b.await(`document.querySelector(".chip[data-hl=k1]").getAttribute("aria-pressed") === "true" &&
		[...document.querySelectorAll(".k")].every(e => e.classList.contains("dim") === !e.classList.contains("k1"))`)
	eval[chromedp.Void](b, press)
	b.fits(1280, 360)
	b.none(contrast)
	for _, scheme := range schemes {
		b.window(1280, 2600)
		b.media("", scheme)
		b.shot("live-" + scheme + ".png")
	}
	b.silent()
	b.arrive(`document.getElementById("data") !== null`)
	if err := run.Wait(); err != nil && run.ProcessState.ExitCode() != objectivesMissed {
		t.Errorf("the run ended with %v", err)
	}
	b.count("#score tbody tr", 2)
	b.silent()
	for _, r := range b.requests {
		if !strings.HasPrefix(r, address) && !strings.HasPrefix(r, "data:") {
			t.Errorf("the page asked for %s", r)
		}
	}
	if _, err := os.Stat(filepath.Join(out, "report.html")); err != nil {
		t.Error(err)
	}
}

// arrive waits until an expression is true, on this page or one that it leads to.
func (b *tab) arrive(expression string) {
	b.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(50 * time.Millisecond) {
		if there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression)); err == nil && there {
			return
		}
	}
	b.Errorf("never: %s", expression)
}
