// Package svg writes charts as fluid SVG, without a chart library and without
// script.
//
// A fluid chart is as wide as its container and has a fixed height: text and
// marks are placed in percent of the width and in pixels of the height, so that
// no letter is ever stretched, while curves live in an inner element that is
// stretched (see [Builder.Stretch]) with strokes that keep their width. One copy
// of a chart so fits a phone, a screen and a sheet of paper.
//
// Every geometry and every colour is a presentation attribute. A page may
// restyle a chart by class, but a viewer that blocks style sheets shows it all
// the same. [Builder] escapes all text it is given, and it alone makes trusted
// HTML. The output depends on the calls only, so golden files work.
package svg

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Builder collects the markup of one chart. The zero Builder is ready for use;
// it is not safe for concurrent use.
type Builder struct {
	out  strings.Builder
	open []string
}

// Begin opens an element. Attributes are names and values in turn; a value is a
// string, an int, a float64 (printed with at most two decimals) or a [Percent].
// An empty string leaves the attribute out.
func (b *Builder) Begin(name string, attributes ...any) {
	b.tag(name, attributes)
	b.out.WriteByte('>')
	b.open = append(b.open, name)
}

// End closes the element opened last.
func (b *Builder) End() {
	last := len(b.open) - 1
	b.out.WriteString("</" + b.open[last] + ">")
	b.open = b.open[:last]
}

// Empty writes an element without content.
func (b *Builder) Empty(name string, attributes ...any) {
	b.tag(name, attributes)
	b.out.WriteString("/>")
}

// Text writes an element whose content is text.
func (b *Builder) Text(name, text string, attributes ...any) {
	b.Begin(name, attributes...)
	b.out.WriteString(html.EscapeString(text))
	b.End()
}

// Stretch opens the inner element for curves, whose coordinates run from 0 to
// [Width] and from 0 to four times the height in pixels. Strokes in it want
// vector-effect="non-scaling-stroke".
func (b *Builder) Stretch(height int) { b.StretchAcross(Width, height) }

// StretchAcross is [Builder.Stretch] with coordinates of another width, as for
// steps of which each is to be a whole number wide.
func (b *Builder) StretchAcross(across, height int) {
	b.Begin("svg", "viewBox", fmt.Sprintf("0 0 %d %d", across, height*perPixel), "preserveAspectRatio", "none",
		"overflow", "visible", "width", "100%", "height", height)
}

// HTML closes what is open and returns the markup.
func (b *Builder) HTML() template.HTML {
	for len(b.open) > 0 {
		b.End()
	}
	return template.HTML(b.out.String())
}

func (b *Builder) tag(name string, attributes []any) {
	b.out.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if v := value(attributes[i+1]); v != "" {
			fmt.Fprintf(&b.out, ` %s="%s"`, attributes[i], html.EscapeString(v))
		}
	}
}

func value(v any) string {
	switch v := v.(type) {
	case float64:
		return number(v)
	case Percent:
		return number(float64(v)) + "%"
	default:
		return fmt.Sprint(v)
	}
}

// Percent is a coordinate in percent of the width.
type Percent float64

// number prints v with at most two decimals; what is not a number is 0, so that
// no chart is ever invalid.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}
