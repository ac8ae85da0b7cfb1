package reports

import (
	_ "embed" // the template
	"fmt"
	"io"
	"strings"
)

//go:embed html/report.tmpl
var pageSource string

// WriteHTML writes d as one page that needs nothing else: no network, and no
// script to show its charts. Its content security policy lets only its own style
// sheet and script run, by their hashes, whatever text is in d. The page embeds
// the document; that of a page that would be too large is abridged, and the page
// says so.
func WriteHTML(w io.Writer, d *Document) error { return writeHTML(w, d, "") }

// WritePastRun writes the report of a run as [WriteHTML] does, with a link to the
// page of its history, which is in the same folder.
func WritePastRun(w io.Writer, r *PastRun) error { return writeHTML(w, r.Report, SiteIndex) }

// writeHTML writes d as a page below the page up, unless that is "".
func writeHTML(w io.Writer, d *Document, up string) error {
	page, err := parse("report", pageSource)
	if err != nil {
		return err
	}
	p := newPage(d)
	p.Up = up
	return p.write(w, page, p, len(abridgements), func(i int) ([]byte, string, error) {
		data, err := encode(abridgements[i].shorten(d))
		return data, abridgements[i].leftOut, err
	})
}

// turns are the characters that turn the direction of the text after them, which
// a name could use to reverse the sentence around it.
var turns = []rune{0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069}

var (
	overrides = turnReplacer(func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }) // in JSON, where they stay what they are
	unturned  = turnReplacer(func(rune) string { return " " })                        // in what is shown
)

func turnReplacer(to func(rune) string) *strings.Replacer {
	var pairs []string
	for _, r := range turns {
		pairs = append(pairs, string(r), to(r))
	}
	return strings.NewReplacer(pairs...)
}
