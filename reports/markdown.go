package reports

import (
	"fmt"
	"io"
	"strings"
)

// markdownRows is the largest number of strategies in the table.
const markdownRows = 20

// WriteMarkdown writes the verdict and a table as GitHub Flavored Markdown, for
// a pull request or the summary of a job. Names cannot become markup.
func WriteMarkdown(w io.Writer, d *Document) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", markdownText(d.Verdict.Headline))
	if d.Verdict.Detail != "" {
		fmt.Fprintf(&b, "%s\n\n", markdownText(d.Verdict.Detail))
	}
	if len(d.Strategies) > 0 {
		markdownTable(&b, d)
	}
	markdownObjectives(&b, d)
	for _, warning := range d.Warnings {
		fmt.Fprintf(&b, "> %s\n", markdownText(warning))
	}
	if len(d.Warnings) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s, seed %d, %s per strategy, %s clock. `%s`\n", markdownText(d.Scenario.Name), d.Seed,
		plural(d.requests(), "request"), markdownText(d.Clock), strings.NewReplacer("`", "'", "\n", " ").Replace(d.Command))
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownTable(b *strings.Builder, d *Document) {
	p := &printer{}
	fields := p.fields(d)
	b.WriteString("| | strategy |")
	for _, f := range fields {
		fmt.Fprintf(b, " %s |", markdownText(f.name))
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---:|", len(fields)) + "\n")
	for i := range d.Strategies[:min(len(d.Strategies), markdownRows)] {
		s := &d.Strategies[i]
		name := markdownText(shorten(clean(s.Name), 60))
		if s.Name == d.Verdict.Recommend {
			name = "**" + name + "**"
		}
		fmt.Fprintf(b, "| %s | %s |", p.mark(d, s), name)
		for _, f := range fields {
			fmt.Fprintf(b, " %s |", f.value(s))
		}
		b.WriteString("\n")
	}
	if n := len(d.Strategies) - markdownRows; n > 0 {
		fmt.Fprintf(b, "\n%s not shown.\n", plural(n, "strategy"))
	}
	b.WriteString("\n")
}

func markdownObjectives(b *strings.Builder, d *Document) {
	for _, o := range d.Objectives {
		mark := map[string]string{pass: "✓", fail: "✕"}[o.Verdict]
		if mark == "" {
			mark = "?"
		}
		fmt.Fprintf(b, "- %s `%s`: %s", mark, strings.ReplaceAll(clean(o.Text), "`", "'"), o.measured())
		if in := o.interval(); in != "" {
			fmt.Fprintf(b, " (%s)", in)
		}
		if o.Why != "" {
			fmt.Fprintf(b, ", %s", markdownText(o.Why))
		}
		b.WriteString("\n")
	}
	if len(d.Objectives) > 0 {
		b.WriteString("\n")
	}
}

// markdownText escapes everything that Markdown or HTML would read as markup.
func markdownText(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@':
			b.WriteString("&#64;") // no mention of a user
		case strings.ContainsRune("\\`*_{}[]|#~!", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
