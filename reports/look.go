package reports

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/tailgate-bench/tailgate/internal/svg"
)

// look is how a strategy is drawn. No strategy is told by colour alone: it also
// has a marker, a dash and a label.
type look struct {
	Index  int    // of the strategy in the document
	Name   string // as far as it fits beside a mark
	Full   string
	Color  string // light hexadecimal colour, for viewers without style sheets
	Hue    int    // number of the colour in the style sheet
	Marker int
	Dash   string
	Rec    bool // recommended
	Base   bool // the baseline
}

// palette was found by search for distance under normal sight, deuteranopia and
// protanopia at a contrast of 3 to 1; do not tune single colours.
var palette = []string{"#6b7280", "#bf3c0e", "#4a69e3", "#c18728", "#0d38ab", "#b87dc5", "#7f006a", "#732d0e"}

// dashes belong to the colours.
var dashes = []string{"5 4", "", "", "7 3", "", "2 3", "9 3 2 3", "4 2"}

// hues gives each kind of strategy its colour, the same in every report.
var hues = map[string]int{
	"single": 0, "race": 1, "hedge": 2, "fallback": 3, "breaker": 4,
	"ab": 5, "retry": 5, "consensus": 6, "best_of": 7,
}

// looks returns the look of every strategy in the order of the document. Where
// a colour must serve twice, the marker and the dash differ.
func looks(d *Document) []look {
	seen := map[int]int{}
	list := make([]look, len(d.Strategies))
	for i, hue := range colors(d) {
		s, n := &d.Strategies[i], seen[hue]
		seen[hue]++
		list[i] = look{
			Index: i, Name: shorten(s.Name, 14), Full: s.Name,
			Color: palette[hue], Hue: hue, Marker: (hue + n) % len(palette), Dash: dashes[(hue+n)%len(dashes)],
			Rec: s.Name == d.Verdict.Recommend, Base: s.Name == d.Baseline,
		}
	}
	return list
}

// colors gives the first strategy of a kind the colour of the kind, and the
// others a colour that is left, as long as there is one.
func colors(d *Document) []int {
	used := make([]bool, len(palette))
	list := make([]int, len(d.Strategies))
	for i, s := range d.Strategies {
		list[i] = -1
		if hue, ok := hues[s.Kind]; ok && !used[hue] {
			list[i], used[hue] = hue, true
		}
	}
	for i, s := range d.Strategies {
		if list[i] >= 0 {
			continue
		}
		list[i] = hues[s.Kind]
		if free := slices.Index(used, false); free >= 0 {
			list[i], used[free] = free, true
		}
	}
	return list
}

// recommendedFirst puts the recommended strategy before the others: a reader who
// stops after the first row has read the one that counts.
func recommendedFirst(looks []look) []look {
	list := slices.Clone(looks)
	slices.SortStableFunc(list, func(a, b look) int {
		switch {
		case a.Rec == b.Rec:
			return 0
		case a.Rec:
			return -1
		default:
			return 1
		}
	})
	return list
}

// tags are the words beside its name; base is that of the baseline.
func (l look) tags(base string) (tags []tag) {
	if l.Rec {
		tags = append(tags, tag{Text: "recommended"})
	}
	if l.Base {
		tags = append(tags, tag{base, true})
	}
	return tags
}

// key is the class that the highlight acts on.
func (l look) key() string { return fmt.Sprintf("k k%d", l.Index) }

// class adds the colour class to others.
func (l look) class(others string) string { return fmt.Sprintf("%s c%d", others, l.Hue) }

// label is the class of a label in the strategy's colour.
func (l look) label() string {
	if l.Rec {
		return fmt.Sprintf("lab b tc%d", l.Hue)
	}
	return fmt.Sprintf("lab tc%d", l.Hue)
}

// width is the width of its line.
func (l look) width() float64 {
	if l.Rec {
		return 3.2
	}
	return 1.6
}

// mark draws the marker at a position.
func (l look) mark(b *svg.Builder, x, y any, hollow bool) {
	class, fill := "mk", l.Color
	if hollow {
		class, fill = "mk ho", "#fff"
	}
	b.Empty("use", "href", fmt.Sprintf("#m%d", l.Marker), "class", l.class(class), "x", x, "y", y,
		"fill", fill, "stroke", l.Color, "stroke-width", 1.6)
}

// Swatch is the small marker beside the name in a table.
func (l look) Swatch() template.HTML {
	var b svg.Builder
	b.Begin("svg", "class", "sw", "width", 12, "height", 12, "aria-hidden", "true")
	l.mark(&b, 6, 6, false)
	return b.HTML()
}

// Sample is the marker on a piece of line, for a legend.
func (l look) Sample() template.HTML {
	var b svg.Builder
	b.Begin("svg", "class", "sw", "width", 30, "height", 12, "aria-hidden", "true")
	b.Empty("path", "class", l.class("ln"), "d", "M1 6h28", "stroke", l.Color, "stroke-width", 2,
		"stroke-dasharray", l.Dash, "fill", "none")
	l.mark(&b, 15, 6, false)
	return b.HTML()
}
