package reports

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the template, the style sheet and the script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed html/report.tmpl
var pageSource string

//go:embed html/report.css
var styleSource string

//go:embed html/report.js
var scriptSource string

// mostBytes is how large a page may be as long as leaving out data helps.
const mostBytes = 500_000

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
		return fmt.Errorf("write report: %w", err)
	}
	p := newPage(d)
	p.Up = up
	p.Style, p.Script, p.Policy = template.CSS(styleSource), template.JS(scriptSource), policy(styleSource, scriptSource)
	var out bytes.Buffer
	for _, a := range abridgements {
		data, err := encode(a.shorten(d))
		if err != nil {
			return err
		}
		p.Data, p.LeftOut = template.JS(overrides.Replace(string(data))), a.leftOut
		out.Reset()
		if err := page.Execute(&out, p); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if out.Len() <= mostBytes {
			break
		}
	}
	_, err = unturned.WriteString(w, out.String())
	return err
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

// policy forbids everything but the page's own style sheet and script.
func policy(style, script string) string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
