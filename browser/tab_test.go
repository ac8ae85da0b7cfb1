package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a tab of the browser, in a context of its own: no tab sees what another
// has stored. It notes what went wrong and what was asked of the network.
type tab struct {
	testing.TB
	ctx context.Context
	*notes
}

// notes are what a tab has seen.
type notes struct {
	mu       sync.Mutex
	problems []string // errors of the console, exceptions, dialogs; guarded by mu
	requests []string // addresses; guarded by mu
}

// newTab opens an empty tab of the browser, with animations off.
func newTab(t testing.TB) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{TB: t, ctx: ctx, notes: new(notes)}
	b.must(chromedp.Listen(ctx, b.note))
	b.window(1280, 900)
	b.media("", "light")
	return b
}

// open opens a page in a new tab.
func open(t testing.TB, address string) *tab {
	t.Helper()
	b := newTab(t)
	b.visit(address)
	return b
}

func (b *tab) visit(address string) {
	b.Helper()
	b.must(chromedp.Do(b.ctx, chromedp.Navigate(address)))
}

// note keeps the events that tests ask for.
func (n *notes) note(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			n.problems = append(n.problems, fmt.Sprintf("console.%s", e.Type))
		}
	case *runtime.EventExceptionThrown:
		n.problems = append(n.problems, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		n.problems = append(n.problems, string(e.Entry.Level)+": "+e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		n.problems = append(n.problems, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		n.requests = append(n.requests, e.Request.URL)
	}
}

// again returns the tab for the use of another test, as it was opened: a tab is
// costly to open.
func (b *tab) again(t testing.TB) *tab {
	t.Helper()
	c := &tab{TB: t, ctx: b.ctx, notes: b.notes}
	c.window(1280, 900)
	c.media("", "light")
	return c
}

// silent demands that nothing went wrong so far.
func (b *tab) silent() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.Errorf("the browser says %s", p)
	}
}

// offline demands that nothing was fetched so far but the page itself.
func (b *tab) offline() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.requests) == 0 {
		b.Error("not even the page itself was fetched: requests are not seen")
	}
	for _, r := range b.requests {
		if !strings.HasPrefix(r, "file:") && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") {
			b.Errorf("the page asked for %s", r)
		}
	}
}

func (b *tab) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	b.must(err)
	return result
}

// eval returns the value of an expression; a promise is waited for.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", shorten(expression), err)
	}
	return v
}

// await waits until an expression is true.
func (b *tab) await(expression string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience))); err != nil {
		b.Errorf("never: %s (%v)", expression, err)
	}
}

// window sets the size of the page.
func (b *tab) window(width, height int64) {
	b.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600,
	})
}

// media sets the medium, "" for the screen, and the colour scheme; more are
// features and their values in turn.
func (b *tab) media(medium, scheme string, more ...string) {
	b.Helper()
	features := []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}
	for pair := range slices.Chunk(more, 2) {
		features = append(features, &emulation.MediaFeature{Name: pair[0], Value: pair[1]})
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: features})
}

// font replaces every font, by a style sheet that no policy forbids; "" puts them
// back.
func (b *tab) font(name string) {
	b.Helper()
	rule := ""
	if name != "" {
		rule = fmt.Sprintf("*{font-family:%q!important}", name)
	}
	eval[bool](b, fmt.Sprintf(`(() => { const s = new CSSStyleSheet(); s.replaceSync(%q); document.adoptedStyleSheets = [s]; return true })()`, rule))
}

// none demands that a script, which returns a list of complaints, has none.
func (b *tab) none(script string) {
	b.Helper()
	list := eval[[]string](b, script)
	for _, complaint := range list[:min(len(list), 8)] {
		b.Error(complaint)
	}
	if len(list) > 8 {
		b.Errorf("and %d more", len(list)-8)
	}
}

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return s[:min(len(s), 100)]
}
