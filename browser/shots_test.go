package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestShots writes pictures of all pages to TAILGATE_KEEP_SHOTS, if that is set,
// for a person to look at.
func TestShots(t *testing.T) {
	if os.Getenv("TAILGATE_KEEP_SHOTS") == "" {
		t.Skip("TAILGATE_KEEP_SHOTS is not set")
	}
	for _, name := range pages {
		short := strings.TrimSuffix(filepath.Base(name), ".yaml")
		b := open(t, scenario(t, name).address())
		for _, width := range []int64{1280, 360} {
			for _, scheme := range schemes {
				b.media("", scheme)
				b.window(width, 900)
				b.window(width, eval[int64](b, "document.documentElement.scrollHeight"))
				b.shot(fmt.Sprintf("%s-%d-%s.png", short, width, scheme))
			}
		}
		b.media("", "light", "forced-colors", "active")
		b.window(1280, 6000)
		b.shot(short + "-forced.png")
	}
}

// shot keeps a picture of the tab where a person can look at it, if asked.
func (b *tab) shot(name string) {
	b.Helper()
	if os.Getenv("TAILGATE_KEEP_SHOTS") == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.must(err)
	keep(b, name, data)
}

// picture is what the tab shows.
func (b *tab) picture() image.Image {
	b.Helper()
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.must(err)
	picture, err := png.Decode(bytes.NewReader(data))
	b.must(err)
	return picture
}
