package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// field is a column of the table.
type field struct {
	name  string
	value func(s *Strategy) string
}

// dropped names the columns given up for want of room, in this order.
var dropped = []string{"tokens", "usd/1k", "wasted", "p50", "accuracy", "recovery", "p99", "calls", "success"}

func (p *printer) strategies(d *Document) {
	if len(d.Strategies) == 0 {
		p.line("No strategies.")
		return
	}
	fields := p.fields(d)
	out := p.table(d, fields)
	for _, name := range dropped {
		if p.fits(out) || p.Width < 60 {
			break
		}
		fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == name })
		out = p.table(d, fields)
	}
	if !p.fits(out) || p.Width < 60 {
		out = p.blocks(d)
	}
	p.out.WriteString(out + "\n")
}

func (p *printer) fits(out string) bool {
	for l := range strings.SplitSeq(out, "\n") {
		if text.StringWidthWithoutEscSequences(l) > p.Width {
			return false
		}
	}
	return true
}

// fields are the columns that have anything to show, without the mark and name.
func (p *printer) fields(d *Document) []field {
	counted := slices.ContainsFunc(d.Strategies, func(s Strategy) bool { return s.Tokens != nil })
	all := []struct {
		field
		on bool
	}{
		{field{"objectives", func(s *Strategy) string { return p.passed(d, s) }}, len(d.Objectives) > 0},
		{field{"success", func(s *Strategy) string { return shareText(s.Success) }}, true},
		{field{"p50", func(s *Strategy) string { return p.latency(s, 50) }}, true},
		{field{"p95", func(s *Strategy) string { return p.latency(s, 95) }}, true},
		{field{"vs " + shorten(clean(d.Baseline), 12), func(s *Strategy) string { return versus(d, s) }}, len(d.Strategies) > 1 && d.find(d.Baseline) != nil},
		{field{"p99", func(s *Strategy) string { return p.latency(s, 99) }}, true},
		{field{"calls", func(s *Strategy) string { return digits(s.Attempts.PerRequest, 3) }}, true},
		{field{"cost", costText}, slices.ContainsFunc(d.Strategies, func(s Strategy) bool { return s.costMultiplier().Known() })},
		{field{"usd/1k", spentText}, counted},
		{field{"wasted", func(s *Strategy) string { return formatShare(s.Cost.Wasted) }}, counted},
		{field{"tokens", tokensText}, counted},
		{field{"accuracy", func(s *Strategy) string { return knownShare(s.Accuracy.Known(), s.Accuracy.Value) }}, slices.ContainsFunc(d.Strategies, func(s Strategy) bool { return s.Accuracy.Known() })},
		{field{"recovery", recoveryCell}, showsRecovery(d)},
	}
	var fields []field
	for _, f := range all {
		if f.on {
			fields = append(fields, f.field)
		}
	}
	return fields
}

func (p *printer) table(d *Document, fields []field) string {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	configs := []table.ColumnConfig{}
	head := table.Row{"", "strategy"}
	for i, f := range fields {
		head = append(head, f.name)
		configs = append(configs, table.ColumnConfig{Number: i + 3, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(head)
	for i := range d.Strategies {
		s := &d.Strategies[i]
		row := table.Row{p.plain(p.mark(d, s)), p.plain(p.name(d, s))}
		for _, f := range fields {
			row = append(row, p.plain(f.value(s)))
		}
		t.AppendRow(row)
	}
	return trimLines(t.Render())
}

func plainStyle() table.Style {
	s := table.StyleDefault
	s.Options = table.OptionsNoBordersAndSeparators
	s.Box.PaddingLeft, s.Box.PaddingRight = "", "  "
	s.Format.Header = text.FormatDefault
	return s
}

func trimLines(out string) string {
	lines := strings.Split(out, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// mark is the verdict on all objectives of a strategy.
func (p *printer) mark(d *Document, s *Strategy) string {
	switch own := d.objectivesOf(s.Name); {
	case len(own) == 0:
		return " "
	case count(own, fail) > 0:
		return p.paint(red, "✕")
	case count(own, pass) < len(own):
		return p.paint(yellow, "?")
	default:
		return p.paint(green, "✓")
	}
}

func (p *printer) name(d *Document, s *Strategy) string {
	name := shorten(clean(s.Name), 24)
	if s.Name == d.Verdict.Recommend {
		return p.paint(bold, name)
	}
	return name
}

func (p *printer) passed(d *Document, s *Strategy) string {
	own := d.objectivesOf(s.Name)
	if len(own) == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", count(own, pass), len(own))
}

func (p *printer) latency(s *Strategy, percent float64) string {
	e := s.LatencyMS.P50
	switch percent {
	case 95:
		e = s.LatencyMS.P95
	case 99:
		e = s.LatencyMS.P99
	}
	switch out := latencyText(e, s, percent); out {
	case fails:
		return p.paint(red, out)
	case "unknown":
		return "–"
	default:
		return out
	}
}

// versus is the difference of the P95 to the baseline's, with half the width of
// its interval.
func versus(d *Document, s *Strategy) string {
	base := d.find(d.Baseline)
	switch {
	case s == base:
		return "baseline"
	case s.VersusBaseline == nil || s.VersusBaseline.P95MS.Delta == nil || !base.LatencyMS.P95.Known():
		return "–"
	case !s.VersusBaseline.P95MS.clear():
		return "≈"
	}
	x, whole := s.VersusBaseline.P95MS, base.LatencyMS.P95.Value
	return fmt.Sprintf("%s ±%.0f", formatChange(1+*x.Delta/whole), 50*(*x.High-*x.Low)/whole)
}

func costText(s *Strategy) string {
	if e := s.costMultiplier(); e.Known() {
		return formatTimes(e.Value)
	}
	return "–"
}

func knownShare(known bool, v float64) string {
	if !known {
		return "–"
	}
	return formatShare(v)
}

// blocks prints a strategy per paragraph, for a narrow terminal.
func (p *printer) blocks(d *Document) string {
	var out strings.Builder
	for i := range d.Strategies {
		s := &d.Strategies[i]
		fmt.Fprintf(&out, "%s %s\n", p.plain(p.mark(d, s)), p.plain(p.name(d, s)))
		for _, f := range p.fields(d) {
			fmt.Fprintf(&out, "    %-12s %s\n", f.name, p.plain(f.value(s)))
		}
	}
	return strings.TrimRight(out.String(), "\n")
}
