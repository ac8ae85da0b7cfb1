package reports

import (
	"crypto/sha256"
	_ "embed" // the template, the style sheet and the script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

//go:embed html/report.tmpl
var pageSource string

//go:embed html/report.css
var styleSource string

//go:embed html/report.js
var scriptSource string

// manyStrategies is the number above which the embedded document leaves out
// the timelines, which report.json keeps.
const manyStrategies = 24

// WriteHTML writes d as one page that needs nothing else: no network, and no
// script to show its charts. Its content security policy lets only its own style
// sheet and script run, by their hashes, whatever text is in d.
func WriteHTML(w io.Writer, d *Document) error {
	data, err := encode(embedded(d))
	if err != nil {
		return err
	}
	page, err := template.New("report").Parse(pageSource)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	p := newPage(d)
	p.Style, p.Script, p.Data = template.CSS(styleSource), template.JS(scriptSource), template.JS(data)
	p.Policy = policy(styleSource, scriptSource)
	if err := page.Execute(w, p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
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

// embedded is the document inside the page.
func embedded(d *Document) *Document {
	if len(d.Strategies) <= manyStrategies {
		return d
	}
	short := *d
	short.Strategies = make([]Strategy, len(d.Strategies))
	copy(short.Strategies, d.Strategies)
	for i := range short.Strategies {
		short.Strategies[i].Timeline.Rows = [][]*float64{}
	}
	return &short
}
