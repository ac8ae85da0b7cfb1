package reports

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the template, the style sheet and the script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

//go:embed html/frame.tmpl
var frameSource string

//go:embed html/report.css
var styleSource string

//go:embed html/highlight.js
var highlightSource string

//go:embed html/report.js
var scriptSource string

// mostBytes is how large a page may be as long as leaving out data helps.
const mostBytes = 500_000

// frame is what all pages have in common: the head with its policy, and the foot
// with the data and the script.
type frame struct {
	Title, Version string
	Policy         string
	Style          template.CSS
	Script         template.JS
	Data           template.JS
	LeftOut        string // of the data
	Markers        []marker
}

// newFrame returns the frame of a page with a style sheet and a script, "" for none.
func newFrame(title, version, style, script string) frame {
	f := frame{
		Title: title, Version: version, Policy: policy(style, script),
		Style: template.CSS(style), Script: template.JS(script), //nolint:gosec // embedded
	}
	for i, shape := range shapes {
		f.Markers = append(f.Markers, marker{i, shape})
	}
	return f
}

// parse parses a template that uses those of the frame, and glue to keep
// numbers and their units together.
func parse(name, source string) (*template.Template, error) {
	page, err := template.New(name).Funcs(template.FuncMap{"glue": glue}).Parse(frameSource)
	if err == nil {
		page, err = page.Parse(source)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return page, nil
}

// write writes a page, which f is part of, with the first of n abridgements of its
// data that keeps it small, or else with the last.
func (f *frame) write(w io.Writer, tmpl *template.Template, page any, n int, data func(i int) (text []byte, leftOut string, err error)) error {
	var out bytes.Buffer
	for i := range n {
		text, leftOut, err := data(i)
		if err != nil {
			return err
		}
		f.Data, f.LeftOut = template.JS(overrides.Replace(string(text))), leftOut //nolint:gosec // JSON, in which < is escaped
		out.Reset()
		if err := tmpl.Execute(&out, page); err != nil {
			return fmt.Errorf("write %s: %w", tmpl.Name(), err)
		}
		if out.Len() <= mostBytes {
			break
		}
	}
	_, err := unturned.WriteString(w, out.String())
	return err
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
