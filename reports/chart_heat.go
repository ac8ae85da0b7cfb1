package reports

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/internal/svg"
)

// heat is the agreement of the pairs of one panel: the lower triangle of a
// matrix, with the accuracy of each model on the diagonal.
type heat struct {
	Look  look
	Open  bool // shown at first
	Take  string
	Heads []string
	Rows  []heatRow
	// Lowest lists the pairs that agree least where there are too many models
	// for a matrix, which is then empty.
	Lowest []heatPair
	models []string
}

type heatRow struct {
	Name  string
	Cells []heatCell
}

type heatCell struct {
	SVG template.HTML
	Tip string
}

type heatPair struct{ Pair, Agree, N string }

// Bounds of what is shown: a matrix of more models cannot be read.
const (
	heatModels = 8
	heatLowest = 10
)

// heats returns a matrix for each set of models that vote together: that of the
// panel that saw most of their votes. The one with the most votes of all is open.
func heats(d *Document, looks []look) []heat {
	var all []heat
	known := []int{}
	for _, l := range looks {
		a := d.Strategies[l.Index].Agreement
		if a == nil || !a.square() {
			continue
		}
		n, same := a.Matrix.votes(), slices.IndexFunc(all, func(h heat) bool { return slices.Equal(h.models, a.Matrix.Models) })
		switch {
		case same < 0:
			all, known = append(all, a.heat(l)), append(known, n)
		case n > known[same]:
			all[same], known[same] = a.heat(l), n
		}
	}
	if len(all) > 0 {
		all[slices.Index(known, slices.Max(known))].Open = true
	}
	return all
}

// heat makes the matrix, or the list that stands for it.
func (a *Agreement) heat(l look) heat {
	h := heat{Look: l, Take: a.take(), models: a.Matrix.Models}
	if len(h.models) > heatModels {
		h.Lowest = a.lowest()
	} else {
		h.Heads, h.Rows = a.triangle()
	}
	return h
}

// votes is how many pairs of votes there are.
func (m *Matrix) votes() (n int) {
	for _, p := range m.pairs() {
		n += m.N[p.row][p.column]
	}
	return n
}

// square says whether there is a matrix with all its cells: a report may have
// been written by anybody.
func (a *Agreement) square() bool {
	m := a.Matrix
	if m == nil || len(m.Models) < 2 || len(m.Values) != len(m.Models) || len(m.N) != len(m.Models) || len(a.Models) != len(m.Models) {
		return false
	}
	for i := range m.Models {
		if len(m.Values[i]) != len(m.Models) || len(m.N[i]) != len(m.Models) {
			return false
		}
	}
	return true
}

func (a *Agreement) triangle() (heads []string, rows []heatRow) {
	low, high := a.Matrix.bounds()
	for i, name := range a.Matrix.Models {
		heads = append(heads, shorten(name, 24))
		row := heatRow{Name: shorten(name, 24)}
		for j := range i {
			row.Cells = append(row.Cells, a.Matrix.cell(i, j, low, high))
		}
		row.Cells = append(row.Cells, alone(a.Models[i]))
		rows = append(rows, row)
	}
	return heads, rows
}

// bounds are the least and the greatest agreement of two models.
func (m *Matrix) bounds() (low, high float64) {
	low = 1
	for _, p := range m.pairs() {
		low, high = min(low, *m.Values[p.row][p.column]), max(high, *m.Values[p.row][p.column])
	}
	return low, high
}

type cellPlace struct{ row, column int }

// pairs returns the cells below the diagonal that have a value.
func (m *Matrix) pairs() []cellPlace {
	var all []cellPlace
	for i := range m.Models {
		for j := range i {
			if m.Values[i][j] != nil {
				all = append(all, cellPlace{i, j})
			}
		}
	}
	return all
}

// cell shows how often two models agree: the darker, the more often.
func (m *Matrix) cell(i, j int, low, high float64) heatCell {
	v := m.Values[i][j]
	if v == nil {
		return heatCell{SVG: heatBox("–", -1), Tip: m.Models[i] + " and " + m.Models[j] + "|never voted on the same request"}
	}
	shade := 0.5
	if high > low {
		shade = (*v - low) / (high - low)
	}
	return heatCell{
		SVG: heatBox(formatShare(*v), shade),
		Tip: fmt.Sprintf("%s and %s|same vote on %s of %s requests", m.Models[i], m.Models[j],
			formatShare(*v), formatCount(m.N[i][j])),
	}
}

// alone shows the accuracy of one model, outlined.
func alone(m PanelMember) heatCell {
	if !m.Accuracy.Known() {
		return heatCell{SVG: heatBox("–", -1), Tip: m.Name + "|" + m.Accuracy.Why}
	}
	return heatCell{
		SVG: heatBox(formatShare(m.Accuracy.Value), -1),
		Tip: fmt.Sprintf("%s alone|right in %s of %s votes", m.Name, withInterval(m.Accuracy, formatShare, formatShare(m.Accuracy.Value)),
			formatCount(m.Votes)),
	}
}

// heatBox draws a cell with a shade from 0 to 1, or outlined if that is below 0.
// The strongest shade leaves the text a contrast of more than 7 to 1.
func heatBox(label string, shade float64) template.HTML {
	b := heatCanvas()
	if shade < 0 {
		b.Empty("rect", "class", "baseln", "x", 0, "y", 1, "width", "100%", "height", 24, "fill", "none", "stroke", mutedColor, "stroke-width", 1.5)
	} else {
		b.Empty("rect", "class", "fl c2", "x", 0, "y", 0, "width", "100%", "height", 26, "fill", palette[2], "fill-opacity", 0.06+0.34*shade)
	}
	return heatLabel(b, label)
}

// heatText draws a cell with nothing but a label.
func heatText(label string) template.HTML { return heatLabel(heatCanvas(), label) }

func heatCanvas() *svg.Builder {
	b := new(svg.Builder)
	b.Begin("svg", "width", "100%", "height", 26, "overflow", "visible")
	return b
}

func heatLabel(b *svg.Builder, label string) template.HTML {
	b.Text("text", label, "class", "ttr", "x", "50%", "y", 13, "dy", ".35em", "text-anchor", "middle", "fill", inkColor)
	return b.HTML()
}

// lowest lists the pairs that agree least.
func (a *Agreement) lowest() []heatPair {
	m := a.Matrix
	pairs := m.pairs()
	slices.SortStableFunc(pairs, func(p, q cellPlace) int {
		return cmp.Compare(*m.Values[p.row][p.column], *m.Values[q.row][q.column])
	})
	var all []heatPair
	for _, p := range pairs[:min(heatLowest, len(pairs))] {
		all = append(all, heatPair{
			Pair:  shorten(m.Models[p.column], 40) + " and " + shorten(m.Models[p.row], 40),
			Agree: formatShare(*m.Values[p.row][p.column]), N: formatCount(m.N[p.row][p.column]),
		})
	}
	return all
}

// take says in a sentence what the panel did.
func (a *Agreement) take() string {
	var parts []string
	if low, high := a.Matrix.bounds(); len(a.Matrix.pairs()) > 1 && formatShare(low) != formatShare(high) {
		parts = append(parts, fmt.Sprintf("two models give the same vote on %s to %s of the requests that both voted on", formatShare(low), formatShare(high)))
	} else if high > 0 {
		parts = append(parts, fmt.Sprintf("two models give the same vote on %s of the requests that both voted on", formatShare(high)))
	}
	if a.Alpha.Known() {
		parts = append(parts, "Krippendorff’s alpha is "+digits(a.Alpha.Value, 2))
	}
	if a.Escalated.Known() && a.Escalated.Value > 0 {
		parts = append(parts, formatShare(a.Escalated.Value)+" of the requests went to another target for want of a quorum")
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

// panelLine says in a line what a panel did, "" where the report does not.
func (a *Agreement) panelLine() string {
	parts := []string{}
	add := func(what string, e stats.Estimate, format func(float64) string) {
		if e.Known() {
			parts = append(parts, what+" "+format(e.Value))
		}
	}
	add("quorum", a.Rate, formatShare)
	add("pairs agree", a.Pairwise, formatShare)
	add("alpha", a.Alpha, func(v float64) string { return digits(v, 2) })
	add("right when agreed", a.AccuracyGivenAgreement, formatShare)
	if a.Escalated.Value > 0 {
		add("escalated", a.Escalated, formatShare)
	}
	return strings.Join(parts, ", ")
}

// panels prints a line for each panel whose members are known.
func (p *printer) panels(d *Document) {
	first := true
	for i := range d.Strategies {
		s := &d.Strategies[i]
		if s.Agreement == nil || len(s.Agreement.Models) == 0 {
			continue
		}
		if first {
			p.out.WriteString("\n")
			first = false
		}
		p.line("panel " + clean(s.Name) + ": " + s.Agreement.panelLine())
	}
}
