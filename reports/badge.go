package reports

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// Sizes of a badge, in pixels.
const (
	badgeHeight  = 20
	badgePadding = 6
)

// WriteBadge writes a picture of 20 pixels' height with the name of the scenario
// and the latest verdict, with the P95 of what it recommends. Its title says the
// same in words; how the objectives stand is in the mark as well as in the colour.
func WriteBadge(w io.Writer, h *History) error {
	d := h.last().Report
	s := standingOf(d)
	name, verdict := shorten(clean(h.Name()), 40), s.Mark+" "+badgeText(d)
	left, right := textWidth(name)+2*badgePadding, textWidth(verdict)+2*badgePadding
	var b svg.Builder
	b.Begin("svg", "xmlns", "http://www.w3.org/2000/svg", "width", left+right, "height", badgeHeight, "role", "img", "aria-labelledby", "t")
	b.Text("title", clean(h.Name())+": "+badgeText(d)+" ("+s.Word+")", "id", "t")
	b.Begin("clipPath", "id", "r")
	b.Empty("rect", "width", left+right, "height", badgeHeight, "rx", 3)
	b.End()
	b.Begin("g", "clip-path", "url(#r)", "font-family", "Verdana,DejaVu Sans,Geneva,sans-serif", "font-size", 11, "fill", "#fff")
	b.Empty("rect", "width", left, "height", badgeHeight, "fill", "#3b424d")
	b.Empty("rect", "x", left, "width", right, "height", badgeHeight, "fill", s.Color)
	label := func(text string, x, width int) {
		b.Text("text", text, "x", x+badgePadding, "y", 14, "textLength", width-2*badgePadding)
	}
	label(name, 0, left)
	label(verdict, left, right)
	_, err := unturned.WriteString(w, string(b.HTML())+"\n")
	return err
}

// badgeText is the verdict with a figure: adopt hedge, P95 1.12 s.
func badgeText(d *Document) string {
	text := shorten(strings.TrimSuffix(clean(d.Verdict.Headline), "."), 40)
	if s := d.find(d.Verdict.Recommend); s != nil {
		text += ", P95 " + latencyText(s.LatencyMS.P95, s, 95)
	}
	return text
}

// textWidth is about how wide a text is in Verdana at 11 pixels; the text is then
// set to that width, whatever font there is.
func textWidth(s string) int {
	narrow := 0
	for _, r := range s {
		if strings.ContainsRune("ijlI.,:;'|!()[] rtf-1", r) {
			narrow++
		}
	}
	return (74*utf8.RuneCountInString(s) - 27*narrow) / 10
}
