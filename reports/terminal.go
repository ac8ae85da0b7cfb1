package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Terminal says how [WriteTerminal] prints. The zero Terminal prints 120 columns
// of plain UTF-8.
type Terminal struct {
	// Width is the number of columns; 0 means 120. Too narrow a width for the
	// table drops columns, then prints a block per strategy.
	Width int
	// Color allows escape sequences; see [UseColor].
	Color bool
	// ASCII keeps to ASCII: ok and FAIL for ✓ and ✕.
	ASCII bool
	// Files are the files the run left, named at the end.
	Files []string
}

const defaultWidth = 120

// WriteTerminal prints the verdict, a table of the strategies, the objectives,
// the warnings and the files.
func WriteTerminal(w io.Writer, d *Document, t Terminal) error {
	if t.Width <= 0 {
		t.Width = defaultWidth
	}
	p := &printer{Terminal: t}
	p.verdict(d)
	p.strategies(d)
	p.tasks(d)
	p.judges(d)
	p.tests(d)
	p.panels(d)
	p.objectives(d)
	p.notes(d)
	_, err := io.WriteString(w, p.out.String())
	return err
}

// toASCII replaces what the printer writes beyond ASCII; names keep theirs.
var toASCII = strings.NewReplacer("✓", "ok", "✕", "FAIL", "−", "-", "×", "x", "≈", "~", "≤", "<=", "≥", ">=",
	"…", "...", "–", "-", "±", "+/-")

// printer collects the text.
type printer struct {
	Terminal
	out strings.Builder
}

// style is an SGR sequence.
type style string

// The styles, used for marks, failing values and the recommendation only.
const (
	bold   style = "1"
	green  style = "32"
	red    style = "31"
	yellow style = "33"
)

func (p *printer) paint(s style, str string) string {
	if !p.Color || str == "" {
		return str
	}
	return "\x1b[" + string(s) + "m" + str + "\x1b[0m"
}

// line prints words wrapped to the width.
func (p *printer) line(s string) {
	p.out.WriteString(trimLines(text.WrapSoft(p.plain(s), p.Width)) + "\n")
}

// plain writes s in ASCII where that was asked for.
func (p *printer) plain(s string) string {
	if !p.ASCII {
		return s
	}
	return toASCII.Replace(s)
}

// clean keeps control characters in names from reaching the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}

func (p *printer) verdict(d *Document) {
	p.line(p.paint(bold, clean(d.Verdict.Headline)))
	if d.Verdict.Detail != "" {
		p.line(clean(d.Verdict.Detail))
	}
	p.out.WriteString("\n")
}

func (p *printer) objectives(d *Document) {
	if len(d.Objectives) == 0 {
		return
	}
	p.out.WriteString("\n")
	for _, o := range d.Objectives {
		p.goal(o)
	}
}

// goal prints an objective; where it is wrapped, it stays beside its verdict.
func (p *printer) goal(o Objective) {
	reading := o.Reading()
	if o.Verdict == fail {
		reading = p.paint(red, o.measured()) + strings.TrimPrefix(reading, o.measured())
	}
	word := p.verdictWord(o.Verdict) + "  "
	indent := text.StringWidthWithoutEscSequences(word)
	lines := text.WrapSoft(p.plain(clean(o.Text)+": "+reading), max(24, p.Width-indent))
	p.out.WriteString(trimLines(word+strings.ReplaceAll(lines, "\n", "\n"+strings.Repeat(" ", indent))) + "\n")
}

func (p *printer) verdictWord(verdict string) string {
	switch verdict {
	case pass:
		return p.paint(green, p.sign("✓ ")+"pass     ")
	case fail:
		return p.paint(red, p.sign("✕ ")+"fail     ")
	default:
		return p.paint(yellow, p.sign("? ")+"undecided")
	}
}

// sign is a mark beside its word, which is enough in ASCII.
func (p *printer) sign(mark string) string {
	if p.ASCII {
		return ""
	}
	return mark
}

func (p *printer) notes(d *Document) {
	names, missing := d.lost()
	lost := len(names)
	advice := d.advice()
	if lost > 0 || len(advice) > 0 || len(d.Warnings) > 0 || len(p.Files) > 0 {
		p.out.WriteString("\n")
	}
	if lost > 0 {
		verb := "have"
		if lost == 1 {
			verb = "has"
		}
		p.line(fmt.Sprintf("%s %s %s", plural(lost, "strategy"), verb, missing))
	}
	for _, text := range advice {
		p.line(clean(text))
	}
	for _, w := range d.Warnings {
		p.line("warning: " + clean(w))
	}
	if len(p.Files) > 0 {
		p.out.WriteString(clean(strings.Join(p.Files, "  ")) + "\n")
	}
}
